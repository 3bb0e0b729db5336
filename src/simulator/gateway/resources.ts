/** A field that a request body may have: JSON keys are compared without case, as Go does. */
// biome-ignore lint/suspicious/noExplicitAny: bodies of requests, as JSON
type Json = any

/** An answer that is no success, with the message that the gateway sends. */
export class Refused extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'Refused'
    this.status = status
  }
}

/** A handler of the gateway that panics: the connection ends without an answer. */
export class Panic extends Error {}

const NAME = /^[a-zA-Z0-9.\-_]+$/

/** validator.v9's message about one field. */
const failed = (field: string, tag: string) => {
  const name = field.split('.').at(-1)
  return `Key: '${field}' Error:Field validation for '${name}' failed on the '${tag}' tag`
}

function spaceProblem(type: string, space: string): string | undefined {
  if (space.length < 3) return failed(`${type}.Space`, 'min')
  return NAME.test(space) ? undefined : failed(`${type}.Space`, 'space')
}

const isUrl = (text: string) => /^[a-z][a-z0-9+.-]*:\/\/./i.test(text) && URL.canParse(text)

const AWS_KEYS = ['awsAccessKeyId', 'awsSecretAccessKey', 'awsSessionToken']

/** By function type: its provider's fields, those that are required first, and what it is called. */
const PROVIDERS: Readonly<Record<string, { required: string[]; optional: string[]; name: string }>> = {
  http: { required: ['url'], optional: [], name: 'HTTP endpoint' },
  awslambda: { required: ['arn', 'region'], optional: AWS_KEYS, name: 'AWS Lambda function' },
  awskinesis: { required: ['streamName', 'region'], optional: AWS_KEYS, name: 'AWS Kinesis function' },
  awsfirehose: { required: ['deliveryStreamName', 'region'], optional: AWS_KEYS, name: 'AWS Firehose function' },
  awssqs: { required: ['queueUrl', 'region'], optional: AWS_KEYS, name: 'AWS SQS function' },
}

/** The named fields of a body, in this order, whatever the case of its keys. */
export function pick(body: Json, names: readonly string[]): Record<string, Json> {
  const entries = Object.entries(body ?? {})
  const found = names.map(
    name => [name, entries.findLast(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]] as const,
  )
  return Object.fromEntries(found.filter(([, value]) => value !== undefined && value !== null))
}

const tail = ({ metadata }: { metadata?: object }) => (metadata && Object.keys(metadata).length > 0 ? { metadata } : {})

/** A function as the gateway keeps it; throws Refused for one that does not validate. */
export function functionOf(body: Json, space: string): Json {
  const refuse = (why: string) => new Refused(400, `Function doesn't validate. Validation error: ${why}`)
  const { functionId, type, provider, metadata } = pick(body, ['functionId', 'type', 'provider', 'metadata'])
  if (!type) throw refuse('provider configuration not set')
  const known = PROVIDERS[type]
  if (!known) throw refuse(`provider ${JSON.stringify(type)} not supported`)
  if (provider === undefined) throw new Panic('provider')
  const fields = pick(provider, [...known.required, ...known.optional])
  if (known.required.some(name => !fields[name])) throw refuse(`missing required fields for ${known.name}`)
  if (type === 'http' && !isUrl(fields['url'])) throw refuse(`missing required fields for ${known.name}`)
  const valid = NAME.test(functionId ?? '')
  const problem = spaceProblem('Function', space) ?? (valid ? undefined : failed('Function.ID', 'functionid'))
  if (problem) throw refuse(problem)
  return { space, functionId, type, provider: fields, ...tail({ metadata }) }
}

export function eventTypeOf(body: Json, space: string): Json {
  const { name = '', authorizerId, metadata } = pick(body, ['name', 'authorizerId', 'metadata'])
  const problem = spaceProblem('Type', space) ?? (name === '' ? failed('Type.Name', 'required') : undefined)
  if (problem) throw new Refused(400, `Event Type doesn't validate. Validation error: ${problem}`)
  return { space, name, ...(authorizerId ? { authorizerId } : {}), ...tail({ metadata }) }
}

const METHODS = ['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS']
/** Go's url.PathEscape leaves these alone, unlike encodeURIComponent. */
const pathEscape = (path: string) =>
  encodeURIComponent(path)
    .replace(/%(24|26|2B|3A|3D|40)/g, decodeURIComponent)
    .replace(/[!'()*]/g, each => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)

export function subscriptionOf(body: Json, space: string): Json {
  const given = pick(body, ['type', 'eventType', 'functionId', 'path', 'method', 'metadata'])
  const { type = '', eventType = '', functionId = '', metadata } = given
  const path = String(given['path'] ?? '').startsWith('/') ? given['path'] : `/${given['path'] ?? ''}`
  const method = String(given['method'] || 'POST').toUpperCase()
  const required = (field: string, value: string, valid: boolean, tag: string) =>
    value === ''
      ? failed(`Subscription.${field}`, 'required')
      : valid
        ? undefined
        : failed(`Subscription.${field}`, tag)
  const problems = [
    spaceProblem('Subscription', space),
    required('Type', type, type === 'sync' || type === 'async', 'eq=async|eq=sync'),
    required('EventType', eventType, NAME.test(eventType), 'eventType'),
    required('FunctionID', functionId, true, ''),
    METHODS.includes(method) ? undefined : failed('Subscription.Method', METHODS.map(each => `eq=${each}`).join('|')),
  ].filter(problem => problem !== undefined)
  if (problems.length > 0)
    throw new Refused(400, `Subscription doesn't validate. Validation error: ${problems.join('\n')}`)
  const raw = `${type},${eventType},${functionId},${pathEscape(path)},${method}`
  const subscriptionId = Buffer.from(raw).toString('base64url')
  return { space, subscriptionId, type, eventType, functionId, path, method, ...tail({ metadata }) }
}

const strings = (value: unknown, usual: string[]) => (Array.isArray(value) && value.length > 0 ? value : usual)

/** A CORS configuration as the gateway keeps it, with its defaults. */
export function corsOf(body: Json, space: string): Json {
  const given = pick(body, ['method', 'path', 'allowedOrigins', 'allowedMethods', 'allowedHeaders', 'allowCredentials'])
  const path = String(given['path'] ?? '').startsWith('/') ? given['path'] : `/${given['path'] ?? ''}`
  const method = String(given['method'] ?? '').toUpperCase()
  const problem =
    spaceProblem('CORS', space) ?? (METHODS.includes(method) ? undefined : failed('CORS.Method', 'required'))
  if (problem) throw new Refused(400, `CORS configuration doesn't validate. Validation error: ${problem}`)
  return {
    space,
    corsId: method + pathEscape(path),
    method,
    path,
    allowedOrigins: strings(given['allowedOrigins'], ['*']),
    allowedMethods: strings(given['allowedMethods'], ['HEAD', 'GET', 'POST']),
    allowedHeaders: strings(given['allowedHeaders'], ['Origin', 'Accept', 'Content-Type']),
    allowCredentials: given['allowCredentials'] === true,
    ...tail(pick(body, ['metadata'])),
  }
}

import * as v from 'valibot'
import type { Kind } from './registration.ts'

const FUNCTION_FIELDS: Readonly<Record<string, readonly string[]>> = {
  http: ['url'],
  awslambda: ['arn', 'region'],
  awskinesis: ['streamName', 'region'],
  awsfirehose: ['deliveryStreamName', 'region'],
  awssqs: ['queueUrl', 'region'],
}
const METHODS = ['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS'] as const

// The messages complete "<field> must be …". None of valibot's own is shown: they repeat the value, which may be a secret.
const string = v.string('a string')
const word = v.pipe(string, v.regex(/^[\w.-]+$/, 'letters, digits, ".", "-" and "_"'))
const metadata = v.optional(v.record(v.string(), string, 'a mapping of strings'))
const path = v.pipe(
  v.optional(string, '/'),
  v.transform(text => (text.startsWith('/') ? text : `/${text}`)),
)
const method = v.pipe(
  v.optional(string, 'POST'),
  v.transform(text => text.toUpperCase()),
  v.picklist(METHODS, `one of ${METHODS.join(', ')}`),
)
const strings = (...usual: string[]) => v.optional(v.array(string, 'a list of strings'), usual)

const PROVIDER = v.record(v.string(), v.nullable(string), 'a mapping of strings')

/** The rules of the gateway (0.9), so that what it would reject is found before anything is written. */
export const SCHEMAS = {
  eventTypes: v.looseObject({ name: word, authorizerId: v.optional(word), metadata }),
  functions: v.pipe(
    v.looseObject({
      functionId: word,
      type: v.picklist(Object.keys(FUNCTION_FIELDS), `one of ${Object.keys(FUNCTION_FIELDS).join(', ')}`),
      provider: PROVIDER,
      metadata,
    }),
    v.forward(
      v.partialCheck(
        [['type'], ['provider']],
        ({ type, provider }) =>
          FUNCTION_FIELDS[type]!.every(field => provider[field] !== undefined && provider[field] !== ''),
        'an object with every field that its type requires',
      ),
      ['provider'],
    ),
    v.forward(
      v.partialCheck(
        [['provider']],
        ({ provider: { url } }) => typeof url !== 'string' || URL.canParse(url),
        'an object whose url field is a valid URL',
      ),
      ['provider'],
    ),
  ),
  subscriptions: v.looseObject({
    type: v.picklist(['sync', 'async'], 'sync or async'),
    eventType: word,
    functionId: word,
    path,
    method,
    metadata,
  }),
  cors: v.looseObject({
    method,
    path,
    allowedOrigins: strings('*'),
    allowedMethods: strings('HEAD', 'GET', 'POST'),
    allowedHeaders: strings('Origin', 'Accept', 'Content-Type'),
    allowCredentials: v.optional(v.boolean('true or false'), false),
    metadata,
  }),
} as const satisfies Record<Kind, v.GenericSchema>

export const SPACE_NAME = v.pipe(word, v.minLength(3, 'at least 3 characters long'))

/** What is wrong with a value, without the value: "functions[3].type must be one of http, …". */
export function problemOf(issue: v.BaseIssue<unknown>, place: string): string {
  const path = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
  const where = `${place}${path.join('')}`
  if (issue.received === 'undefined') return `${where} is missing`
  return /^Invalid /.test(issue.message) ? `${where} must be a mapping` : `${where} must be ${issue.message}`
}

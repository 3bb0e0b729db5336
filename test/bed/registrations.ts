import { MARK } from './secrets.ts'

/** The config API of a gateway: http://host:port. */
export type ConfigApi = { url: string }

/** A request to the config API, past the program under test. */
export async function askConfig({ url }: ConfigApi, method: string, path: string, body?: object) {
  const response = await fetch(`${url}/v1/spaces/${path}`, {
    method,
    headers: { connection: 'close' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

const keys = { awsAccessKeyId: `${MARK}-id`, awsSecretAccessKey: `${MARK}-key`, awsSessionToken: `${MARK}-token` }

/** Something of everything that can be registered, for one space: resource and body, in an order that satisfies references. */
export const everything = (id: string): [resource: string, body: object][] => [
  ['functions', { functionId: `http-${id}`, type: 'http', provider: { url: `https://example.com/?code=${MARK}` } }],
  ['functions', { functionId: 'lambda', type: 'awslambda', provider: { arn: 'arn:l', region: 'us-east-1', ...keys } }],
  ['functions', { functionId: 'kinesis', type: 'awskinesis', provider: { streamName: 's', region: 'eu-west-1' } }],
  [
    'functions',
    {
      functionId: 'firehose',
      type: 'awsfirehose',
      provider: { deliveryStreamName: 'd', region: 'us-east-1' },
      metadata: { zone: 'b', area: 'a' },
    },
  ],
  [
    'functions',
    { functionId: 'sqs', type: 'awssqs', provider: { queueUrl: 'https://sqs.test/q', region: 'us-east-1' } },
  ],
  ['eventtypes', { name: 'user.created', metadata: { owner: 'team' } }],
  ['eventtypes', { name: 'user.deleted', authorizerId: 'lambda' }],
  ['eventtypes', { name: 'http.request' }],
  ['subscriptions', { type: 'async', eventType: 'user.created', functionId: 'sqs', path: `/${id}/a b`, method: 'PUT' }],
  ['subscriptions', { type: 'async', eventType: 'user.deleted', functionId: 'firehose', metadata: { a: 'b' } }],
  ['subscriptions', { type: 'sync', eventType: 'http.request', functionId: `http-${id}`, path: `/${id}/:name` }],
  ['cors', { method: 'GET', path: `/${id}/:name`, allowedOrigins: ['https://b.test', 'https://a.test'] }],
  ['cors', { method: 'POST', path: '/', allowCredentials: true }],
]

/** Registers all of it in these spaces. */
export async function registerEverything(api: ConfigApi, spaces: readonly string[]): Promise<void> {
  for (const space of spaces)
    for (const [resource, body] of everything(space)) {
      const { status } = await askConfig(api, 'POST', `${space}/${resource}`, body)
      if (status !== 201) throw new Error(`${resource} in ${space}: HTTP ${status}`)
    }
}

const LISTS = { subscriptions: 'subscriptionId', eventtypes: 'name', functions: 'functionId', cors: 'corsId' }

/** Removes all that is registered in these spaces. */
export async function unregisterEverything(api: ConfigApi, spaces: readonly string[]): Promise<void> {
  for (const space of spaces)
    for (const [resource, id] of Object.entries(LISTS)) {
      const { body } = await askConfig(api, 'GET', `${space}/${resource}`)
      for (const entry of body[resource === 'eventtypes' ? 'eventTypes' : resource]) {
        const { status } = await askConfig(api, 'DELETE', `${space}/${resource}/${entry[id]}`)
        if (status !== 204) throw new Error(`${resource} ${entry[id]} in ${space}: HTTP ${status}`)
      }
    }
}

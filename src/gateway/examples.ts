import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'
import { type Endpoint, urlAt } from './endpoint.ts'

/** The kinds of function that `verify --example` knows. */
export const EXAMPLES = ['http', 'aws-lambda'] as const
export type Example = (typeof EXAMPLES)[number]

type Row = { intro: readonly string[]; type: string; provider: readonly string[]; subscription: 'sync' | 'async' }

/** What is different from type to type. */
const ROWS: Readonly<Record<Example, Row>> = {
  http: {
    intro: [
      '# The URL of your function. It must be reachable from the cluster and respond to POST with a JSON object such as {"body": "hello"}.',
      'FUNCTION_URL=${FUNCTION_URL:-https://example.com/echo}',
    ],
    type: 'http',
    provider: ['"url": "${FUNCTION_URL}"'],
    subscription: 'sync',
  },
  'aws-lambda': {
    intro: [
      '# The ARN of your function and a key with lambda:InvokeFunction. Anyone who can reach the config API can read the key.',
      'FUNCTION_ARN=${FUNCTION_ARN:-arn:aws:lambda:us-east-1:123456789012:function:event-gateway-tests-dev-echo}',
      'FUNCTION_KEY_ID=${FUNCTION_KEY_ID:-AAAAAAAAAAAAAAAAAAAA}',
      'FUNCTION_SECRET=${FUNCTION_SECRET:-AAAAaBcDeFgHiJqLmNoPqRsTuVwXyz0123456789}',
    ],
    type: 'awslambda',
    provider: [
      '"arn": "${FUNCTION_ARN}"',
      '"region": "us-east-1"',
      '"awsAccessKeyId": "${FUNCTION_KEY_ID}"',
      '"awsSecretAccessKey": "${FUNCTION_SECRET}"',
    ],
    subscription: 'async',
  },
}

/** The guide's examples as a script for sh, with the address of this gateway; where it has none, with that of `forward`. */
export function exampleText(example: Example, namespace: string, endpoint: Endpoint | undefined): string {
  const { intro, type, provider, subscription } = ROWS[example]
  const isExposed = endpoint?.config !== undefined
  const local: Endpoint = { host: '127.0.0.1', config: 4001, events: 4000 }
  const asked = isExposed ? endpoint : local
  const [configApi, eventsApi] = [asked.config!, asked.events].map(port => urlAt(asked, port))
  const functions = `${configApi}/v1/spaces/default/functions`
  const forward = `# Part of this gateway isn't reachable from this machine. In another terminal, run: ${sh`${PROGRAM} forward -n ${namespace}`}`
  const register = [
    `{`,
    `  "functionId": "echo",`,
    `  "type": "${type}",`,
    `  "provider": {`,
    provider.map(line => `    ${line}`).join(',\n'),
    `  }`,
    `}`,
  ].join('\n')
  return `${[
    ...(isExposed ? [] : [forward, '']),
    ...intro,
    '',
    '# Register a function. A duplicate is rejected (409); to change a function, use PUT /functions/echo.',
    curl('POST', functions, register),
    '',
    '# List all functions.',
    curl('GET', functions),
    '',
    '# Register an event type.',
    curl('POST', `${configApi}/v1/spaces/default/eventtypes`, '{"name": "user.created"}'),
    '',
    `# Register a subscription: ${subscription === 'sync' ? "sync returns the function's response to the sender" : "async responds with 202 immediately; sync returns the function's response"}`,
    curl(
      'POST',
      `${configApi}/v1/spaces/default/subscriptions`,
      `{"type": "${subscription}", "eventType": "user.created", "functionId": "echo", "path": "/users", "method": "POST"}`,
    ),
    '',
    '# Send an event. Events with any other content type are not delivered to subscribers.',
    'sleep 1 # wait until every replica has loaded the subscription',
    curl(
      'POST',
      `${eventsApi}/users`,
      '{"eventType": "user.created", "cloudEventsVersion": "0.1", "source": "/demo", "eventID": "1", "contentType": "application/json", "data": {"name": "Ada"}}',
      'application/cloudevents+json',
    ),
    '',
    '# Remove the registrations, subscriptions first. A subscription ID is the base64url encoding of the subscription fields.',
    curl(
      'DELETE',
      `${configApi}/v1/spaces/default/subscriptions/${Buffer.from(`${subscription},user.created,echo,%2Fusers,POST`).toString('base64url')}`,
    ),
    curl('DELETE', `${functions}/echo`),
    curl('DELETE', `${configApi}/v1/spaces/default/eventtypes/user.created`),
  ].join('\n')}\n`
}

/** A curl command whose body is a here-document, in which the shell expands variables. */
function curl(method: string, url: string, body?: string, type = 'application/json'): string {
  const head = `curl -sS -i -w '\\n' -X ${method} '${url}'`
  return body === undefined ? head : `${head} -H 'content-type: ${type}' --data @- <<EOF\n${body}\nEOF`
}

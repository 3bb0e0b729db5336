import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Cache } from './cache.ts'
import type { Metrics } from './metrics.ts'
import { pick, Refused } from './resources.ts'

// biome-ignore lint/suspicious/noExplicitAny: events and answers of functions, as JSON
type Json = any

/** Sends an event to an http function and gives its answer; rejects when it cannot be reached in time. */
export type CallHttp = (url: string, event: object) => Promise<{ status: number; body: string }>

const NO_TIME = '0001-01-01T00:00:00Z'
const FAILED = 'Function call failed. Please check logs.'

/** Port 4000 of Event Gateway 0.9.0. */
export function eventsApi(
  cache: Cache,
  metrics: Metrics,
  call: CallHttp,
  log: (line: object) => void,
): RequestListener {
  return (request, response) => {
    receive(request, response).catch(error => {
      if (error instanceof Refused) sendError(response, error.status, error.message)
      else request.socket.destroy()
    })
  }

  async function receive(request: IncomingMessage, response: ServerResponse) {
    const { pathname } = new URL(request.url ?? '/', 'http://gateway')
    const method = request.method ?? 'GET'
    const event = eventOf(request, await text(request), pathname)
    if (event.eventType.startsWith('gateway.')) return void response.writeHead(400).end()
    emit('event.received')
    const route = cache.sync(method, pathname)
    if (route) {
      const { space, functionId } = route.value
      metrics.add('gateway_events_received_total', { space, type: event.eventType }, 1)
      if (event.eventType === 'http.request') event.data.params = route.params
      await answerSync(response, space, functionId, event)
      metrics.add('gateway_events_processed_total', { space, type: event.eventType }, 1)
    } else response.writeHead(202).end()
    enqueue(method, pathname, event)
  }

  /** To each async subscriber after the answer, at most once, whatever comes of it. */
  function enqueue(method: string, path: string, event: Json) {
    for (const { space, functionId } of cache.async(method, path, event.eventType)) {
      metrics.add('gateway_events_received_total', { space, type: 'custom' }, 1)
      setImmediate(() => {
        deliver(space, functionId, event)
          .catch(() => {})
          .finally(() => metrics.add('gateway_events_processed_total', { space, type: 'custom' }, 1))
      })
    }
  }

  /** An event of the gateway's own, which goes to every subscriber of its type on POST /. */
  function emit(name: string) {
    enqueue('POST', '/', { ...OWN, eventID: randomUUID(), eventTime: new Date().toISOString(), ...system(name) })
  }

  async function answerSync(response: ServerResponse, space: string, functionId: string, event: Json) {
    let result: string
    try {
      result = await deliver(space, functionId, event)
    } catch {
      return sendError(response, 500, FAILED)
    }
    const answer = parse(result)
    const fits = typeof answer === 'object' && answer !== null && !Array.isArray(answer)
    const { statusCode = 200, headers = {}, body = '' } = fits ? pick(answer, ['statusCode', 'headers', 'body']) : {}
    if (!fits || !Number.isInteger(statusCode) || typeof body !== 'string')
      return sendError(response, 500, 'HTTP response object malformed')
    response.writeHead(statusCode, headers).end(body)
  }

  /** Only status 500 counts as a failure of the function. */
  async function deliver(space: string, functionId: string, event: Json): Promise<string> {
    const found = cache.functionOf(space, functionId)
    log({ level: 'debug', msg: 'Invoking function.', space, functionId })
    const tell = (name: string) => {
      // The real one goes round for ever where a function is called for its own calls.
      if (!event.eventType.startsWith('gateway.')) emit(name)
      metrics.add('gateway_events_received_total', { space, type: system(name).eventType }, 1)
    }
    tell('function.invoking')
    if (found?.type !== 'http') throw new Error('unable to look up registered function')
    const { status, body } = await call(found.provider.url, event)
    tell(status === 500 ? 'function.invocationFailed' : 'function.invoked')
    if (status === 500) throw new Error('HTTP status code: 500')
    return body
  }
}

const OWN = {
  cloudEventsVersion: '0.1',
  source: 'https://serverless.com/event-gateway/#transformationVersion=0.1',
  contentType: 'application/json',
  data: {},
}

const system = (name: string) => ({ eventType: `gateway.${name}` })

const parse = (content: string): Json => {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}

/** The body is JSON, but its header says text: real clients have to live with it. */
function sendError(response: ServerResponse, status: number, message: string) {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(`${JSON.stringify({ errors: [{ message }] })}\n`)
}

const REQUIRED = [
  ['EventType', 'eventType'],
  ['CloudEventsVersion', 'cloudEventsVersion'],
  ['Source', 'source'],
  ['EventID', 'eventID'],
] as const
const OPTIONAL = ['eventTypeVersion', 'eventTime', 'schemaURL', 'contentType', 'extensions', 'data']

function validated(fields: Json): Json {
  const missing = REQUIRED.filter(([, name]) => !fields[name]).map(
    ([field]) => `Key: 'Event.${field}' Error:Field validation for '${field}' failed on the 'required' tag`,
  )
  if (missing.length > 0) throw new Refused(400, `CloudEvent doesn't validate: ${missing.join('\n')}`)
  return { ...fields, eventTime: fields.eventTime ?? NO_TIME }
}

/** What a request is as an event: a CloudEvent 0.1, one in headers, or an http.request. */
function eventOf({ headers, method, url = '/' }: IncomingMessage, content: string, path: string): Json {
  const mime = headers['content-type'] ?? 'application/octet-stream'
  const one = (name: string) => headers[name] as string | undefined
  if (mime.split(';')[0] === 'application/cloudevents+json') {
    const body = parse(content)
    if (body === undefined)
      throw new Refused(
        400,
        `CloudEvent doesn't validate: ${content === '' ? 'unexpected end of JSON input' : 'invalid character'}`,
      )
    return validated(pick(body, [...REQUIRED.map(([, name]) => name), ...OPTIONAL]))
  }
  const data = () => (mime.startsWith('application/json') ? (parse(content) ?? content) : content)
  const binary = ['ce-eventtype', 'ce-cloudeventsversion', 'ce-source', 'ce-eventid'].map(one)
  if (binary.every(Boolean)) {
    const [eventType, cloudEventsVersion, source, eventID] = binary
    return validated({
      eventType,
      cloudEventsVersion,
      source,
      eventID,
      eventTime: one('ce-eventtime'),
      contentType: mime,
      data: data(),
    })
  }
  const made = { ...OWN, eventID: randomUUID(), eventTime: new Date().toISOString(), contentType: mime }
  const query: Record<string, string[]> = {}
  for (const [key, value] of new URL(url, 'http://gateway').searchParams) query[key] = [...(query[key] ?? []), value]
  const host = headers.host ?? ''
  return {
    ...made,
    eventType: 'http.request',
    data: { headers: headersOf(headers), query, body: data(), host, path, method, params: {} },
  }
}

const headersOf = (headers: IncomingMessage['headers']) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.replace(/(^|-)[a-z]/g, letter => letter.toUpperCase()),
      String(value),
    ]),
  )

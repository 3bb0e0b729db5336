import type { RequestListener } from 'node:http'

/** What Event Gateway 0.9.0 says to an event without all that it needs. */
export const refuseEvent: RequestListener = (_, response) => {
  const message =
    "CloudEvent doesn't validate: Key: 'Event.EventType' Error:Field validation for 'EventType' failed on the 'required' tag"
  response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(`${JSON.stringify({ errors: [{ message }] })}\n`)
}

/** Both APIs on one port: functions for those who ask the config API, and the events API for a POST. */
export const answerProbes: RequestListener = (request, response) =>
  request.method === 'POST' ? refuseEvent(request, response) : void response.end('{"functions":[]}')

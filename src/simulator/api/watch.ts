import type { ServerResponse } from 'node:http'
import { findRoute } from './routes.ts'
import { fieldTest, labelTest } from './selectors.ts'
import type { Change, Store } from './store.ts'

const REMEMBERED = 2000

/** Serves ?watch=true: changes after a resourceVersion as lines of JSON. */
export function makeWatch(store: Store): (path: string, response: ServerResponse) => void {
  const history: Change[] = []
  store.watch(change => {
    history.push(change)
    if (history.length > REMEMBERED) history.shift()
  })

  return (path, response) => {
    const { pathname, searchParams } = new URL(path, 'https://api')
    const route = findRoute(store, pathname)
    if (!route) {
      response.writeHead(404).end('404 page not found\n')
      return
    }
    const tests = [
      labelTest(searchParams.get('labelSelector') ?? ''),
      fieldTest(searchParams.get('fieldSelector') ?? '', route.kind),
    ]
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    const send = ({ type, kind, object }: Change) => {
      const here =
        kind === route.kind && (route.namespace === undefined || object.metadata.namespace === route.namespace)
      const named = route.name === undefined || object.metadata.name === route.name
      if (here && named && tests.every(test => test(object))) response.write(`${JSON.stringify({ type, object })}\n`)
    }
    const since = Number(searchParams.get('resourceVersion') || 0)
    if (since === 0) {
      const { kind } = route
      for (const object of store.list(kind, route.namespace)) send({ type: 'ADDED', kind, object })
    } else for (const change of history) if (Number(change.object.metadata.resourceVersion) > since) send(change)
    const stop = store.watch(send)
    const seconds = Number(searchParams.get('timeoutSeconds') || 3600)
    const timer = setTimeout(() => response.end(), seconds * 1000)
    timer.unref()
    response.on('close', () => {
      clearTimeout(timer)
      stop()
    })
  }
}

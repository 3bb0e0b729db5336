import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { type Outcome, run } from '../bed/command.ts'
import { openWayToPods } from '../bed/gateway-api.ts'
import { createNamespace, until } from '../bed/objects.ts'

const NAMESPACE = 'egi'
const CLASS = 'stand-in'
const INGRESS = `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/ingresses/eg-event-gateway`
const CLASSES = '/apis/networking.k8s.io/v1/ingressclasses'
/** Loopback, so that nothing but this machine can use it; port 80 is the one that ingress controllers have. */
const ADDRESS = '127.0.0.80'

let bed: Bed
let controller: Server
/** Whether the controller has no backend: it answers, and nothing comes through. */
let isDown = false
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })

/** Does what an ingress controller does: routes by the rules of the Ingress, and writes its address into the status. */
async function startController(): Promise<Server> {
  const nodePorts = await openWayToPods(bed, NAMESPACE)
  const server = createServer(async (incoming, answer) => {
    if (isDown) return answer.writeHead(503).end('no available server')
    const ingress = (await bed.api('GET', INGRESS)).body
    const paths: { path: string; backend: { service: { port: { name: string } } } }[] =
      ingress.spec?.rules?.[0]?.http?.paths ?? []
    const rule = paths.find(({ path }) => incoming.url?.startsWith(path))
    if (rule === undefined) return answer.writeHead(404).end('default backend')
    const target = { host: bed.loadBalancer.ip, port: nodePorts[rule.backend.service.port.name] }
    const { url: path, method, headers } = incoming
    const forwarded = request({ ...target, path, method, headers }, from =>
      from.pipe(answer.writeHead(from.statusCode ?? 502, from.headers)),
    )
    forwarded.on('error', () => answer.writeHead(502).end())
    return incoming.pipe(forwarded)
  })
  server.listen(80, ADDRESS)
  await once(server, 'listening')
  return server
}

async function giveAddress(): Promise<void> {
  const find = async () => ((await bed.api('GET', INGRESS)).status === 200 ? true : undefined)
  await until(find, 'the Ingress', 60_000)
  const status = { loadBalancer: { ingress: [{ ip: ADDRESS }] } }
  await bed.api('PATCH', `${INGRESS}/status`, { status }, 'application/merge-patch+json')
}

beforeAll(async () => {
  bed = await openBed()
  await createNamespace(bed, NAMESPACE)
  controller = await startController()
})
afterAll(async () => {
  await eg('cleanup', '--yes', '--delete-data')
  await bed.api('DELETE', `${CLASSES}/${CLASS}`)
  await bed.api('DELETE', `/api/v1/namespaces/${NAMESPACE}`)
  controller?.close()
  await bed.close()
})

test('without an IngressClass nothing is written, and the way out is named', async () => {
  const outcome = await eg('--yes', '--expose', 'ingress')
  expect(outcome).toMatchObject({ code: 3, stdout: '' })
  expect(outcome.stderr).toContain('The cluster has no ingress controller')
})

test('the exports lead through the ingress controller to both APIs', async () => {
  await bed.api('POST', CLASSES, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: CLASS },
    spec: { controller: 'example.org/stand-in' },
  })
  const [outcome] = (await Promise.all([eg('--yes', '--expose', 'ingress'), giveAddress()])) as [Outcome, undefined]
  const port = (name: string) => `export EVENT_GATEWAY_${name}_API_PORT='80';\n`
  expect(outcome).toMatchObject({
    code: 0,
    stdout: `export EVENT_GATEWAY_URL='${ADDRESS}';\n${port('CONFIG')}${port('EVENTS')}`,
  })
  const url = 'http://$EVENT_GATEWAY_URL:$EVENT_GATEWAY_CONFIG_API_PORT/v1/spaces/default/functions'
  const { stdout } = await promisify(execFile)('sh', ['-c', `${outcome.stdout}curl -sSf "${url}"`])
  expect(JSON.parse(stdout)).toEqual({ functions: [] })
  expect((await bed.api('GET', INGRESS)).body.spec.ingressClassName).toBe(CLASS)
})

test('a controller that nothing comes through is no gateway: with --private-config nothing is exported either', async () => {
  const [outcome] = (await Promise.all([eg('--yes', '--private-config'), giveAddress()])) as [Outcome, undefined]
  const exports = `export EVENT_GATEWAY_URL='${ADDRESS}';\nexport EVENT_GATEWAY_EVENTS_API_PORT='80';\n`
  expect(outcome).toMatchObject({ code: 0, stdout: exports })
  isDown = true
  try {
    for (const args of [['env'], ['--yes']]) {
      const { code, stdout, stderr } = await eg(...args)
      expect({ code, stdout }).toEqual({ code: args[0] === 'env' ? 1 : 4, stdout: '' })
      expect(stderr).toContain('HTTP 503')
    }
  } finally {
    isDown = false
  }
})

test('another exposure takes the Ingress away', async () => {
  expect(await eg('--yes', '--expose', 'node-port', '--set', 'privateConfig=null')).toMatchObject({ code: 0 })
  expect((await bed.api('GET', INGRESS)).status).toBe(404)
})

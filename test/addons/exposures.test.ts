import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run, start } from '../bed/command.ts'
import { GATEWAY_API } from '../bed/gateway-api.ts'
import { createNamespace, deleteNamespace } from '../bed/objects.ts'

const NAMESPACE = 'egy'
const INFRA = 'egy-infra'
const SERVICE = `/api/v1/namespaces/${NAMESPACE}/services/eg-event-gateway`
const COLLECTIONS = [
  `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/ingresses`,
  `${GATEWAY_API}/namespaces/${NAMESPACE}/httproutes`,
  `${GATEWAY_API}/namespaces/${NAMESPACE}/gateways`,
]
const CURL = 'curl -sSf "http://$EVENT_GATEWAY_URL:$EVENT_GATEWAY_CONFIG_API_PORT/v1/spaces/default/functions"'
/** MetalLB's pool. */
const POOL = /^export EVENT_GATEWAY_URL='10\.201\.0\.[5-9]\d';\n/

let bed: Bed
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })
const curl = async (exports: string) =>
  JSON.parse((await promisify(execFile)('sh', ['-c', `${exports}${CURL}`], { timeout: 20_000 })).stdout)
const serviceType = async () => (await bed.api('GET', SERVICE)).body.spec.type
/** What leads to the gateway beside its Service, by kind. */
const routes = async () => {
  const lists = await Promise.all(COLLECTIONS.map(collection => bed.api('GET', collection)))
  return lists.flatMap(({ body }, index) => (body.items ?? []).map(() => COLLECTIONS[index]!.split('/').at(-1)))
}

beforeAll(async () => {
  bed = await openBed()
  await createNamespace(bed, NAMESPACE)
  await createNamespace(bed, INFRA)
  await bed.api('POST', `${GATEWAY_API}/namespaces/${INFRA}/gateways`, {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'shared' },
    spec: {
      gatewayClassName: 'traefik',
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } }],
    },
  })
})
afterAll(async () => {
  await eg('cleanup', '--yes', '--delete-data')
  await deleteNamespace(bed, INFRA)
  await deleteNamespace(bed, NAMESPACE)
  await bed.close()
})

const OWN = ['--gateway-class', 'traefik', '--set', 'gatewayApi.gateway=null']
const EXISTING = ['--gateway', `${INFRA}/shared`, '--set', 'gatewayApi.className=null']

test.each<[exposure: string, flags: string[], type: string, routes: string[]]>([
  ['load-balancer', [], 'LoadBalancer', []],
  ['node-port', [], 'NodePort', []],
  ['ingress', [], 'ClusterIP', ['ingresses']],
  ['gateway-api', OWN, 'ClusterIP', ['httproutes', 'gateways']],
  ['gateway-api', EXISTING, 'ClusterIP', ['httproutes']],
  ['cluster-ip', [], 'ClusterIP', []],
  ['load-balancer', [], 'LoadBalancer', []],
])('switched to %s, curl reaches the config API and nothing of the former exposure is left', async (...row) => {
  const [exposure, flags, type, kinds] = row
  const { code, stdout, stderr } = await eg('--yes', '--expose', exposure, ...flags)
  expect({ code, stderr }).toMatchObject({ code: 0 })
  if (exposure === 'cluster-ip') expect(stdout).toBe('')
  else expect(await curl(stdout)).toEqual({ functions: [] })
  if (exposure === 'load-balancer') expect(stdout).toMatch(POOL)
  expect({ type: await serviceType(), routes: await routes() }).toEqual({ type, routes: kinds })
})

test('networks without this machine keep it out, and setup says so', async () => {
  // The nodes apply the networks a moment later, so the first run may still be answered.
  await eg('--yes', '--allow-from', '192.0.2.0/24', '--timeout', '20s')
  const { code, stdout, stderr } = await eg('--yes', '--timeout', '20s')
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
  expect(stderr).toContain('no answer within')
  expect(stderr).toContain('Only clients in 192.0.2.0/24 can connect to the load balancer')
})

test('with the network of this machine it is let in again', async () => {
  const { code, stdout } = await eg('--yes', '--allow-from', '192.0.2.0/24,10.201.0.0/24')
  expect(code).toBe(0)
  expect(stdout).toMatch(POOL)
  expect(await curl(stdout)).toEqual({ functions: [] })
})

test('with --private-config the load balancer has the events API alone', async () => {
  const { code, stdout } = await eg('--yes', '--private-config')
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^export EVENT_GATEWAY_URL='10\.201\.0\.[5-9]\d';\nexport EVENT_GATEWAY_EVENTS_API_PORT='\d+';\n$/,
  )
})

test('with externalTrafficPolicy Local the address from the pool answers', async () => {
  const { code, stdout } = await eg('--yes', '--allow-from', 'any', '--set', 'service.externalTrafficPolicy=Local')
  expect(code).toBe(0)
  expect(stdout).toMatch(POOL)
  expect(await curl(stdout)).toEqual({ functions: [] })
  expect((await bed.api('GET', SERVICE)).body.spec.externalTrafficPolicy).toBe('Local')
})

test('MetalLB leaves a Service of another class alone, and the address of that class is exported', async () => {
  await bed.api('DELETE', SERVICE)
  const flags = ['--yes', '-n', NAMESPACE, '--set', 'service.loadBalancerClass=example.com/none']
  const running = start(flags, { env: { KUBECONFIG: bed.kubeconfig } })
  await running.says('the load balancer has no address yet (loadBalancerClass example.com/none)')
  const status = { loadBalancer: { ingress: [{ ip: bed.loadBalancer.ip }] } }
  await bed.api('PATCH', `${SERVICE}/status`, { status }, 'application/merge-patch+json')
  const { code, stdout } = await running.ended
  expect(code).toBe(0)
  expect(stdout).toContain(`export EVENT_GATEWAY_URL='${bed.loadBalancer.ip}';\n`)
  expect(await curl(stdout)).toEqual({ functions: [] })
})

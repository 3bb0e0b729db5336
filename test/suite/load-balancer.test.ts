import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Bed, balancerPorts, openBed } from '../bed/bed.ts'
import { run, start } from '../bed/command.ts'
import { until } from '../bed/objects.ts'

const NAMESPACE = 'egl'
const SERVICE = `/api/v1/namespaces/${NAMESPACE}/services/eg-event-gateway`
/** A class that no controller has. */
const CLASS = ['--set', 'service.loadBalancerClass=example.com/none']

let bed: Bed
const options = () => ({ env: { KUBECONFIG: bed.kubeconfig } })
let setup: string[]

/** What a cloud's controller does a while after a LoadBalancer Service appears. */
const giveAddress = (ingress: readonly object[]) =>
  bed.api('PATCH', `${SERVICE}/status`, { status: { loadBalancer: { ingress } } }, 'application/merge-patch+json')

const exportsFor = (host: string) =>
  `export EVENT_GATEWAY_URL='${host}';\nexport EVENT_GATEWAY_CONFIG_API_PORT='${bed.loadBalancer.config}';\nexport EVENT_GATEWAY_EVENTS_API_PORT='${bed.loadBalancer.events}';\n`

beforeAll(async () => {
  bed = await openBed()
  setup = ['--yes', '-n', NAMESPACE, '--expose', 'load-balancer', ...balancerPorts(bed)]
})
afterEach(() => giveAddress([]))
afterAll(async () => {
  await run(['cleanup', '--yes', '--delete-data', '-n', NAMESPACE], options())
  await bed.close()
})

test('an address that comes while setup waits is what it exports, with the ports of the Service', async () => {
  const running = start(setup, options())
  await running.says('the load balancer has no address yet')
  await giveAddress([{ ip: bed.loadBalancer.ip }])
  expect(await running.ended).toMatchObject({ code: 0, stdout: exportsFor(bed.loadBalancer.ip) })
})

// The entry with the ip has kube-proxy answer there, as a cloud's own load balancer would.
test('a hostname is exported unchanged', async () => {
  const running = start(setup, options())
  await running.says('the load balancer has no address yet')
  await giveAddress([{ hostname: bed.loadBalancer.hostname }, { ip: bed.loadBalancer.ip }])
  expect(await running.ended).toMatchObject({ code: 0, stdout: exportsFor(bed.loadBalancer.hostname) })
})

test('of several addresses the one that answers is exported', async () => {
  // 192.0.2.0/24 is reserved for documentation (RFC 5737): nothing answers there.
  await giveAddress([{ ip: '192.0.2.1' }, { ip: bed.loadBalancer.ip }])
  const outcome = await until(async () => {
    const answer = await run(['env', '-n', NAMESPACE], options())
    return answer.code === 0 ? answer : undefined
  }, 'env answers')
  expect(outcome.stdout).toBe(exportsFor(bed.loadBalancer.ip))
})

test.each([
  ['a command', { hostname: '$(touch x)' }],
  ['a line end', { hostname: 'a\nb' }],
  ['an escape sequence', { ip: '\u001b[31m10.0.0.1' }],
  ['half a megabyte', { hostname: 'a'.repeat(500_000) }],
])('an address that holds %s is refused, and nothing is printed', async (_name, ingress) => {
  const { status } = await giveAddress([ingress])
  const outcome = await run(['env', '-n', NAMESPACE], options())
  expect(outcome).toMatchObject({ code: 1, stdout: '' })
  // The API server refuses some of these by itself; then there is simply no address.
  expect(outcome.stderr).toContain(
    status === 200 ? 'which is not a valid address' : 'the load balancer has no address yet',
  )
})

test('without any load balancer setup ends within 45 s with the reason and the way out', async () => {
  const began = Date.now()
  const { code, stdout, stderr } = await run(setup, options())
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
  expect(stderr).toContain("The cluster doesn't seem to have a load balancer provider")
  expect(stderr).toContain('--expose node-port')
  expect(Date.now() - began).toBeLessThan(45_000)
})

test('a class that the Service cannot get any more is refused before anything is written, with the way out', async () => {
  const before = (await bed.api('GET', SERVICE)).body
  const { code, stdout, stderr } = await run([...setup, ...CLASS], options())
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  expect(stderr).toContain('spec.loadBalancerClass: Invalid value')
  expect(stderr).toContain(`kubectl delete service eg-event-gateway -n ${NAMESPACE}`)
  expect((await bed.api('GET', SERVICE)).body.metadata.resourceVersion).toBe(before.metadata.resourceVersion)
})

test('the class and the policies that were asked for are on the Service, and its address is waited for by class', async () => {
  await bed.api('DELETE', SERVICE)
  const policies = ['service.externalTrafficPolicy=Local', 'service.ipFamilyPolicy=PreferDualStack']
  const running = start([...setup, ...CLASS, ...policies.flatMap(line => ['--set', line])], options())
  await running.says('the load balancer has no address yet (loadBalancerClass example.com/none)')
  await giveAddress([{ ip: bed.loadBalancer.ip }])
  expect(await running.ended).toMatchObject({ code: 0, stdout: exportsFor(bed.loadBalancer.ip) })
  expect((await bed.api('GET', SERVICE)).body.spec).toMatchObject({
    loadBalancerClass: 'example.com/none',
    externalTrafficPolicy: 'Local',
    ipFamilyPolicy: 'PreferDualStack',
  })
})

test('an exposure without a load balancer drops the class and keeps what suits it', async () => {
  const { code } = await run(['--yes', '-n', NAMESPACE, '--expose', 'node-port'], options())
  expect(code).toBe(0)
  const { spec } = (await bed.api('GET', SERVICE)).body
  expect(spec).toMatchObject({ type: 'NodePort', externalTrafficPolicy: 'Local' })
  expect(spec.loadBalancerClass).toBeUndefined()
})

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, balancerPorts, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { until } from '../bed/objects.ts'

const NAMESPACE = 'egx'
const SERVICES = `/api/v1/namespaces/${NAMESPACE}/services`
const CURL = 'curl -sSf "http://$EVENT_GATEWAY_URL:$EVENT_GATEWAY_CONFIG_API_PORT/v1/spaces/default/functions"'
const FUNCTIONS = expect.stringMatching(/^\{"functions":\[\]\}\n?$/)

let bed: Bed
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })
const gatewayServices = async () => {
  const { body } = await bed.api('GET', SERVICES)
  const services = (body.items ?? []).filter(({ metadata }) => metadata.name.startsWith('eg-event-gateway'))
  return Object.fromEntries(
    services.map(({ metadata, spec }) => [
      metadata.name,
      { type: spec.type, ports: spec.ports.map((port: { name: string }) => port.name) },
    ]),
  )
}
const service = (type: string, ...ports: string[]) => ({ type, ports })

beforeAll(async () => {
  bed = await openBed()
})
afterAll(async () => {
  await eg('cleanup', '--yes', '--delete-data')
  await bed.close()
})

async function curl(exports: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', `${exports}\n${CURL}`], { timeout: 20_000 })
  return stdout
}

test('a port on every node', async () => {
  const { code, stdout } = await eg('--yes', '--expose', 'node-port')
  expect(code).toBe(0)
  expect(await curl(stdout)).toEqual(FUNCTIONS)
})

test('from there to inside of the cluster: nothing is printed for a shell, and the way in is named', async () => {
  const { code, stdout, stderr } = await eg('--yes', '--expose', 'cluster-ip')
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  expect(stderr).toMatch(new RegExp(`eg-setup forward .*--namespace ${NAMESPACE}`))
  expect(await gatewayServices()).toEqual({ 'eg-event-gateway': service('ClusterIP', 'config', 'events') })
})

test('there env has nothing to print and forward answers', async () => {
  const { code, stdout, stderr } = await eg('env')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain(`eg-setup forward -n ${NAMESPACE}`)
  const options = { env: { KUBECONFIG: bed.kubeconfig } }
  const outcome = await run(['forward', '-n', NAMESPACE, '--', 'sh', '-c', CURL], options)
  expect(outcome).toMatchObject({ code: 0, stdout: FUNCTIONS })
})

test('from there to a load balancer', async () => {
  const done = eg('--yes', '--expose', 'load-balancer', ...balancerPorts(bed))
  const isBalancer = async () =>
    (await gatewayServices())['eg-event-gateway']?.type === 'LoadBalancer' ? true : undefined
  await until(isBalancer, 'the Service is a load balancer')
  await bed.api(
    'PATCH',
    `${SERVICES}/eg-event-gateway/status`,
    // 198.18.0.0/15 is reserved for benchmarks (RFC 2544): private, and nothing answers there.
    { status: { loadBalancer: { ingress: [{ ip: '198.18.0.1' }, { ip: bed.loadBalancer.ip }] } } },
    'application/merge-patch+json',
  )
  const { code, stdout } = await done
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining(`'${bed.loadBalancer.ip}'`) })
  expect(await curl(stdout)).toEqual(FUNCTIONS)
})

test('with --private-config the config API stays inside, and env says so', async () => {
  const { code, stdout } = await eg('--yes', '--expose', 'node-port', '--private-config')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^export EVENT_GATEWAY_URL='[\w.]+';\nexport EVENT_GATEWAY_EVENTS_API_PORT='\d+';\n$/)
  expect(await gatewayServices()).toEqual({
    'eg-event-gateway': service('NodePort', 'events'),
    'eg-event-gateway-config': service('ClusterIP', 'config'),
  })
  const env = await eg('env')
  expect(env).toMatchObject({ code: 0, stdout })
  expect(env.stderr).toContain(`eg-setup forward -n ${NAMESPACE}`)
})

test('and back: what only the other way needed is gone', async () => {
  const { code, stdout } = await eg('--yes', '--set', 'privateConfig=false')
  expect(code).toBe(0)
  expect(await curl(stdout)).toEqual(FUNCTIONS)
  expect(await gatewayServices()).toEqual({ 'eg-event-gateway': service('NodePort', 'config', 'events') })
})

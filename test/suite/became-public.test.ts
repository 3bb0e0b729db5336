import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Bed, balancerPorts, openBed } from '../bed/bed.ts'
import { type Running, run, start } from '../bed/command.ts'
import { until } from '../bed/objects.ts'

const NAMESPACE = 'egp'
const SERVICES = `/api/v1/namespaces/${NAMESPACE}/services`
const SERVICE = `${SERVICES}/eg-event-gateway`
/** Reserved for documentation (RFC 5737): nothing answers there, and nothing says that it is private. */
const PUBLIC = '203.0.113.7'

let bed: Bed
let setup: string[]
const options = () => ({ env: { KUBECONFIG: bed.kubeconfig } })
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], options())

/** What a cloud's controller does: here the first address is the one under test, and the second one answers. */
const giveAddress = (...ingress: readonly object[]) =>
  bed.api('PATCH', `${SERVICE}/status`, { status: { loadBalancer: { ingress } } }, 'application/merge-patch+json')
const answering = () => ({ ip: bed.loadBalancer.ip })

const portsOf = async (name: string): Promise<string[]> => {
  const { body } = await bed.api('GET', `${SERVICES}/${name}`)
  return (body.spec?.ports ?? []).map((port: { name: string }) => port.name)
}
const isClosed = async () => ((await portsOf('eg-event-gateway')).includes('config') ? undefined : true)
const problems = async () => {
  const { code, stdout } = await eg('status', '-o', 'json')
  const found = JSON.parse(stdout).problems as { about: string; reason: string; fix: string }[]
  return { code, problems: found }
}
const closedProblem = (host: string) => ({
  about: 'address',
  reason: expect.stringMatching(new RegExp(`^the config API is closed: .*${host}.*you haven't chosen who can access`)),
  fix: expect.stringContaining(`eg-setup -n ${NAMESPACE} --private-config`),
})

async function untilWaiting(): Promise<Running> {
  const running = start(setup, options())
  await running.says('the load balancer has no address yet')
  return running
}

beforeAll(async () => {
  bed = await openBed()
  setup = ['--yes', '-n', NAMESPACE, '--expose', 'load-balancer', ...balancerPorts(bed)]
})
afterAll(async () => {
  await eg('cleanup', '--yes', '--delete-data')
  await bed.close()
})

describe("a load balancer that turns out to be public, and you haven't chosen who can access the gateway", () => {
  test('loses the config port within 10 s, and setup ends with 1 and the next command', async () => {
    const running = await untilWaiting()
    const given = Date.now()
    await giveAddress({ ip: PUBLIC }, answering())
    await until(isClosed, 'the config port is gone', 10_000)
    expect(Date.now() - given).toBeLessThan(10_000)
    const { code, stdout, stderr } = await running.ended
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`✖  The load balancer has the public address ${PUBLIC}`)
    expect(stderr).toMatch(new RegExp(`^ +eg-setup .*--namespace ${NAMESPACE} --private-config$`, 'm'))
    expect(await portsOf('eg-event-gateway')).toEqual(['events'])
    expect(await portsOf('eg-event-gateway-config')).toEqual(['config'])
  })

  test('status says so and what to do, and changes nothing', async () => {
    expect(await problems()).toEqual({ code: 1, problems: expect.arrayContaining([closedProblem(PUBLIC)]) })
    expect(await portsOf('eg-event-gateway')).toEqual(['events'])
  })

  test('check and the next setup ask who can access the gateway', async () => {
    const { code, stdout } = await eg('check', '-o', 'json')
    const reach = (JSON.parse(stdout) as { id: string; status: string; message: string }[]).find(
      ({ id }) => id === 'reach',
    )
    expect({ code, reach }).toMatchObject({
      code: 3,
      reach: { status: 'fatal', message: expect.stringContaining(PUBLIC) },
    })
    expect(await run(setup, options())).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('Choose who can access the gateway.'),
    })
    expect(await portsOf('eg-event-gateway')).toEqual(['events'])
  })

  test('with --private-config it is as asked for: the events API alone', async () => {
    const { code, stdout } = await run([...setup, '--private-config'], options())
    expect(code).toBe(0)
    expect(stdout).not.toContain('CONFIG_API_PORT')
    expect(await portsOf('eg-event-gateway')).toEqual(['events'])
    expect(await problems()).toEqual({ code: 0, problems: [] })
  })

  test('with --allow-from the config port is back, for these networks', async () => {
    const { code, stdout } = await run([...setup, '--allow-from', '10.201.0.0/24,127.0.0.0/8'], options())
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('CONFIG_API_PORT') })
    const { spec } = (await bed.api('GET', SERVICE)).body
    expect(spec.loadBalancerSourceRanges).toEqual(['10.201.0.0/24', '127.0.0.0/8'])
    expect(await portsOf('eg-event-gateway')).toEqual(['config', 'events'])
    expect(await problems()).toEqual({ code: 0, problems: [] })
  })
})

test('a port that something else changed is closed as well', async () => {
  await giveAddress()
  const running = await start([...setup, '--set', 'allowFrom=null'], options())
  await running.says('the load balancer has no address yet')
  const { spec } = (await bed.api('GET', SERVICE)).body
  const ports = spec.ports.map((port: { name: string }) =>
    port.name === 'config' ? { ...port, nodePort: 32_647 } : port,
  )
  const path = `${SERVICE}?fieldManager=kubectl-edit`
  expect(await bed.api('PATCH', path, { spec: { ports } }, 'application/merge-patch+json')).toMatchObject({
    status: 200,
  })
  await giveAddress({ ip: PUBLIC })
  expect(await running.ended).toMatchObject({ code: 1, stderr: expect.stringContaining(PUBLIC) })
  expect(await portsOf('eg-event-gateway')).toEqual(['events'])
})

describe('a private load balancer', () => {
  test('that becomes public after setup has ended is a problem in status, with the command that closes it', async () => {
    await giveAddress(answering())
    expect(await run(setup, options())).toMatchObject({ code: 0 })
    expect(await problems()).toEqual({ code: 0, problems: [] })
    await giveAddress({ ip: PUBLIC }, answering())
    const found = await problems()
    expect(found).toEqual({
      code: 1,
      problems: [
        {
          about: 'address',
          reason: expect.stringMatching(new RegExp(`^the config API is open to the internet: .*${PUBLIC}`)),
          fix: `Close the config API:\neg-setup -n ${NAMESPACE} --private-config`,
        },
      ],
    })
    expect(await portsOf('eg-event-gateway')).toEqual(['config', 'events'])
  })
})

describe('an Ingress', () => {
  const CLASSES = '/apis/networking.k8s.io/v1/ingressclasses'
  const INGRESS = `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/ingresses/eg-event-gateway`
  const paths = async (): Promise<string[]> => {
    const { body } = await bed.api('GET', INGRESS)
    return body.spec.rules[0].http.paths.map(({ path }: { path: string }) => path)
  }
  beforeAll(async () => {
    const spec = { controller: 'example.org/nobody' }
    await bed.api('POST', CLASSES, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'nobody' },
      spec,
    })
  })
  afterAll(() => bed.api('DELETE', `${CLASSES}/nobody`))

  test('that turns out to be public loses the path of the config API, even if something else changed it', async () => {
    const given = [
      '--yes',
      '-n',
      NAMESPACE,
      '--expose',
      'ingress',
      '--ingress-class',
      'nobody',
      '--set',
      'privateConfig=null,allowFrom=null',
    ]
    const running = start(given, options())
    await running.says('the Ingress has no address yet')
    expect(await paths()).toEqual(['/v1/', '/'])
    const { rules } = (await bed.api('GET', INGRESS)).body.spec
    rules[0].http.paths.push({ ...rules[0].http.paths[1], path: '/other/' })
    const path = `${INGRESS}?fieldManager=kubectl-edit`
    await bed.api('PATCH', path, { spec: { rules } }, 'application/merge-patch+json')
    const status = { loadBalancer: { ingress: [{ ip: PUBLIC }] } }
    await bed.api('PATCH', `${INGRESS}/status`, { status }, 'application/merge-patch+json')
    const { code, stdout, stderr } = await running.ended
    expect({ code, stdout, stderr }).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(PUBLIC) })
    expect(await paths()).toEqual(['/'])
    expect(await problems()).toEqual({ code: 1, problems: expect.arrayContaining([closedProblem(PUBLIC)]) })
  })
})

describe('the name of a load balancer', () => {
  beforeEach(() => giveAddress())

  test('that resolves to a private address is private', async () => {
    const running = await untilWaiting()
    await giveAddress({ hostname: bed.loadBalancer.hostname }, answering())
    expect(await running.ended).toMatchObject({ code: 0 })
  })

  test.each([
    [
      'that nobody can resolve',
      { hostname: 'gateway.invalid' },
      "gateway.invalid, which can't be resolved from this machine",
    ],
    ['that is no name', { hostname: 'x'.repeat(300) }, 'xxx'],
  ])('%s closes the config API', async (_what, ingress, reason) => {
    const running = await untilWaiting()
    const { status } = await giveAddress(ingress, answering())
    // The API server refuses some names: then the load balancer simply has no address.
    if (status !== 200) await giveAddress({ hostname: 'gateway.invalid' })
    const { code, stderr } = await running.ended
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(status === 200 ? reason : 'gateway.invalid'),
    })
    expect(await portsOf('eg-event-gateway')).toEqual(['events'])
  })
})

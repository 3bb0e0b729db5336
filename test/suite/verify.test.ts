import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run, start } from '../bed/command.ts'
import { until } from '../bed/objects.ts'

const NAMESPACE = 'egv'
const SERVICE = `/api/v1/namespaces/${NAMESPACE}/services/eg-event-gateway`
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`
const GATEWAY_PODS = `${PODS}?labelSelector=${encodeURIComponent('app.kubernetes.io/component=gateway')}`
const RESOURCES = { functions: 'functions', eventtypes: 'eventTypes', subscriptions: 'subscriptions' }

let bed: Bed
let spaces: string
const options = () => ({ env: { KUBECONFIG: bed.kubeconfig } })
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], options())

const ask = async (path: string, method = 'GET', body?: object) => {
  const response = await fetch(`${spaces}/${path}`, {
    method,
    headers: { connection: 'close' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  return { status: response.status, text: await response.text() }
}

/** What a proof has left in the gateway. */
const traces = async () => {
  const found = await Promise.all(
    Object.entries(RESOURCES).map(
      async ([resource, key]) => JSON.parse((await ask(`eg-setup-probe/${resource}`)).text)[key],
    ),
  )
  return found.flat()
}

const podNames = async () =>
  ((await bed.api('GET', GATEWAY_PODS)).body.items ?? []).map(({ metadata }) => metadata.name)

beforeAll(async () => {
  bed = await openBed()
  const outcome = await eg('--yes', '--expose', 'node-port', '-o', 'json')
  expect(outcome).toMatchObject({ code: 0 })
  const exports = JSON.parse(outcome.stdout)
  spaces = `http://${exports.EVENT_GATEWAY_URL}:${exports.EVENT_GATEWAY_CONFIG_API_PORT}/v1/spaces`
})
afterAll(async () => {
  await eg('cleanup', '--yes', '--delete-data')
  await bed.close()
})

test('proves three replicas five times in a row and leaves no trace', async () => {
  for (let round = 0; round < 5; round++) {
    const { code, stdout, stderr } = await eg('verify')
    expect({ code, stdout, stderr }).toMatchObject({
      code: 0,
      stdout: `The Event Gateway in namespace ${NAMESPACE} works.\n`,
    })
    expect(stderr).toMatch(/Duplicate registration is rejected \(409\)( \(\d+s\))?\n/)
    expect(stderr).not.toContain('loop-')
    expect(stderr).toMatch(/Test event delivered through 3 of 3 replicas and [\d.]+:\d+/)
    expect(await traces()).toEqual([])
  }
})

test('-o json names the replicas that agreed', async () => {
  const { code, stdout } = await eg('verify', '-o', 'json')
  expect(code).toBe(0)
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({ verified: true, namespace: NAMESPACE, endpoint: { host: expect.any(String) } })
  expect(result.replicas.sort()).toEqual((await podNames()).sort())
})

test('two at the same time do not disturb each other', async () => {
  const outcomes = await Promise.all([eg('verify'), eg('verify'), eg('verify')])
  expect(outcomes.map(({ code, stderr }) => (code === 0 ? '' : stderr))).toEqual(['', '', ''])
  expect(await traces()).toEqual([])
})

test.each([
  ['http', '200'], // the answer of the function
  ['aws-lambda', '202'],
])('--example %s prints commands that run as they are', async (example, triggered) => {
  const { code, stdout } = await eg('verify', '--example', example)
  expect(code).toBe(0)
  // Reached from the pods of every cluster, and it answers with JSON.
  const FUNCTION_URL = `http://eg-event-gateway.${NAMESPACE}.svc:4001/v1/spaces/default/eventtypes`
  const ran = await promisify(execFile)('sh', ['-ec', stdout], { env: { PATH: process.env['PATH'], FUNCTION_URL } })
  const statuses = [...ran.stdout.matchAll(/^HTTP\/1.1 (\d+)/gm)].map(([, status]) => status)
  expect(statuses).toEqual(['201', '200', '201', '201', triggered, '204', '204', '204'])
})

test('names who has changed the port that the Service leads to, and what undoes it', async () => {
  const { ports } = (await bed.api('GET', SERVICE)).body.spec
  const setTarget = (targetPort: string | number) => {
    const spec = {
      ports: ports.map((port: { name: string }) => (port.name === 'events' ? { ...port, targetPort } : port)),
    }
    return bed.api('PATCH', `${SERVICE}?fieldManager=kubectl-edit`, { spec }, 'application/merge-patch+json')
  }
  expect(await setTarget(4999)).toMatchObject({ status: 200 })
  const outcome = await until(async () => {
    const answer = await eg('verify', '-o', 'json')
    return answer.code === 0 ? undefined : answer
  }, 'verify fails')
  await setTarget('events')
  expect(outcome.code).toBe(1)
  expect(JSON.parse(outcome.stdout)).toMatchObject({
    verified: false,
    reason: 'service-changed',
    message: expect.stringContaining('kubectl-edit changed .spec.ports[events].targetPort to 4999'),
    fix: expect.stringContaining(`eg-setup -n ${NAMESPACE} --force-conflicts`),
  })
  await until(async () => ((await eg('verify')).code === 0 ? true : undefined), 'verify passes again')
})

describe('with a replica that is stale', () => {
  let stale: string

  beforeAll(async () => {
    stale = (await podNames())[0]!
    await bed.makeStale(NAMESPACE, stale)
  })
  afterAll(async () => {
    await bed.api('DELETE', `${PODS}/${stale}`)
  })

  test('names it and leaves no trace', async () => {
    const { code, stdout, stderr } = await eg('verify', '-o', 'json', '--timeout', '3s')
    expect({ code, stderr }).toMatchObject({ code: 1 })
    expect(JSON.parse(stdout)).toMatchObject({
      verified: false,
      reason: 'replica-stale',
      message: expect.stringContaining(stale),
    })
    expect(stderr).toContain(`kubectl delete pod ${stale} -n ${NAMESPACE}`)
    expect(await traces()).toEqual([])
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ended by %s it removes what it registered', async (signal, code) => {
    const running = start(['verify', '-n', NAMESPACE, '--timeout', '60s'], options())
    await running.says('Event type and subscription registered')
    running.child.kill(signal)
    expect(await running.ended).toMatchObject({ code, stdout: '' })
    expect(await traces()).toEqual([])
  })

  test('what a killed one has left is removed by the next', async () => {
    const running = start(['verify', '-n', NAMESPACE, '--timeout', '60s'], options())
    await running.says('Event type and subscription registered')
    running.child.kill('SIGKILL')
    await running.ended
    expect(await traces()).toHaveLength(3)
    expect(await eg('verify', '--timeout', '1s')).toMatchObject({ code: 1 })
    expect(await traces()).toEqual([])
  })
})

describe.each([
  ['is reached from inside of the cluster only', ['--expose', 'cluster-ip'], null],
  ['exposes the events API only', ['--expose', 'node-port', '--private-config'], { host: expect.any(String) }],
])('where the gateway %s', (_name, exposure, endpoint) => {
  test('it is proved through the API server', async () => {
    expect(await eg('--yes', ...exposure)).toMatchObject({ code: 0 })
    const { code, stdout, stderr } = await eg('verify', '-o', 'json')
    expect({ code, stderr }).toMatchObject({ code: 0 })
    const result = JSON.parse(stdout)
    expect(result).toMatchObject({ verified: true, endpoint })
    expect(result.endpoint?.config).toBeUndefined()
    expect(result.replicas).toHaveLength(3)
  })

  test('--example says how to reach it', async () => {
    const { stdout } = await eg('verify', '--example', 'aws-lambda')
    expect(stdout).toMatch(/^# .*eg-setup forward -n egv\n/)
    expect(stdout).toContain("'http://127.0.0.1:4001/v1/spaces/default/functions'")
  })
})

test('says when nothing is installed', async () => {
  expect(await run(['verify', '-n', 'default'], options())).toMatchObject({ code: 3, stdout: '' })
})

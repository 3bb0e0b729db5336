import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run, start } from '../bed/command.ts'
import { until } from '../bed/objects.ts'

const NAMESPACE = 'egf'
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=${encodeURIComponent('app.kubernetes.io/component=gateway')}`
const STATUS = 'http://$EVENT_GATEWAY_URL:$EVENT_GATEWAY_CONFIG_API_PORT/v1/spaces/default/functions'

let bed: Bed
const options = () => ({ env: { KUBECONFIG: bed.kubeconfig } })
const eg = (...args: string[]) => run(args, options())
const FUNCTIONS = expect.stringMatching(/^\{"functions":\[\]\}\n?$/)

const forward = (...args: string[]) => ['forward', '-n', NAMESPACE, ...args]

beforeAll(async () => {
  bed = await openBed()
  const outcome = await eg('--yes', '--expose', 'node-port', '--set', 'replicaCount=1', '-n', NAMESPACE)
  expect(outcome).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await eg('cleanup', '--yes', '--delete-data', '-n', NAMESPACE)
  await bed.close()
})

test('a command finds the gateway by the exports, and stdout is its own', async () => {
  const outcome = await eg(...forward('--', 'sh', '-c', `curl -sSf "${STATUS}"`))
  expect(outcome).toMatchObject({ code: 0, stdout: FUNCTIONS })
})

test('local ports that are asked for are the ones', async () => {
  // Not the usual way round, and taken by nobody.
  const { config: events, events: config } = bed.loadBalancer
  const ports = ['--config-port', `${config}`, '--events-port', `${events}`]
  const outcome = await eg(...forward(...ports, '--', 'sh', '-c', `env | grep EVENT_GATEWAY_; curl -sSf "${STATUS}"`))
  expect(outcome.stdout).toContain(`EVENT_GATEWAY_CONFIG_API_PORT=${config}\n`)
  expect(outcome.stdout).toContain(`EVENT_GATEWAY_EVENTS_API_PORT=${events}\n`)
  expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining('{"functions":[]}') })
})

test('neither another host name nor a page from elsewhere reaches the config API', async () => {
  const asked = (header: string) => `curl -s -o /dev/null -w '%{http_code} ' -H '${header}' "${STATUS}"`
  const script = [asked('Host: evil.example'), asked('Origin: http://evil.example'), asked('X: y')].join('; ')
  expect(await eg(...forward('--', 'sh', '-c', script))).toMatchObject({ code: 0, stdout: '403 403 200 ' })
  const widened = forward('--accept-hosts', '^evil\\.example$', '--', 'sh', '-c', script)
  expect(await eg(...widened)).toMatchObject({ code: 0, stdout: '200 200 200 ' })
})

test('the exit code of the command is passed on', async () => {
  expect(await eg(...forward('--', 'sh', '-c', 'exit 7'))).toMatchObject({ code: 7, stdout: '' })
})

test('a command that is told to end still has its connections', async () => {
  const script = `trap 'curl -sSf "${STATUS}"; exit 9' TERM; echo ready >&2; while :; do sleep 0.1; done`
  const running = start(forward('--', 'sh', '-c', script), options())
  await running.says('ready')
  running.child.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ code: 9, stdout: FUNCTIONS })
})

test('prints the exports, outlives the pods and ends with 130 on Ctrl-C', async () => {
  const running = start(forward(), options())
  await running.says('until Ctrl-C')
  const { stdout } = running.said()
  expect(stdout).toMatch(/^export EVENT_GATEWAY_URL='127\.0\.0\.1';\n(export EVENT_GATEWAY_\w+_API_PORT='\d+';\n){2}$/)
  const port = /CONFIG_API_PORT='(\d+)'/.exec(stdout)?.[1]
  const asked = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/status`, { headers: { connection: 'close' } })
    await answer.text()
    return answer.status
  }
  expect(await asked()).toBe(200)
  const { body } = await bed.api('GET', PODS)
  for (const { metadata } of body.items ?? [])
    await bed.api('DELETE', `/api/v1/namespaces/${NAMESPACE}/pods/${metadata.name}`)
  // A pod that ends still answers for a while; a connection to one that has just gone is cut: a client tries again.
  const pods = () => running.said().stderr.match(/Forwarding to pod/g)?.length ?? 0
  const askedAnother = async () => ((await asked()) === 200 && pods() > 1 ? true : undefined)
  await until(() => askedAnother().catch(() => undefined), 'an answer of the new pod', 60_000)
  running.child.kill('SIGINT')
  expect(await running.ended).toMatchObject({ code: 130, stdout })
})

test('says when nothing is installed', async () => {
  expect(await eg('forward', '-n', 'default')).toMatchObject({ code: 3, stdout: '' })
})

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { identities, names, ours, until, volumes } from '../bed/objects.ts'

const NAMESPACE = 'egt'
const SERVICE = `/api/v1/namespaces/${NAMESPACE}/services/eg-event-gateway`

let bed: Bed
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })
// Not execFileSync: the simulated gateway answers from this process.
const inShell = async (script: string, command: string) =>
  (await promisify(execFile)('sh', ['-c', `eval "$1"; ${command}`, 'sh', script], { timeout: 10_000 })).stdout

beforeAll(async () => {
  bed = await openBed()
})
afterAll(async () => {
  await eg('cleanup', '--yes', '--delete-data')
  await bed.close()
})

describe('setup by nodePort', () => {
  let first: string
  let nodePorts: number[]
  const readNodePorts = async () =>
    (await bed.api('GET', SERVICE)).body.spec.ports.map((port: { nodePort: number }) => port.nodePort)

  test('installs from nothing and prints exactly the three exports', async () => {
    const { code, stdout, stderr } = await eg('--yes', '--expose', 'node-port')
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stdout).toMatch(
      /^export EVENT_GATEWAY_URL='[\w.]+';\nexport EVENT_GATEWAY_CONFIG_API_PORT='\d+';\nexport EVENT_GATEWAY_EVENTS_API_PORT='\d+';\n$/,
    )
    first = stdout
    nodePorts = await readNodePorts()
  })

  test('the exports lead to the gateway, from a shell', async () => {
    const url = 'http://$EVENT_GATEWAY_URL:$EVENT_GATEWAY_CONFIG_API_PORT/v1/spaces/default/functions'
    expect(JSON.parse(await inShell(first, `curl -sS "${url}"`))).toEqual({ functions: [] })
  })

  test('env prints the same', async () => {
    expect(await eg('env')).toMatchObject({ code: 0, stdout: first })
  })

  test('env -o json has the three names as keys', async () => {
    const { stdout } = await eg('env', '-o', 'json')
    const [host, config, events] = [...first.matchAll(/'(.*)'/g)].map(match => match[1])
    expect(JSON.parse(stdout)).toEqual({
      EVENT_GATEWAY_URL: host,
      EVENT_GATEWAY_CONFIG_API_PORT: config,
      EVENT_GATEWAY_EVENTS_API_PORT: events,
    })
  })

  test('a second run changes no object', async () => {
    const before = identities(await ours(bed))
    expect(await eg('--yes', '--expose', 'node-port')).toMatchObject({ code: 0, stdout: first })
    expect(identities(await ours(bed))).toEqual(before)
  })

  test('keeps the node ports when the Service is recreated after a manual deletion', async () => {
    await bed.api('DELETE', SERVICE)
    expect(await eg('--yes', '--expose', 'node-port')).toMatchObject({ code: 0, stdout: first })
    expect(await readNodePorts()).toEqual(nodePorts)
  })

  test('env refuses a Service that replaced the installed one', async () => {
    const { body } = await bed.api('GET', SERVICE)
    await bed.api('DELETE', SERVICE)
    const { uid: _, resourceVersion: __, ...metadata } = body.metadata
    await bed.api('POST', `/api/v1/namespaces/${NAMESPACE}/services`, { ...body, metadata, status: {} })
    expect(await eg('env')).toMatchObject({ code: 1, stdout: '' })
    expect(await eg('--yes')).toMatchObject({ code: 0, stdout: first })
  })

  test('cleanup keeps the volumes, setup reuses them, and cleanup --delete-data leaves nothing', async () => {
    expect(await eg('cleanup', '--yes')).toMatchObject({ code: 0, stdout: '' })
    expect(await volumes(bed, NAMESPACE)).toEqual(['etcd-data-eg-etcd-cluster-0'])
    expect(await eg('--yes')).toMatchObject({ code: 0 })
    expect(await eg('cleanup', '--yes', '--delete-data')).toMatchObject({ code: 0, stdout: '' })
    expect(names(await ours(bed))).toEqual([])
    const gone = async () =>
      (await bed.api('GET', `/api/v1/namespaces/${NAMESPACE}`)).status === 404 ? true : undefined
    await until(gone, 'the namespace gone')
  })

  test('cleanup where nothing is installed says so and is no failure', async () => {
    const { code, stdout, stderr } = await eg('cleanup', '--yes')
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toContain(`Nothing to remove in namespace ${NAMESPACE}`)
  })
})

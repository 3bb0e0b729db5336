import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { makeCertificate } from '../bed/certificate.ts'
import { run, start } from '../bed/command.ts'
import { GATEWAY_API, type GatewayApi, openGatewayApi } from '../bed/gateway-api.ts'
import { createNamespace, deleteNamespace, ours, until } from '../bed/objects.ts'
import { openSimulatorBed } from '../bed/simulator.ts'
import { openTerminal } from '../bed/terminal.ts'

const NAMESPACE = 'egg'
const INFRA = 'egg-infra'
const ROUTE = `${GATEWAY_API}/namespaces/${NAMESPACE}/httproutes/eg-event-gateway`
const OWN = `${GATEWAY_API}/namespaces/${NAMESPACE}/gateways/eg-event-gateway`
/** Reserved for documentation (RFC 5737): nothing answers there, and nothing says that it is private. */
const PUBLIC = '203.0.113.7'
const CURL = 'curl -sSf "http://$EVENT_GATEWAY_URL:$EVENT_GATEWAY_CONFIG_API_PORT/v1/spaces/default/functions"'

let bed: Bed
let controller: GatewayApi
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })

const exportsFor = (host: string, ...apis: string[]) =>
  [
    `export EVENT_GATEWAY_URL='${host}';`,
    ...apis.map(api => `export EVENT_GATEWAY_${api}_API_PORT='${controller.port}';`),
  ]
    .map(line => `${line}\n`)
    .join('')

async function makeGateway(name: string, listeners: object[], className = controller.className): Promise<void> {
  await bed.api('POST', `${GATEWAY_API}/namespaces/${INFRA}/gateways`, {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name },
    spec: {
      gatewayClassName: className,
      listeners: listeners.map(listener => ({ name: 'http', port: controller.port, protocol: 'HTTP', ...listener })),
    },
  })
}
const FROM_ALL = { allowedRoutes: { namespaces: { from: 'All' } } }

const setStatus = (path: string, status: object) =>
  bed.api('PATCH', `${path}/status`, { status }, 'application/merge-patch+json')
const met = (...types: string[]) =>
  types.map(type => ({ type, status: 'True', reason: type, message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }))

beforeAll(async () => {
  bed = await openBed()
  await createNamespace(bed, NAMESPACE)
  await createNamespace(bed, INFRA)
  controller = await openGatewayApi(bed, NAMESPACE)
  await makeGateway('shared', [FROM_ALL])
  await makeGateway('closed', [{}])
  await makeGateway('hosted', [{ ...FROM_ALL, hostname: 'eg.other.test' }])
  await makeGateway('wild', [{ ...FROM_ALL, hostname: '*.other.test' }])
  await makeGateway('tcp', [{ ...FROM_ALL, protocol: 'TCP' }], 'nobody')
  await bed.api('POST', `${GATEWAY_API}/gatewayclasses`, {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'nobody' },
    spec: { controllerName: 'example.org/nobody' },
  })
})
afterAll(async () => {
  await eg('cleanup', '--yes', '--delete-data')
  await bed.api('DELETE', `${GATEWAY_API}/gatewayclasses/nobody`)
  await controller.close()
  await deleteNamespace(bed, INFRA)
  await deleteNamespace(bed, NAMESPACE)
  await bed.close()
})

test('without Gateway API nothing is written, and the way out is named', async () => {
  const plain = await openSimulatorBed()
  try {
    const outcome = await run(['--yes', '--expose', 'gateway-api'], { env: { KUBECONFIG: plain.kubeconfig } })
    expect(outcome).toMatchObject({ code: 3, stdout: '' })
    expect(outcome.stderr).toContain('The cluster does not serve Gateway API v1')
    expect(outcome.stderr).toContain('kubectl apply --server-side -f https://')
    expect([...(await ours(plain)).keys()]).toEqual([])
  } finally {
    await plain.close()
  }
})

test.each([
  [
    'a Gateway for routes of its own namespace',
    ['--gateway', `${INFRA}/closed`],
    `admits routes from namespace ${INFRA} only`,
  ],
  [
    'a Gateway with another host name',
    ['--gateway', `${INFRA}/hosted`, '--host', 'eg.test'],
    'serves the host name eg.other.test only',
  ],
  ['a Gateway with a wildcard, and no host name', ['--gateway', `${INFRA}/wild`], '--host NAME is needed'],
  ['a Gateway without HTTP', ['--gateway', `${INFRA}/tcp`], 'uses protocol TCP'],
  ['a listener that does not exist', ['--gateway', `${INFRA}/shared#https`], 'it has no listener https'],
  [
    'a Gateway that does not exist',
    ['--gateway', `${INFRA}/nosuch`],
    `Gateway ${INFRA}/nosuch doesn't exist. The cluster has: `,
  ],
  [
    'a class that does not exist',
    ['--gateway-class', 'nosuch'],
    "GatewayClass nosuch doesn't exist. The cluster has: ",
  ],
  ['a class without a controller', ['--gateway-class', 'nobody'], 'No controller has accepted GatewayClass nobody'],
])('%s is refused before anything is written', async (_what, flags, reason) => {
  const began = Date.now()
  const outcome = await eg('--yes', '--expose', 'gateway-api', ...flags)
  expect(outcome).toMatchObject({ code: 3, stdout: '' })
  expect(outcome.stderr).toContain(reason)
  expect(outcome.stderr).toMatch(/--gateway(-class)? \S+/)
  expect(Date.now() - began).toBeLessThan(20_000)
  expect((await ours(bed)).size).toBe(0)
})

test('the wizard offers a new Gateway and those that admit the route, and says why others are not available', async () => {
  const env = { KUBECONFIG: bed.kubeconfig }
  const terminal = openTerminal(['-n', NAMESPACE, '--expose', 'gateway-api'], { columns: 120, env })
  await terminal.shows('Which Gateway?')
  await terminal.shows(`● New Gateway of class ${controller.className}`)
  await terminal.shows(`○ Gateway ${INFRA}/shared`)
  expect(terminal.screen().replace(/\s*\n│\s*/g, ' ')).toContain(
    `${INFRA}/closed: its listener http admits routes from namespace ${INFRA} only.`,
  )
  expect(terminal.screen()).not.toContain(`○ Gateway ${INFRA}/closed`)
  terminal.press('down', 'enter')
  await terminal.shows(`Install into namespace ${NAMESPACE}`)
  terminal.press('ctrlC')
  expect(await terminal.ended).toMatchObject({ code: 130, stdout: '' })
})

test('the exports lead through an existing Gateway to both APIs', async () => {
  const { code, stdout, stderr } = await eg('--yes', '--expose', 'gateway-api', '--gateway', `${INFRA}/shared`)
  expect({ code, stdout, stderr }).toMatchObject({
    code: 0,
    stdout: exportsFor(controller.address, 'CONFIG', 'EVENTS'),
  })
  const { stdout: answer } = await promisify(execFile)('sh', ['-c', `${stdout}${CURL}`])
  expect(JSON.parse(answer)).toEqual({ functions: [] })
  expect((await bed.api('GET', OWN)).status).toBe(404)
})

test('env prints the same in four requests', async () => {
  const { code, stdout, stderr } = await eg('env', '--verbose')
  expect({ code, stdout }).toEqual({ code: 0, stdout: exportsFor(controller.address, 'CONFIG', 'EVENTS') })
  expect(stderr.match(/\b(GET|POST|PATCH) \//g)?.length).toBeLessThanOrEqual(4)
})

test('status shows the addresses, and a dry run changes nothing', async () => {
  const status = await eg('status', '-o', 'json')
  expect(JSON.parse(status.stdout)).toMatchObject({
    healthy: true,
    exposure: 'gateway-api',
    endpoints: [{ host: controller.address, config: controller.port, events: controller.port, answers: true }],
  })
  const dry = await eg('--dry-run', '--yes')
  expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('httproute') })
})

test('with --private-config the route leads to the events API alone', async () => {
  const { code, stdout } = await eg('--yes', '--private-config')
  expect({ code, stdout }).toEqual({ code: 0, stdout: exportsFor(controller.address, 'EVENTS') })
  expect((await bed.api('GET', ROUTE)).body.spec.rules).toHaveLength(1)
})

test('a listener that no longer admits the route is a problem in status, and env exports nothing', async () => {
  const path = `${GATEWAY_API}/namespaces/${INFRA}/gateways/shared`
  const admit = async (from: string) => {
    const listener = { name: 'http', port: controller.port, protocol: 'HTTP', allowedRoutes: { namespaces: { from } } }
    await bed.api('PATCH', path, { spec: { listeners: [listener] } }, 'application/merge-patch+json')
  }
  const isRefused = async () => {
    const { body } = await bed.api('GET', ROUTE)
    const { reason } = body['status'].parents[0].conditions.find(({ type }: { type: string }) => type === 'Accepted')
    return reason === (from === 'Same' ? 'NotAllowedByListeners' : 'Accepted') ? true : undefined
  }
  let from = 'Same'
  await admit(from)
  await until(isRefused, 'the route is refused')
  const status = JSON.parse((await eg('status', '-o', 'json')).stdout)
  expect(status.problems).toEqual([
    expect.objectContaining({ about: 'address', reason: expect.stringContaining('NotAllowedByListeners') }),
  ])
  expect(await eg('env')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining("none of the Gateway's listeners allows routes from this namespace"),
  })
  from = 'All'
  await admit(from)
  await until(isRefused, 'the route is accepted again')
})

test('another exposure takes the HTTPRoute away', async () => {
  expect(await eg('--yes', '--expose', 'node-port', '--set', 'privateConfig=null')).toMatchObject({ code: 0 })
  expect((await bed.api('GET', ROUTE)).status).toBe(404)
})

describe('by TLS', () => {
  const SECRETS = (namespace: string) => `/api/v1/namespaces/${namespace}/secrets`
  const makeSecret = (namespace: string, name: string, { cert, key }: { cert: string; key: string }, type?: string) =>
    bed.api('POST', SECRETS(namespace), {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      type: type ?? 'kubernetes.io/tls',
      data: { 'tls.crt': Buffer.from(cert).toString('base64'), 'tls.key': Buffer.from(key).toString('base64') },
    })
  const trusting = (...args: string[]) =>
    run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig, NODE_EXTRA_CA_CERTS: ca } })
  let folder: string
  let ca: string
  let host: string

  beforeAll(async () => {
    host = controller.host
    folder = await mkdtemp(join(tmpdir(), 'eg-ca-'))
    ca = join(folder, 'ca.pem')
    await writeFile(ca, controller.certificate.cert)
    await makeSecret(INFRA, 'web', controller.certificate)
    const tls = { certificateRefs: [{ name: 'web' }] }
    await makeGateway('secure', [
      FROM_ALL,
      { ...FROM_ALL, name: 'https', port: controller.securePort, protocol: 'HTTPS', tls },
    ])
    const day = 86_400_000
    const [past, now] = [new Date(Date.now() - 9 * day), new Date()]
    await makeSecret(NAMESPACE, 'expired', makeCertificate({ hosts: [host], notBefore: past, notAfter: now }))
    await makeSecret(NAMESPACE, 'other', makeCertificate({ hosts: ['other.example.com'] }))
    await makeSecret(NAMESPACE, 'typeless', makeCertificate({ hosts: [host] }), 'Opaque')
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test.each([
    ['a Secret that does not exist', 'nosuch', "Secret nosuch doesn't exist in namespace egg."],
    ['a Secret of another type', 'typeless', 'Secret typeless has type Opaque, not kubernetes.io/tls.'],
    ['a certificate that has expired', 'expired', 'The certificate in Secret expired expired on '],
    ['a certificate for another host', 'other', 'The certificate in Secret other is for other.example.com, not for '],
  ])('%s is refused before anything is changed', async (_what, secret, reason) => {
    const flags = ['--expose', 'gateway-api', '--gateway-class', controller.className, '--host', host]
    const outcome = await eg('--yes', ...flags, '--tls-secret', secret)
    expect(outcome).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining(reason) })
    expect((await bed.api('GET', ROUTE)).status).toBe(404)
  })

  test('an HTTPS listener is exported with its scheme', async () => {
    const { code, stdout } = await trusting(
      '--yes',
      '--expose',
      'gateway-api',
      '--gateway',
      `${INFRA}/secure`,
      '--host',
      host,
    )
    const ports = ['CONFIG', 'EVENTS'].map(api => `export EVENT_GATEWAY_${api}_API_PORT='${controller.securePort}';\n`)
    const exports = `export EVENT_GATEWAY_URL='${host}';\n${ports.join('')}export EVENT_GATEWAY_SCHEME='https';\n`
    expect({ code, stdout }).toEqual({ code: 0, stdout: exports })
    const url = '$EVENT_GATEWAY_SCHEME://$EVENT_GATEWAY_URL:$EVENT_GATEWAY_CONFIG_API_PORT/v1/spaces/default/functions'
    const { stdout: answer } = await promisify(execFile)('sh', ['-c', `${stdout}curl -sSf --cacert '${ca}' "${url}"`])
    expect(JSON.parse(answer)).toEqual({ functions: [] })
  })

  test('verify goes through TLS, and forward exports no scheme', async () => {
    const { code, stdout } = await trusting('verify', '-o', 'json')
    expect({ code, result: JSON.parse(stdout) }).toMatchObject({
      code: 0,
      result: { verified: true, eventSent: true, endpoint: { host, scheme: 'https', config: controller.securePort } },
    })
    const options = { env: { KUBECONFIG: bed.kubeconfig, EVENT_GATEWAY_SCHEME: 'https' } }
    const forwarded = await run(
      ['forward', '-n', NAMESPACE, '--', 'sh', '-c', 'echo "<$EVENT_GATEWAY_SCHEME>"'],
      options,
    )
    expect(forwarded).toMatchObject({ code: 0, stdout: '<>\n' })
  })

  test('a certificate that this machine does not trust is said as such, with its signer and the way to trust it', async () => {
    const { code, stdout, stderr } = await eg('env')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`the certificate of ${host} is not trusted by this machine (signed by itself, for suite)`)
    expect(stderr).toContain('--cacert ca.pem')
    expect(stderr).toMatch(/^ +export NODE_EXTRA_CA_CERTS=ca\.pem$/m)
    const verified = JSON.parse((await eg('verify', '-o', 'json')).stdout)
    expect(verified).toMatchObject({ verified: false, reason: 'untrusted' })
  })

  test.each([
    ['expires within 30 days', 9, 'warnings', 'The certificate in Secret web expires on '],
    ['has expired', -1, 'problems', 'The certificate in Secret web expired on '],
  ])('status says that the certificate of a Gateway of our own %s', async (_what, days, where, said) => {
    const day = 86_400_000
    const [notBefore, notAfter] = [new Date(Date.now() - 30 * day), new Date(Date.now() + days * day)]
    const path = `${SECRETS(NAMESPACE)}/web`
    if (days > 0) {
      await makeSecret(NAMESPACE, 'web', controller.certificate)
      const own = ['--gateway-class', controller.className, '--set', 'gatewayApi.gateway=null']
      // Port 443 of this machine is not the stand-in's: there setup ends without an answer, which is none of this.
      await trusting('--yes', ...own, '--host', host, '--tls-secret', 'web', '--timeout', '15s')
    }
    const { cert, key } = makeCertificate({ hosts: [host], notBefore, notAfter })
    const [crt, pem] = [cert, key].map(text => Buffer.from(text).toString('base64'))
    await bed.api('PATCH', path, { data: { 'tls.crt': crt, 'tls.key': pem } }, 'application/merge-patch+json')
    const status = JSON.parse((await trusting('status', '-o', 'json')).stdout)
    const texts =
      where === 'warnings' ? status.warnings : status.problems.map(({ reason }: { reason: string }) => reason)
    expect(texts).toContainEqual(expect.stringContaining(said))
  })

  test('another exposure takes the HTTPRoute away', async () => {
    const unset = ['--set', 'tls.secretName=null,gatewayApi.className=null']
    expect(await eg('--yes', '--expose', 'node-port', ...unset)).toMatchObject({
      code: 0,
      stdout: expect.not.stringContaining('EVENT_GATEWAY_SCHEME'),
    })
    expect((await bed.api('GET', ROUTE)).status).toBe(404)
  })
})

describe('a Gateway with a public address, and nobody has chosen who can access the gateway', () => {
  const ADDRESS = { addresses: [{ type: 'IPAddress', value: PUBLIC }], conditions: met('Accepted', 'Programmed') }

  test('is refused before anything is changed where it exists', async () => {
    await makeGateway('public', [FROM_ALL], 'nobody')
    await setStatus(`${GATEWAY_API}/namespaces/${INFRA}/gateways/public`, ADDRESS)
    const outcome = await eg('--yes', '--expose', 'gateway-api', '--gateway', `${INFRA}/public`, '--set', 'host=null')
    expect(outcome).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(PUBLIC) })
    expect((await bed.api('GET', ROUTE)).status).toBe(404)
  })

  test('loses the route to the config API where the address appears later', async () => {
    await setStatus(`${GATEWAY_API}/gatewayclasses/nobody`, { conditions: met('Accepted') })
    const args = [
      '--yes',
      '-n',
      NAMESPACE,
      '--expose',
      'gateway-api',
      '--gateway-class',
      'nobody',
      '--set',
      'gatewayApi.gateway=null,host=null',
    ]
    const running = start(args, { env: { KUBECONFIG: bed.kubeconfig } })
    await until(async () => ((await bed.api('GET', OWN)).status === 200 ? true : undefined), 'the Gateway', 60_000)
    await setStatus(OWN, ADDRESS)
    const { code, stdout, stderr } = await running.ended
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`The Gateway has the public address ${PUBLIC}`)
    expect((await bed.api('GET', ROUTE)).body.spec.rules).toHaveLength(1)
    const ports = (await bed.api('GET', `/api/v1/namespaces/${NAMESPACE}/services/eg-event-gateway`)).body.spec.ports
    expect(ports).toEqual([expect.objectContaining({ name: 'events' })])
  })
})

test('cleanup removes the route and our own Gateway, and no other', async () => {
  expect(await eg('cleanup', '--yes')).toMatchObject({ code: 0 })
  expect((await bed.api('GET', ROUTE)).status).toBe(404)
  expect((await bed.api('GET', OWN)).status).toBe(404)
  expect((await bed.api('GET', `${GATEWAY_API}/namespaces/${INFRA}/gateways/shared`)).status).toBe(200)
})

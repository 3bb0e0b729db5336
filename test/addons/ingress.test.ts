import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { makeCertificate } from '../bed/certificate.ts'
import { run } from '../bed/command.ts'
import { createNamespace, deleteNamespace, until } from '../bed/objects.ts'

const NAMESPACE = 'egi'
const INGRESS = `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/ingresses/eg-event-gateway`
const SCALE = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/eg-event-gateway/scale`
const FUNCTIONS = '$EVENT_GATEWAY_URL:$EVENT_GATEWAY_CONFIG_API_PORT/v1/spaces/default/functions'

let bed: Bed
let folder: string
let ca: string
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })
const trusting = (...args: string[]) =>
  run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig, NODE_EXTRA_CA_CERTS: ca } })
const exportsFor = (host: string, port: number, ...apis: string[]) =>
  [`URL='${host}'`, ...apis.map(api => `${api}_API_PORT='${port}'`)]
    .map(each => `export EVENT_GATEWAY_${each};\n`)
    .join('')
const curl = async (exports: string, args: string) =>
  JSON.parse((await promisify(execFile)('sh', ['-c', `${exports}curl -sSf ${args}`], { timeout: 20_000 })).stdout)

beforeAll(async () => {
  bed = await openBed()
  await createNamespace(bed, NAMESPACE)
  folder = await mkdtemp(join(tmpdir(), 'eg-ca-'))
  ca = join(folder, 'ca.pem')
})
afterAll(async () => {
  await eg('cleanup', '--yes', '--delete-data')
  await deleteNamespace(bed, NAMESPACE)
  await rm(folder, { recursive: true, force: true })
  await bed.close()
})

test('the exports lead through the default IngressClass to both APIs', async () => {
  const { code, stdout, stderr } = await eg('--yes', '--expose', 'ingress')
  expect({ code, stdout, stderr }).toMatchObject({
    code: 0,
    stdout: exportsFor(bed.loadBalancer.ip, 80, 'CONFIG', 'EVENTS'),
  })
  expect(await curl(stdout, `"http://${FUNCTIONS}"`)).toEqual({ functions: [] })
  expect((await bed.api('GET', INGRESS)).body.spec.ingressClassName).toBe('traefik')
})

test('a controller without a backend is no gateway, and env exports nothing', async () => {
  const scale = (replicas: number) => bed.api('PATCH', SCALE, { spec: { replicas } }, 'application/merge-patch+json')
  await scale(0)
  const failed = async () => {
    const outcome = await eg('env', '--timeout', '5s')
    return outcome.code === 0 ? undefined : outcome
  }
  const outcome = await until(failed, 'env fails')
  expect(outcome).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('HTTP 503') })
  await scale(3)
})

test('by TLS with a host name the exports have the scheme, and with --private-config the events API alone', async () => {
  const host = bed.loadBalancer.hostname
  const { cert, key } = makeCertificate({ hosts: [host] })
  await writeFile(ca, cert)
  await bed.api('POST', `/api/v1/namespaces/${NAMESPACE}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'web' },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': Buffer.from(cert).toString('base64'), 'tls.key': Buffer.from(key).toString('base64') },
  })
  const scheme = "export EVENT_GATEWAY_SCHEME='https';\n"
  const { code, stdout, stderr } = await trusting('--yes', '--host', host, '--tls-secret', 'web')
  const exports = exportsFor(host, 443, 'CONFIG', 'EVENTS') + scheme
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: exports })
  expect(await curl(stdout, `--cacert '${ca}' "$EVENT_GATEWAY_SCHEME://${FUNCTIONS}"`)).toEqual({ functions: [] })
  expect(await trusting('--yes', '--private-config')).toMatchObject({
    code: 0,
    stdout: exportsFor(host, 443, 'EVENTS') + scheme,
  })
})

test('another exposure takes the Ingress away', async () => {
  const unset = ['--set', 'privateConfig=null,host=null,tls.secretName=null']
  expect(await eg('--yes', '--expose', 'node-port', ...unset)).toMatchObject({ code: 0 })
  expect((await bed.api('GET', INGRESS)).status).toBe(404)
})

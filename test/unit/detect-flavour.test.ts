import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { detect } from '../../src/cluster/detect-flavour.ts'
import type { ClusterFacts } from '../../src/cluster/facts.ts'
import { FLAVOURS } from '../../src/cluster/flavour-rows.ts'
import { type Platform, thisPlatform } from '../../src/cluster/platform.ts'
import { isPublicAddress } from '../../src/cluster/public-address.ts'

/** What was recorded of a cluster, and what is to be made of it. */
type Fixture = {
  flavour: string
  /** Where nodes may not be listed: "other" says that nothing else tells. */
  withoutNodes: string
  /** Later rows whose evidence is there too. */
  also: string[]
  platform: Platform
  facts: ClusterFacts
}

const FOLDER = new URL('../fixtures/facts/', import.meta.url)
const FIXTURES = readdirSync(FOLDER).map(file => {
  const fixture: Fixture = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'))
  return { name: file.replace('.json', ''), ...fixture }
})
const factsOf = (name: string) => FIXTURES.find(fixture => fixture.name === name)!.facts
const flavourOf = (facts: ClusterFacts, platform: Platform = 'linux') => detect(facts, platform).flavour
const idOf = (facts: ClusterFacts) => flavourOf(facts).id

test.each(FLAVOURS.map(({ id }) => id))('%s has a recorded cluster', id => {
  expect(FIXTURES.find(({ name }) => name === id)?.flavour).toBe(id)
})

test('the id and label of each flavour are its own', () => {
  for (const key of ['id', 'label'] as const)
    expect(new Set(FLAVOURS.map(row => row[key])).size, key).toBe(FLAVOURS.length)
})

describe.each(FIXTURES)('the cluster $name', ({ facts, flavour, withoutNodes, also }) => {
  test(`is recognised as ${flavour}, and by later rows only as written there`, () => {
    expect(idOf(facts)).toBe(flavour)
    const matching = FLAVOURS.filter(({ evidence }) => evidence(facts) !== undefined).map(({ id }) => id)
    expect(matching).toEqual([...new Set([flavour, ...also, 'other'])])
  })

  test('is recognised whatever its context is called', () => {
    for (const context of ['', 'renamed', 'prod', ...FIXTURES.map(other => other.facts.context)])
      expect(idOf({ ...facts, context }), context).toBe(flavour)
  })

  test(`is recognised as ${withoutNodes} where its nodes may not be listed`, () => {
    for (const context of [facts.context, 'renamed'])
      expect(idOf({ ...facts, context, nodes: undefined })).toBe(withoutNodes)
  })

  test('is unknown where nothing may be read and nothing is written down', () => {
    const nothing = { cluster: '', user: '', extensions: [], version: '', groups: undefined, nodes: undefined }
    expect(idOf({ ...facts, ...nothing, server: 'https://192.168.7.7:6443' })).toBe('other')
  })

  test('is told with a reason that ends a sentence, if any', () => {
    for (const nodes of [facts.nodes, undefined]) {
      const { because } = detect({ ...facts, nodes }, 'linux')
      expect(because).toMatch(/^([a-z].*[^.])?$/)
      expect(because.length).toBeLessThanOrEqual(80)
    }
  })
})

test.each(FIXTURES.filter(({ name }) => name !== 'rancher-desktop-windows'))(
  "$name: the kubeconfig's other names do not outweigh the nodes",
  ({ facts, flavour }) => {
    for (const { facts: other } of FIXTURES.filter(({ flavour }) => flavour !== 'rancher-desktop'))
      expect(idOf({ ...facts, cluster: other.cluster, user: other.user }), other.cluster).toBe(flavour)
  },
)

test.each([
  ['an entry of minikube that points to EKS now', { ...factsOf('eks'), extensions: factsOf('minikube').extensions }],
  [
    'a context of minikube with the cluster of EKS, nodes forbidden',
    { ...factsOf('eks'), extensions: factsOf('minikube').extensions.slice(0, 1), nodes: undefined },
  ],
])('%s is EKS', (_, facts) => {
  expect(idOf(facts)).toBe('eks')
})

test.each([
  ['clusters.oci.oraclecloud.com', 'https://c4tgnbqgm2t.eu-frankfurt-1.clusters.oci.oraclecloud.com:6443', 'oracle'],
  ['a domain that only ends alike', 'https://fakeazmk8s.io:443', 'other'],
  ['IPv6', 'https://[fd00::1]:6443', 'other'],
])('the server is evidence: %s', (_, server, id) => {
  expect(idOf({ ...factsOf('other'), nodes: undefined, server })).toBe(id)
})

test.each<[string, Platform, boolean]>([
  ['kind', 'linux', true],
  ['kind', 'darwin', false],
  ['kind', 'wsl', false],
  ['k3d', 'win32', false],
  ['minikube', 'darwin', true],
  ['minikube-afar', 'linux', false],
  ['orbstack', 'darwin', true],
  ['docker-desktop', 'linux', false],
  ['other', 'win32', true],
])('the nodes of %s answer on %s: %s', (name, platform, answer) => {
  expect(flavourOf(factsOf(name), platform).nodesAnswer).toBe(answer)
})

describe('who may reach it has to be said', () => {
  test('on clouds, and nowhere else', () => {
    const local = FIXTURES.filter(({ facts }) => !flavourOf(facts).publicBecause).map(({ flavour }) => flavour)
    const clouds = FIXTURES.filter(({ facts }) => flavourOf(facts).publicBecause).map(({ flavour }) => flavour)
    const rows = FLAVOURS.filter(({ cloud }) => cloud).map(({ id }) => id)
    expect(new Set(clouds)).toEqual(new Set([...rows, 'openshift']))
    expect(local).not.toContain('openshift')
    const server = 'https://api.ocp.lab.internal:6443'
    expect(flavourOf({ ...factsOf('openshift'), server }).publicBecause).toBeUndefined()
  })

  test('where a node has an address of the internet, whatever runs there', () => {
    const [node] = factsOf('k3s').nodes!
    const addresses = [{ type: 'InternalIP', address: '203.0.113.9' }]
    expect(flavourOf({ ...factsOf('k3s'), nodes: [{ ...node!, addresses }] }).publicBecause).toMatch(
      /^node .* has the public address 203.0.113.9$/,
    )
  })

  test.each([
    ['203.0.113.9', true],
    ['2a01:4f8::1', true],
    ['2001:db8::1', true],
    ['192.0.2.1', true],
    ['::ffff:8.8.8.8', true],
    ['64:ff9b::a00:1', true],
    ['172.32.0.1', true],
    ['0.0.0.0', false],
    ['192.0.0.1', false],
    ['100.127.0.1', false],
    ['240.0.0.1', false],
    ['224.0.0.1', false],
    ['ff02::1', false],
    ['fec0::1', false],
    ['fe80::1%eth0', false],
    ['10.1.2.3', false],
    ['198.19.249.2', false],
    ['fd07:b51a:cc66::2', false],
    ['::ffff:10.0.0.1', false],
    ['node-1', false],
    ['', false],
  ])('%j is an address of the internet: %s', (address, answer) => {
    expect(isPublicAddress(address)).toBe(answer)
  })
})

test.each([
  ['yes', 'eks gke aks digitalocean scaleway oracle k3s metallb'],
  ['no', 'alibaba vultr civo exoscale upcloud hetzner linode ibm'],
  ['unknown', 'tencent huawei ovh yandex ionos coreweave nebius openstack openshift other'],
])('whether load balancers honor source ranges: %s for %s', (answer, ids) => {
  for (const id of ids.split(' ')) expect(flavourOf(factsOf(id)).sourceRanges, id).toBe(answer)
})

test('OpenShift on a cloud takes the load balancer of that cloud', () => {
  const { internal, exposure, loadBalancer } = flavourOf(factsOf('eks'))
  expect(flavourOf(factsOf('openshift-aws'))).toMatchObject({ label: 'OpenShift', internal, exposure, loadBalancer })
  expect(flavourOf(factsOf('openshift'))).toMatchObject({ exposure: 'node-port', loadBalancer: false })
  expect(flavourOf(factsOf('openshift'))).not.toHaveProperty('internal')
})

test('each hint is one sentence, and perhaps a command', () => {
  for (const { hint } of FLAVOURS) expect(hint).toMatch(/^[A-Z][^\n]{10,170}(\n[a-z0-9]+ [^\n]+)?$/)
})

test.each([
  ['linux', '6.1.0-28-amd64', 'linux'],
  ['linux', '5.15.167.4-microsoft-standard-WSL2', 'wsl'],
  ['freebsd', '14.1-RELEASE', 'linux'],
  ['darwin', '24.6.0', 'darwin'],
  ['win32', '10.0.26100', 'win32'],
])('a machine with %s %s is %s', (system, kernel, platform) => {
  expect(thisPlatform(system, kernel)).toBe(platform)
})

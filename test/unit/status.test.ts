import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { KubeObject } from '../../src/kube/object.ts'
import { givenFrom } from '../../src/settings/given.ts'
import { settingsFrom } from '../../src/settings/settings-from.ts'
import { statusLines } from '../../src/status/print-status.ts'
import type { Status } from '../../src/status/status.ts'
import { warningsOf } from '../../src/status/warnings.ts'
import { styleOf } from '../../src/ui/layout.ts'

const STATUS: Status = {
  installed: true,
  healthy: false,
  context: 'minikube',
  namespace: 'default',
  engine: 'builtin',
  gateway: { name: 'eg-event-gateway', image: 'serverless/event-gateway:0.9.0', wanted: 3, ready: 1 },
  etcd: {
    mode: 'operator',
    version: 'v3.6.14',
    wanted: 3,
    ready: 2,
    hosts: ['eg-etcd-cluster-client:2379'],
    members: [
      { name: 'eg-etcd-cluster-0', healthy: true },
      { name: 'eg-etcd-cluster-1', healthy: false },
      { name: 'eg-etcd-cluster-2', healthy: null },
    ],
    volumes: [{ name: 'etcd-data-eg-etcd-cluster-0', phase: 'Bound', size: '1Gi', storageClass: 'standard' }],
  },
  operator: { name: 'etcd-operator-controller-manager', image: 'o:1', wanted: 1, ready: 1 },
  exposure: 'load-balancer',
  endpoints: [{ host: 'fd00::1', config: 4001, events: 4000, answers: false }],
  warnings: ['Mind this.'],
  problems: [
    { about: 'etcd', reason: `1 of 3 ready, ${'pod x is pending and '.repeat(9)}\x1b[31mred`, fix: 'Do that.' },
  ],
}

const shown = (columns: number, status: Status = STATUS) => {
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns })
  const next = 'eval "$(eg-setup env)"'
  return statusLines(status, styleOf({ stdout, env: { NO_COLOR: '1' } }, 'stdout'), next).join('\n')
}

test.each([
  ['an address that answers', true, true],
  ['an address that was not asked', null, true],
  ['no address that answers', false, false],
])('with %s (%j) the status shows how to load the exports: %j', (_what, answers, isShown) => {
  const endpoints = STATUS.endpoints.map(endpoint => ({ ...endpoint, answers }))
  expect(shown(100, { ...STATUS, endpoints }).includes('\n  eval "$(eg-setup env)"\n')).toBe(isShown)
})

test('the status fits 40 columns and lets no escape through', () => {
  expect(
    shown(40)
      .split('\n')
      .filter(line => line.length > 40),
  ).toEqual([])
  expect(shown(40)).not.toContain('\x1b')
})

test('the status begins with the verdict, names what is there member by member, and what is wrong with its fix', () => {
  const text = `${shown(100)}\n`
  expect(text).toMatch(/^✖ Unhealthy {2}namespace default, context minikube\n/)
  for (const line of [
    'Config API   http://[fd00::1]:4001 (does not answer from this machine)',
    'Events API   http://[fd00::1]:4000 (does not answer from this machine)',
    'Event Gateway   1/3 ready, 0.9.0, serverless/event-gateway:0.9.0',
    'etcd            2/3 ready, v3.6.14, operator',
    'etcd operator   1/1 ready, 1, o:1',
    '  Do that.',
    '▲ Mind this.',
    'Members      eg-etcd-cluster-0 answers',
    '             eg-etcd-cluster-1 does not answer',
    '             eg-etcd-cluster-2 is running, but its health is unknown',
  ])
    expect(text).toContain(`\n${line}\n`)
  expect(text).toContain('\n✖ etcd: 1 of 3 ready, pod x is pending')
})

const workload = (args: string[], image = 'serverless/event-gateway:0.9.0') =>
  ({
    metadata: { name: 'g', namespace: 'default' },
    spec: { template: { spec: { containers: [{ args, image }] } } },
  }) as unknown as KubeObject
const service = (spec: object) => ({ spec }) as unknown as KubeObject
const pod = (spec: object) => ({ metadata: { name: 'p' }, spec }) as unknown as KubeObject
const node = (architecture: string) => ({
  name: 'n',
  labels: {},
  providerId: '',
  architecture,
  addresses: [],
  ready: true,
  schedulable: true,
  kernel: '6.1.0',
  allocatable: {},
})

const QUIET = {
  settings: settingsFrom({}),
  service: service({ type: 'NodePort' }),
  deployment: workload(['-log-level=info']),
  gatewayPods: [pod({ nodeName: 'n' })],
  etcdPods: [pod({ volumes: [{ name: 'token' }, { name: 'd', persistentVolumeClaim: {} }] })],
  nodes: [node('amd64')],
}
const withSettings = (...set: string[]) => ({ settings: settingsFrom(givenFrom({ set })) })

test.each<[what: string, seen: Partial<Parameters<typeof warningsOf>[0]>, warning: string | undefined]>([
  ['nothing', {}, undefined],
  ['any', withSettings('allowFrom={any}'), 'open to anyone'],
  ['any, but a private config API', withSettings('allowFrom={any}', 'privateConfig=true'), undefined],
  ['a load balancer', { service: service({ type: 'LoadBalancer' }) }, 'open to anyone who can reach the load balancer'],
  [
    'a load balancer for some networks',
    { service: service({ type: 'LoadBalancer', loadBalancerSourceRanges: ['192.0.2.0/24'] }) },
    undefined,
  ],
  [
    'a load balancer that may ignore them',
    {
      service: service({ type: 'LoadBalancer', loadBalancerSourceRanges: ['192.0.2.0/24'] }),
      flavour: { label: 'Somewhere', sourceRanges: 'unknown' },
    },
    'Load balancers of this cluster (Somewhere) may ignore the allowed networks',
  ],
  [
    'a load balancer that honors them',
    {
      service: service({ type: 'LoadBalancer', loadBalancerSourceRanges: ['192.0.2.0/24'] }),
      flavour: { label: 'Somewhere', sourceRanges: 'yes' },
    },
    undefined,
  ],
  ['an internal one', { service: service({ type: 'LoadBalancer' }), ...withSettings('internal=true') }, undefined],
  ['debug logging', { deployment: workload(['--log-level=debug']) }, 'log level is debug'],
  ['no volume', { etcdPods: [pod({ volumes: [{ name: 'd', emptyDir: {} }] })] }, 'have no persistent volume: p'],
  ['the published image on arm64', { nodes: [node('arm64')] }, 'runs on arm64 nodes: n'],
  ['an image of somebody else', { nodes: [node('arm64')], deployment: workload([], 'mine/eg:1') }, undefined],
  ['nodes that may not be read', { nodes: undefined }, undefined],
])('warnings: %s', (_what, seen, warning) => {
  const warnings = warningsOf({ ...QUIET, ...seen })
  expect(warnings).toEqual(warning === undefined ? [] : [expect.stringContaining(warning)])
})

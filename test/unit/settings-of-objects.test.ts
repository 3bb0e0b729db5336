import { expect, test } from 'vitest'
import type { KubeObject } from '../../src/kube/object.ts'
import { makePlan } from '../../src/plan/plan.ts'
import { settingsOfObjects } from '../../src/plan/settings-of-objects.ts'
import { givenFrom } from '../../src/settings/given.ts'
import { settingsFrom } from '../../src/settings/settings-from.ts'

type Choice = Parameters<typeof makePlan>[0]

const planned = (set: readonly string[], more: Partial<Choice>): KubeObject[] => {
  const settings = settingsFrom(givenFrom({ set }))
  const choices = { engine: 'builtin', namespace: 'eg', settings, exposure: 'node-port', etcdSize: 1, ...more }
  const rest = { alreadyThere: new Set(), operatorNamespace: 'etcd-operator-system', annotations: {} }
  return makePlan({ ...rest, ...choices } as Choice).stages.flatMap(({ release, objects }) =>
    release === 'eg' ? objects : [],
  )
}

test.each<[set: string[], more: Partial<Choice>, settings: object]>([
  [[], {}, {}],
  [['replicaCount=2'], { exposure: 'cluster-ip' }, { replicaCount: 2 }],
  [['images.tag=0.9.1'], { exposure: 'load-balancer' }, { 'images.tag': '0.9.1' }],
  [['images.repository=r.example:5000/eg'], {}, { 'images.repository': 'r.example:5000/eg' }],
  [[`images.tag=sha256:${'a'.repeat(64)}`], {}, { 'images.tag': `sha256:${'a'.repeat(64)}` }],
  [['resources.limits.cpu=1'], {}, { 'resources.limits.cpu': '1' }],
  [
    ['etcd_cluster_name=mine', 'etcd.version=v3.6.1'],
    { etcdSize: 3 },
    { etcd_cluster_name: 'mine', 'etcd.version': 'v3.6.1' },
  ],
  [['etcd.mode=statefulset', 'etcd.storage.size=2Gi'], {}, { 'etcd.mode': 'statefulset', 'etcd.storage.size': '2Gi' }],
  [
    ['etcd.mode=external', 'etcd.endpoints={a:2379,b:2379}'],
    { etcdSize: 0 },
    { 'etcd.mode': 'external', 'etcd.endpoints': ['a:2379', 'b:2379'] },
  ],
  [['command={-log-level=info}'], {}, { command: ['-log-level=info'] }],
  [['privateConfig=true', 'service.events.port=80'], {}, { privateConfig: true, 'service.events.port': 80 }],
  [['allowFrom={10.0.0.0/8}'], { exposure: 'load-balancer' }, { allowFrom: ['10.0.0.0/8'] }],
  [
    ['service.loadBalancerClass=example.com/a', 'service.externalTrafficPolicy=Local'],
    { exposure: 'load-balancer' },
    { 'service.loadBalancerClass': 'example.com/a', 'service.externalTrafficPolicy': 'Local' },
  ],
  [['service.loadBalancerClass=a', 'service.externalTrafficPolicy=Local'], { exposure: 'cluster-ip' }, {}],
  // The API server sets these on every Service.
  [['service.ipFamilyPolicy=SingleStack', 'service.externalTrafficPolicy=Cluster'], {}, {}],
  [['ingress.host=eg.example.com'], { exposure: 'ingress' }, { host: 'eg.example.com' }],
  [
    ['gatewayApi.className=a', 'host=eg.example.com'],
    { exposure: 'gateway-api' },
    { 'gatewayApi.className': 'a', host: 'eg.example.com' },
  ],
  [['gatewayApi.gateway=infra/web'], { exposure: 'gateway-api' }, { 'gatewayApi.gateway': 'infra/web' }],
  [
    ['gatewayApi.gateway=web#http', 'privateConfig=true'],
    { exposure: 'gateway-api' },
    { 'gatewayApi.gateway': 'web#http', privateConfig: true },
  ],
])('the objects that %j make (%j) show these settings', (set, more, settings) => {
  const shown = settingsOfObjects(planned(set, more))
  expect(shown.settings).toEqual(settings)
  expect(shown.exposure).toBe(more.exposure ?? 'node-port')
  expect(shown.etcdSize).toBe(
    'etcd.mode' in settings && settings['etcd.mode'] === 'external' ? undefined : (more.etcdSize ?? 1),
  )
})

test('objects that lack everything show nothing', () => {
  const bare = ['Deployment', 'Service', 'EtcdCluster', 'Ingress'].map(kind => {
    return { apiVersion: 'v1', kind, metadata: { name: 'eg-event-gateway' } }
  })
  expect(settingsOfObjects(bare)).toMatchObject({ settings: { etcd_cluster_name: 'eg-event-gateway' }, nodePorts: {} })
})

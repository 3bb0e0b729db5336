import { expect, test } from 'vitest'
import { ref } from '../../src/kube/kinds.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import type { Kube } from '../../src/kube/request/client.ts'
import { ApiError } from '../../src/kube/request/connection.ts'
import { lookAtWorkload } from '../../src/kube/waiting/workload.ts'

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()
const HASH = 'pod-template-hash'
const template = (image: string, hash?: string) => ({
  metadata: { labels: { app: 'd', ...(hash && { [HASH]: hash }) } },
  spec: { containers: [{ name: 'c', image }] },
})

const deployment = (status: object, more: object = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd', namespace: 'ns', uid: 'd', generation: 2 },
  spec: { replicas: 3, selector: { matchLabels: { app: 'd' } }, template: template('new'), ...more },
  status: { observedGeneration: 2, ...status },
})
const statefulSet = (status: object, more: object = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 's', namespace: 'ns', uid: 's2', generation: 2 },
  spec: { replicas: 1, podManagementPolicy: 'OrderedReady', ...more },
  status: { observedGeneration: 2, updateRevision: 's-new', currentRevision: 's-old', ...status },
})
/** A ReplicaSet of the Deployment, with the failure that its condition says. */
const set = (hash: string, failure?: { reason?: string; message: string; since: number }): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: `d-${hash}`, namespace: 'ns', uid: hash, labels: { [HASH]: hash }, ownerReferences: owner('d') },
  spec: { template: template(hash, hash) },
  status: {
    conditions: failure
      ? [
          {
            type: 'ReplicaFailure',
            status: 'True',
            reason: failure.reason ?? 'FailedCreate',
            message: failure.message,
            lastTransitionTime: at(failure.since),
          },
        ]
      : [],
  },
})
const owner = (uid: string) => [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid }]

const READY = { containerStatuses: [{ name: 'c', ready: true, state: { running: {} } }] }
const waitsFor = (reason: string, message = '') => ({
  containerStatuses: [
    { name: 'c', image: 'i', restartCount: 0, ready: false, state: { waiting: { reason, message } } },
  ],
})
const NO_NODE = { conditions: [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes: 1 Insufficient cpu.' }] }
const NO_IMAGE = waitsFor('ErrImageNeverPull')
const pod = (name: string, created: number, status: object, labels: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'ns', uid: name, creationTimestamp: at(created), labels: { app: 'd', ...labels } },
  status,
})
const pods = (hash: string, created: number, status: object, count = 1) =>
  Array.from({ length: count }, (_, index) => pod(`${hash}-${index}`, created, status, { [HASH]: hash }))
const member = (revision: string, created: number, status: object) =>
  pod('s-0', created, status, { 'controller-revision-hash': revision })

const event = (about: string, reason: string, message: string, second: number, type = 'Warning') => ({
  metadata: { uid: `${about} ${reason} ${second}` },
  involvedObject: {
    kind: about.startsWith('s') ? 'StatefulSet' : 'ReplicaSet',
    name: about.startsWith('s') ? 's' : `d-${about}`,
    uid: about,
  },
  type,
  reason,
  message,
  lastTimestamp: at(second),
})
const QUOTA = 'pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=4, limited: pods=4'
const PSA = 'Error creating: pods "x" is forbidden: violates PodSecurity "restricted:latest": seccompProfile (y)'

type World = {
  object: KubeObject
  sets?: KubeObject[] | 'forbidden'
  pods?: KubeObject[]
  events?: object[]
  /** How many pods quota "q" lets in; it is gone where null. */
  quota?: string | null
}

const kubeOf = ({ object, sets = [], pods = [], events = [], quota = '4' }: World) =>
  ({
    read: async ({ kind }: { kind: string }) => {
      if (kind !== 'ResourceQuota') return object
      return quota === null ? undefined : { kind, metadata: { name: 'q' }, spec: { hard: { pods: quota } } }
    },
    list: async (kind: string) => {
      if (kind !== 'ReplicaSet') return kind === 'Pod' ? pods : events
      if (sets === 'forbidden')
        throw new ApiError({ method: 'GET', path: '/' }, 403, { reason: 'Forbidden', message: 'no' })
      return sets
    },
  }) as unknown as Kube

const reasonOf = async (world: World): Promise<string> => {
  const look = lookAtWorkload(kubeOf(world), ref(world.object.kind as 'Deployment', 'x', 'ns'), {})
  const state = await look()
  return state.ready ? 'ready' : state.reason
}

test.each<[what: string, world: World, says: string | RegExp]>([
  [
    'an earlier revision fails, and a quota blocks the newest: the quota',
    {
      object: deployment({ replicas: 3 }),
      sets: [set('old'), set('new', { message: QUOTA, since: 9 })],
      pods: pods('old', 1, NO_IMAGE, 3),
    },
    "0 of 3 replicas updated, can't create pods: exceeded quota: q, requested: pods=1, used: pods=4, limited: pods=4; 3 pods from earlier revisions still use capacity",
  ],
  [
    'an earlier revision is well, and a quota blocks the newest: the quota',
    {
      object: deployment({ replicas: 3, availableReplicas: 3 }),
      sets: [set('old'), set('new', { message: QUOTA, since: 9 })],
      pods: pods('old', 1, READY, 3),
    },
    /^0 of 3 replicas updated, can't create pods: exceeded quota: q/,
  ],
  [
    'one pod of the newest revision runs, and pods of the earlier one were created after it: the quota',
    {
      object: deployment({ replicas: 4, updatedReplicas: 1, availableReplicas: 4 }),
      sets: [set('old'), set('new', { message: QUOTA, since: 9 })],
      pods: [...pods('new', 5, READY), ...pods('old', 9, READY, 3)],
    },
    /^1 of 3 replicas updated, can't create pods: exceeded quota: q/,
  ],
  [
    'the quota is gone, and the pods find no node: the node',
    {
      object: deployment({ replicas: 4, updatedReplicas: 1 }),
      sets: [set('old'), set('new')],
      pods: [...pods('new', 20, NO_NODE), ...pods('old', 1, READY, 3)],
      events: [event('new', 'FailedCreate', `Error creating: ${QUOTA}`, 9)],
    },
    "1 of 3 replicas updated, pod new-0 can't be scheduled: 0/1 nodes: 1 Insufficient cpu; 3 pods from earlier revisions still use capacity",
  ],
  [
    'the quota is gone, and the pods have a bad image: the image',
    {
      object: deployment({ replicas: 4, updatedReplicas: 1, availableReplicas: 3 }),
      sets: [set('old'), set('new')],
      pods: [...pods('new', 20, NO_IMAGE), ...pods('old', 1, READY, 3)],
      events: [event('new', 'FailedCreate', `Error creating: ${QUOTA}`, 9)],
    },
    '1 of 3 replicas updated, pod new-0: ErrImageNeverPull: image i',
  ],
  [
    'the quota is gone, and the controller pauses: that it has not tried again',
    { object: deployment({}), sets: [set('new', { message: QUOTA, since: 9 })], quota: null },
    /^0 of 3 replicas updated, its controller hasn't retried since resourcequota\/q was changed or deleted \(last failure: /,
  ],
  [
    'the quota is larger now, and the controller pauses: that it has not tried again',
    { object: deployment({}), sets: [set('new', { message: QUOTA, since: 9 })], quota: '9' },
    /hasn't retried since resourcequota\/q was changed/,
  ],
  [
    'a failure that has turned into another: the newest event, not the condition',
    {
      object: deployment({}),
      sets: [set('new', { message: QUOTA, since: 9 })],
      events: [event('new', 'FailedCreate', PSA, 15), event('new', 'FailedCreate', QUOTA, 12)],
    },
    '0 of 3 replicas updated, can\'t create pods: violates PodSecurity "restricted:latest": seccompProfile',
  ],
  [
    'an event of a failure before this one: the condition',
    {
      object: deployment({}),
      sets: [set('new', { message: QUOTA, since: 9 })],
      events: [event('new', 'FailedCreate', PSA, 5)],
    },
    /exceeded quota: q/,
  ],
  [
    'no ReplicaSet can be created: why, though the generation was not observed',
    {
      object: deployment({
        observedGeneration: 1,
        conditions: [
          {
            type: 'Progressing',
            status: 'False',
            reason: 'ReplicaSetCreateError',
            message: `Failed to create new replica set "d-new": replicasets.apps "d-new" is forbidden: exceeded quota: q, requested: count/replicasets.apps=1`,
          },
        ],
      }),
      sets: [set('old')],
      pods: pods('old', 1, NO_IMAGE, 3),
    },
    "can't create pods: exceeded quota: q, requested: count/replicasets.apps=1",
  ],
  [
    'an earlier revision cannot let go of its pods: that one, as what it is',
    {
      object: deployment({ replicas: 4, updatedReplicas: 3, availableReplicas: 4 }),
      sets: [set('old', { reason: 'FailedDelete', message: 'webhook says no', since: 9 }), set('new')],
      pods: [...pods('new', 5, READY, 3), ...pods('old', 1, READY)],
    },
    "1 old replicas still running, replicaset/d-old from an earlier revision can't delete its pods: webhook says no",
  ],
  [
    'a rollout that somebody has paused',
    { object: deployment({ replicas: 3 }, { paused: true }), sets: [set('old')], pods: pods('old', 1, READY, 3) },
    '0 of 3 replicas updated, rollout paused',
  ],
  [
    'without the permission to list ReplicaSets a failure counts until a pod was created',
    {
      object: deployment({ conditions: set('x', { message: QUOTA, since: 9 })['status'].conditions }),
      sets: 'forbidden',
      pods: pods('old', 1, READY, 3),
    },
    /^0 of 3 replicas updated, can't create pods: exceeded quota: q/,
  ],
  [
    'without that permission, a pod was created since: the pod',
    {
      object: deployment({ conditions: set('x', { message: QUOTA, since: 9 })['status'].conditions }),
      sets: 'forbidden',
      pods: [...pods('new', 20, NO_IMAGE), ...pods('old', 1, READY, 3)],
    },
    '0 of 3 replicas updated, pod new-0: ErrImageNeverPull: image i',
  ],
  [
    'a StatefulSet whose pod cannot be created',
    { object: statefulSet({}), events: [event('s2', 'FailedCreate', QUOTA, 9)] },
    /^0 of 1 members ready, can't create pods: exceeded quota: q/,
  ],
  [
    'a StatefulSet of which an earlier one of the same name failed',
    { object: statefulSet({}), events: [event('s1', 'FailedCreate', QUOTA, 9)] },
    '0 of 1 members ready',
  ],
  [
    'a StatefulSet that has created a pod since it failed',
    {
      object: statefulSet({}, { replicas: 3 }),
      pods: [member('s-new', 20, NO_IMAGE)],
      events: [event('s2', 'FailedCreate', QUOTA, 9)],
    },
    '0 of 3 members ready, pod s-0: ErrImageNeverPull: image i',
  ],
  [
    'a StatefulSet whose update waits for a pod of the earlier revision',
    { object: statefulSet({}), pods: [member('s-old', 1, NO_IMAGE)] },
    '0 of 1 members ready, pod s-0: ErrImageNeverPull: image i; the pod is from an earlier revision and blocks the update',
  ],
  [
    'a StatefulSet that replaces all its pods at once',
    { object: statefulSet({}, { podManagementPolicy: 'Parallel' }), pods: [member('s-old', 1, NO_IMAGE)] },
    '0 of 1 members ready',
  ],
])('%s', async (_what, world, says) => {
  const reason = await reasonOf(world)
  if (typeof says === 'string') expect(reason).toBe(says)
  else expect(reason).toMatch(says)
})

test.each([
  ['has come a step further since', [event('new-0', 'Pulling', 'p', 9, 'Normal')], 'pod new-0 is not ready yet'],
  ['has not', [event('new-0', 'Scheduled', 's', 5, 'Normal')], 'pod new-0: FailedMount: no secret'],
])('the warning about a pod that %s', async (_what, steps, says) => {
  const world = {
    object: deployment({ updatedReplicas: 3 }),
    sets: [set('new')],
    pods: pods('new', 1, waitsFor('ContainerCreating')),
    events: [event('new-0', 'FailedMount', 'no secret', 7), ...steps],
  }
  const look = lookAtWorkload(kubeOf(world), ref('Deployment', 'd', 'ns'), {})
  for (let looks = 0; looks < 24; looks++) await look()
  expect(await look()).toMatchObject({ reason: `0 of 3 replicas available, ${says}` })
})

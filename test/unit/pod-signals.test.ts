import { expect, test } from 'vitest'
import type { KubeObject } from '../../src/kube/object.ts'
import { createTrouble } from '../../src/kube/waiting/pod-signals.ts'
import { podProblems, podTrouble } from '../../src/kube/waiting/pods.ts'

type State = { state?: object; lastState?: object; restartCount?: number; ready?: boolean }
type Options = { name?: string; created?: string; revision?: string; deleted?: boolean; phase?: string; spec?: object }

const pod = (status: object, options: Options = {}): KubeObject => {
  const {
    name = 'p',
    created = '2026-01-01T00:00:00Z',
    revision = 'a',
    deleted,
    phase = 'Pending',
    spec = {},
  } = options
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'ns',
      uid: name,
      creationTimestamp: created,
      labels: { 'pod-template-hash': revision },
      ...(deleted ? { deletionTimestamp: created } : {}),
    },
    spec,
    status: { phase, ...status },
  }
}
const container = (state: State) =>
  pod({ containerStatuses: [{ name: 'c', image: 'reg/img:1', restartCount: 0, ready: false, ...state }] })
const waiting = (reason: string, message = '') => container({ state: { waiting: { reason, message } } })
const unscheduled = (message: string, spec = {}) =>
  pod({ conditions: [{ type: 'PodScheduled', status: 'False', message }] }, { spec })
const ended = (exitCode: number, reason: string) => ({ terminated: { exitCode, reason, finishedAt: 't' } })

const PULL =
  'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/reg/img:1": failed to resolve'
const claim = { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'etcd-data-x-0' } }] }

test.each<[what: string, pod: KubeObject, reason: string, hopelessAfterMs: number | undefined]>([
  [
    'an image that is not there',
    waiting('ErrImagePull', `${PULL} reference "docker.io/reg/img:1": docker.io/reg/img:1: not found`),
    "pod p can't pull image reg/img:1: not found",
    15_000,
  ],
  [
    'a registry that is out of reach',
    waiting(
      'ImagePullBackOff',
      `Back-off pulling image "reg/img:1": ErrImagePull: ${PULL} reference "docker.io/reg/img:1": failed to do request: Head "https://registry/v2": dial tcp: lookup registry: no such host`,
    ),
    `pod p can't pull image reg/img:1: failed to do request: Head "https://registry/v2": dial tcp: lookup registry: no such host`,
    undefined,
  ],
  [
    'a registry that limits',
    waiting('ErrImagePull', 'toomanyrequests: denied'),
    "pod p can't pull image reg/img:1: toomanyrequests: denied",
    undefined,
  ],
  ['a name that is none', waiting('InvalidImageName', 'bad reference'), 'pod p: InvalidImageName: bad reference', 0],
  ['an image that may not be pulled', waiting('ErrImageNeverPull'), 'pod p: ErrImageNeverPull: image reg/img:1', 0],
  [
    'a Secret that is missing',
    waiting('CreateContainerConfigError', 'secret "s" not found'),
    'pod p: CreateContainerConfigError: secret "s" not found',
    10_000,
  ],
  [
    'a crash',
    container({ state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended(2, 'Error'), restartCount: 1 }),
    'pod p exited with code 2, restarted once',
    undefined,
  ],
  [
    'a crash again and again',
    container({ state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended(2, 'Error'), restartCount: 3 }),
    'pod p exited with code 2, restarted 3 times',
    0,
  ],
  [
    'a container that tries once more',
    container({ state: { running: {} }, lastState: ended(2, 'Error'), restartCount: 9 }),
    'pod p exited with code 2, restarted 9 times',
    undefined,
  ],
  [
    'too little memory',
    container({ state: ended(137, 'OOMKilled') }),
    'pod p ran out of memory (OOMKilled)',
    undefined,
  ],
  [
    'a cordoned node',
    unscheduled(
      '0/1 nodes are available: 1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
    ),
    "pod p can't be scheduled: 0/1 nodes are available: 1 node(s) were unschedulable",
    60_000,
  ],
  [
    'a node that is full',
    unscheduled(
      '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
    ),
    "pod p can't be scheduled: 0/1 nodes are available: 1 Insufficient cpu",
    60_000,
  ],
  ['control characters', waiting('InvalidImageName', '\x1b[31mred\nline'), 'pod p: InvalidImageName: red line', 0],
])('%s', (_what, found, reason, hopelessAfterMs) => {
  const [problem] = podProblems([found])
  expect(problem?.reason).toBe(reason)
  expect(problem?.hopelessAfterMs).toBe(hopelessAfterMs)
})

test('a pod that waits for its volume leads to the claim', () => {
  const [problem] = podProblems([
    unscheduled('0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.', claim),
  ])
  expect(problem?.more).toEqual({ events: { kind: 'PersistentVolumeClaim', name: 'etcd-data-x-0', namespace: 'ns' } })
})

test.each<[what: string, status: State, previous: boolean]>([
  ['has just ended', { state: ended(1, 'Error') }, false],
  ['pauses', { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended(1, 'Error') }, false],
  ['runs again', { state: { running: {} }, lastState: ended(1, 'Error') }, true],
])('the log to read of a container that %s', (_what, status, previous) => {
  const log = { namespace: 'ns', pod: 'p', container: 'c', previous }
  expect(podProblems([container(status)])[0]?.more).toEqual({ log })
})

test.each<[what: string, pods: KubeObject[]]>([
  ['is ready', [container({ ready: true, state: { running: {} }, lastState: ended(1, 'Error'), restartCount: 5 })]],
  ['is being deleted', [{ ...waiting('InvalidImageName'), metadata: pod({}, { deleted: true }).metadata }]],
  ['was evicted', [pod({}, { phase: 'Failed' })]],
])('a pod that %s lacks nothing', (_what, pods) => {
  expect(podProblems(pods)).toEqual([])
})

test('what cannot heal comes first', () => {
  const slow = { ...waiting('ErrImagePull', 'i/o timeout'), metadata: pod({}, { name: 'slow' }).metadata }
  const dead = { ...waiting('ErrImageNeverPull'), metadata: pod({}, { name: 'dead' }).metadata }
  expect(podProblems([slow, dead]).map(({ reason }) => reason.split(' ')[1])).toEqual(['dead:', 'slow'])
})

test('as far as pods alone can tell, the revision is the newest that was given one last', () => {
  const old = { ...waiting('InvalidImageName'), metadata: pod({}, { name: 'old' }).metadata }
  const newer = { name: 'slow', created: '2026-01-02T00:00:00Z', revision: 'b' }
  const slow = { ...waiting('ErrImagePull', 'i/o timeout'), metadata: pod({}, newer).metadata }
  expect(podTrouble([old, slow])?.reason).toContain('pod slow')
})

test.each([
  [
    'Error creating: pods "eg-1" is forbidden: exceeded quota: q, requested: limits.cpu=200m, used: limits.cpu=0, limited: limits.cpu=100m',
    "can't create pods: exceeded quota: q, requested: limits.cpu=200m, used: limits.cpu=0, limited: limits.cpu=100m",
    10_000,
    'quota',
  ],
  [
    'create Pod e-0 in StatefulSet e failed error: pods "e-0" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true (pod or container "etcd" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "etcd" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    'can\'t create pods: violates PodSecurity "restricted:latest": runAsNonRoot != true, seccompProfile',
    10_000,
    'restricted',
  ],
  [
    'Error creating: pods "eg-1" is forbidden: error looking up service account ns/default: serviceaccount "default" not found',
    'can\'t create pods: error looking up service account ns/default: serviceaccount "default" not found',
    undefined,
    '',
  ],
])('%s', (message, reason, hopelessAfterMs, fix) => {
  const trouble = createTrouble(message)
  expect(trouble).toMatchObject({ reason, ...(fix && { fix: expect.stringContaining(fix) }) })
  expect(trouble.hopelessAfterMs).toBe(hopelessAfterMs)
})

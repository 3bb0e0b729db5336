import { oneLine, shorten, withoutTail } from '../../text/sanitize.ts'
import type { PodProblem } from './pod-problem.ts'

/** What a message means: how long waiting may help, and what a person can do. */
type Verdict = { match: RegExp; fix?: string; hopelessAfterMs?: number; isRoom?: true }
type Trouble = Pick<PodProblem, 'reason' | 'fix' | 'hopelessAfterMs' | 'cause' | 'isRoom' | 'more'>

/** Two tries of a kubelet that pauses 10 s after the first. */
const TWO_TRIES_MS = 15_000
/** An autoscaler has reported by then that it adds a node. */
const NO_NODE_MS = 60_000

const IMAGE_FIX = 'Set an existing image and tag, or load the image onto the nodes.'

/** Waiting reasons of a container that cannot be started (kubelet: pkg/kubelet/images, kuberuntime). */
export const STARTS: readonly { reason: string; fix?: string; hopelessAfterMs: number }[] = [
  { reason: 'InvalidImageName', hopelessAfterMs: 0, fix: IMAGE_FIX },
  { reason: 'ErrImageNeverPull', hopelessAfterMs: 0, fix: 'Load the image onto the nodes, or set images.pullPolicy.' },
  { reason: 'CreateContainerConfigError', hopelessAfterMs: 10_000 },
  { reason: 'CreateContainerError', hopelessAfterMs: 10_000 },
  { reason: 'RunContainerError', hopelessAfterMs: 10_000 },
]

/** Why an image is not pulled: where the registry has said no, another try says it again. */
const PULLS: readonly Verdict[] = [
  {
    match: /toomanyrequests|\b429\b/i,
    fix: 'Registry rate limit reached. Set images.pullSecrets to a Secret with credentials for the registry.',
  },
  {
    match: /no match for platform/i,
    hopelessAfterMs: TWO_TRIES_MS,
    fix: 'Use an image that supports the architecture of the nodes.',
  },
  {
    match: /unauthorized|denied|authorization failed/i,
    hopelessAfterMs: TWO_TRIES_MS,
    fix: `${IMAGE_FIX} If the registry requires credentials, set images.pullSecrets.`,
  },
  { match: /not found|manifest unknown/i, hopelessAfterMs: TWO_TRIES_MS, fix: IMAGE_FIX },
  {
    match: /schema 1|prettyjws|not implemented: media/i,
    hopelessAfterMs: TWO_TRIES_MS,
    fix: 'Use a newer image: the nodes no longer support this image format.',
  },
  {
    match: /timeout|no such host|x509|refused|unreachable|EOF/i,
    fix: "Check the nodes' DNS and proxy settings, or load the image onto the nodes.",
  },
]

/** Why the scheduler has no node, by its words (kube-scheduler: framework/plugins). */
const NODES: readonly Verdict[] = [
  {
    match: /Insufficient|Too many pods/,
    hopelessAfterMs: NO_NODE_MS,
    isRoom: true,
    fix: 'Add a node, or run fewer replicas: --set replicaCount=1',
  },
  { match: /were unschedulable/, hopelessAfterMs: NO_NODE_MS, fix: 'Uncordon a node:\nkubectl uncordon NODE' },
  {
    match: /persistent volumes to bind/,
    hopelessAfterMs: NO_NODE_MS,
    fix: 'Add a StorageClass with a provisioner, or a matching volume (list: kubectl get persistentvolumes).',
  },
  { match: /./, hopelessAfterMs: NO_NODE_MS },
]

/** Why no pod is made at all (the API server's admission). */
const CREATES: readonly Verdict[] = [
  {
    match: /exceeded quota/,
    hopelessAfterMs: 10_000,
    isRoom: true,
    fix: 'Raise the quota (kubectl describe resourcequota), or run fewer replicas: --set replicaCount=1',
  },
  {
    match: /failed quota/,
    hopelessAfterMs: 10_000,
    fix: 'Set the resources.* settings that the quota requires, or add a LimitRange with defaults.',
  },
  {
    match: /violates PodSecurity/,
    hopelessAfterMs: 10_000,
    fix: 'Choose another namespace with -n, or run eg-setup cleanup and install with pods that meet the Pod Security level "restricted": --etcd statefulset',
  },
  {
    match: /admission webhook/,
    hopelessAfterMs: 10_000,
    fix: 'Ask the owner of the admission webhook why it rejects the pods.',
  },
  {
    match: /(maximum|minimum) \S+ usage per|limit to request ratio/,
    hopelessAfterMs: 10_000,
    fix: 'Set resources.* to values that the LimitRange allows. To see it:\nkubectl describe limitrange',
  },
]

/** Why events say that a volume is not there (persistent volume controller, provisioners). */
const VOLUMES: readonly Verdict[] = [
  {
    match: /no storage class is set/,
    hopelessAfterMs: NO_NODE_MS,
    fix: 'Set a default StorageClass:\nkubectl annotate storageclass NAME storageclass.kubernetes.io/is-default-class=true',
  },
  {
    match: /^storageclass\.storage\.k8s\.io .* not found/,
    hopelessAfterMs: NO_NODE_MS,
    fix: 'Choose an existing class (list: kubectl get storageclass): --set etcd.storage.className=NAME',
  },
]

/** What programs say before they end. */
const LOGS: readonly Verdict[] = [
  { match: /exec format error/, hopelessAfterMs: 0, fix: 'Use an image that supports the architecture of the node.' },
]

/** What the first row that matches says; the row is the cause. */
const verdict = (rows: readonly Verdict[], text: string): Omit<Trouble, 'reason'> => {
  const row = rows.find(({ match }) => match.test(text))
  if (row === undefined) return {}
  const { match, ...rest } = row
  return { ...rest, cause: String(match) }
}

const MOST_OF_A_PULL = 4000

/** The end of a pull error, which has the cause; the text before it repeats the image. */
export function pullTrouble(message: string): Trouble {
  const tail = message
    .slice(-MOST_OF_A_PULL)
    .replace(/^.*(?:ErrImagePull: |desc = |unpack image "[^"]*": |reference "[^"]*": |copy: )/s, '')
    .replace(/^\S+: (?=not found)/, '')
  return { ...verdict(PULLS, message), reason: shorten(oneLine(tail || 'no reason given', 2000), 300) }
}

export function schedulingTrouble(message: string, claim: string | undefined, namespace = ''): Trouble {
  const reason = oneLine(
    withoutTail(message.split(/(?:no new claims to deallocate, )?preemption: /, 1)[0] ?? '', '. '),
    300,
  )
  const isVolume = claim !== undefined && /unbound immediate|persistentvolumeclaim/i.test(message)
  const more = isVolume ? { more: { events: { kind: 'PersistentVolumeClaim', name: claim, namespace } as const } } : {}
  return { ...verdict(NODES, message), reason, ...more }
}

/** Why the API server rejects a pod, without the generated pod name and with the violated Pod Security rules. */
export function createTrouble(message: string): Trouble {
  const why = message.replace(/^.*? is forbidden: /s, '')
  const rules = /^violates PodSecurity/.test(why) ? why.replace(/ \([^()]*\)/g, '') : why
  return { ...verdict(CREATES, message), reason: `can't create pods: ${shorten(oneLine(rules, 2000), 400)}` }
}

export const volumeTrouble = (claim: string, reason: string, message: string): Trouble => ({
  ...verdict(VOLUMES, message),
  reason: `volume ${claim} is pending: ${reason}: ${oneLine(message, 300)}`,
})

export const logVerdict = (line: string): Omit<Trouble, 'reason'> => verdict(LOGS, line)

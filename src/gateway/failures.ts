import { EXIT, UserError } from '../errors.ts'
import { sh } from '../text/shell-words.ts'

/** What is known where something fails: `where` is a pod or a host with its port, `said` what came from there, as a clause. */
type Circumstances = { namespace: string; where: string; said: string }

type Row = { what: (about: Circumstances) => string; fix: (about: Circumstances) => string }

/** Why a gateway does not prove to work, a row each. The names are those of `verify -o json`: an interface. */
export const FAILURES = {
  unreachable: {
    what: ({ namespace, said }) =>
      `The Event Gateway in namespace ${namespace} does not answer from this machine: ${said}.`,
    fix: ({ namespace }) =>
      sh`Forward the ports instead: eg-setup forward -n ${namespace}; eg-setup -n ${namespace} says more and repairs it.`,
  },
  'events-blocked': {
    what: ({ where, said }) =>
      `The config API answers, but the events API at ${where} does not (${said}): its port is blocked on the way.`,
    fix: ({ namespace }) =>
      sh`Let it through: a firewall, a NetworkPolicy, or the targetPort in kubectl get service eg-event-gateway -n ${namespace} -o yaml.`,
  },
  'config-blocked': {
    what: ({ where, said }) =>
      `The events API answers, but the config API at ${where} does not (${said}): its port is blocked on the way.`,
    fix: ({ namespace }) =>
      sh`Let it through: a firewall, a NetworkPolicy, or the targetPort in kubectl get service eg-event-gateway -n ${namespace} -o yaml.`,
  },
  'service-changed': {
    what: ({ namespace, said }) => `The Event Gateway in namespace ${namespace} isn't reachable: ${said}.`,
    fix: ({ namespace }) => sh`Undo the change: eg-setup -n ${namespace} --force-conflicts`,
  },
  'etcd-silent': {
    what: ({ where }) => `The config API at ${where} answers, but not what needs etcd: the gateway cannot reach etcd.`,
    fix: ({ namespace }) =>
      sh`Look at etcd: kubectl get etcdclusters,pods -n ${namespace}. eg-setup -n ${namespace} repairs it.`,
  },
  refused: {
    what: ({ where, said }) => `The config API refused what the proof needs (${where}): ${said}.`,
    fix: ({ namespace }) => sh`See what it says: kubectl logs -n ${namespace} deployment/eg-event-gateway`,
  },
  'replica-silent': {
    what: ({ where, said }) => `Replica ${where} does not answer: ${said}.`,
    fix: ({ namespace, where }) => sh`Look at it: kubectl describe pod ${where} -n ${namespace}`,
  },
  'replica-stale': {
    what: ({ where, said }) =>
      `Replica ${where} is stale: it still uses earlier data from etcd (${said}), while other replicas are current.`,
    fix: ({ namespace, where }) => sh`Restart it: kubectl delete pod ${where} -n ${namespace}`,
  },
  'replicas-stale': {
    what: ({ said }) => `The replicas are stale: they still use earlier data from etcd (${said}).`,
    fix: ({ namespace }) => sh`Restart them: kubectl rollout restart deployment/eg-event-gateway -n ${namespace}`,
  },
  'function-unreachable': {
    what: ({ where, said }) =>
      `The gateway (${where}) routes the event but cannot call the function, which is its own Service: ${said}.`,
    fix: () => 'Look at the cluster DNS, the Service and the NetworkPolicies around the gateway.',
  },
  'route-taken': {
    what: ({ where, said }) => `A user's sync subscription answered the test event sent to ${where}: ${said}.`,
    fix: ({ namespace }) =>
      sh`Run eg-setup verify -n ${namespace} again: it was created meanwhile, or its space is unknown here.`,
  },
} as const satisfies Record<string, Row>

export type Reason = keyof typeof FAILURES

/** A gateway that does not prove to work, by the name of the reason. */
export class NotVerified extends UserError {
  readonly reason: Reason

  constructor(reason: Reason, about: Circumstances) {
    const row: Row = FAILURES[reason]
    super(row.what(about), { fix: row.fix(about), code: EXIT.failed })
    this.name = 'NotVerified'
    this.reason = reason
  }
}

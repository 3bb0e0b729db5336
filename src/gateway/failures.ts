import { EXIT, UserError } from '../errors.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'
import { TRUST_FIX } from './untrusted.ts'

/** What is known where something fails: `where` is a pod or a host with its port, `said` what came from there, as a clause. */
type Circumstances = { namespace: string; where: string; said: string }

type Row = { what: (about: Circumstances) => string; fix: (about: Circumstances) => string }

/** Why a gateway does not prove to work, a row each. The names are those of `verify -o json`: an interface. */
export const FAILURES = {
  unreachable: {
    what: ({ namespace, said }) =>
      `The Event Gateway in namespace ${namespace} is not reachable from this machine: ${said}.`,
    fix: ({ namespace }) =>
      sh`Repair the installation:\n${PROGRAM} -n ${namespace}\nOr forward the ports to localhost:\n${PROGRAM} forward -n ${namespace}`,
  },
  'events-blocked': {
    what: ({ where, said }) =>
      `The config API answers, but the events API at ${where} does not (${said}): a firewall or proxy blocks its port.`,
    fix: ({ namespace }) =>
      sh`Check firewalls, NetworkPolicies and the targetPort of the Service:\nkubectl get service eg-event-gateway -n ${namespace} -o yaml`,
  },
  'config-blocked': {
    what: ({ where, said }) =>
      `The events API answers, but the config API at ${where} does not (${said}): a firewall or proxy blocks its port.`,
    fix: ({ namespace }) =>
      sh`Check firewalls, NetworkPolicies and the targetPort of the Service:\nkubectl get service eg-event-gateway -n ${namespace} -o yaml`,
  },
  untrusted: {
    what: ({ namespace, said }) => `The Event Gateway in namespace ${namespace} isn't trusted: ${said}.`,
    fix: () => TRUST_FIX,
  },
  'service-changed': {
    what: ({ namespace, said }) => `The Event Gateway in namespace ${namespace} isn't reachable: ${said}.`,
    fix: ({ namespace }) => sh`Undo the change:\n${PROGRAM} -n ${namespace} --force-conflicts`,
  },
  'etcd-silent': {
    what: ({ where }) => `The config API at ${where} answers, but the gateway can't reach etcd.`,
    fix: ({ namespace }) =>
      sh`Repair the installation:\n${PROGRAM} -n ${namespace}\nOr inspect etcd:\nkubectl get etcdclusters,pods -n ${namespace}`,
  },
  refused: {
    what: ({ where, said }) => `The config API at ${where} rejected a test registration: ${said}.`,
    fix: ({ namespace }) => sh`Read the gateway's log:\nkubectl logs -n ${namespace} deployment/eg-event-gateway`,
  },
  'replica-silent': {
    what: ({ where, said }) => `Replica ${where} does not answer: ${said}.`,
    fix: ({ namespace, where }) => sh`Inspect the pod:\nkubectl describe pod ${where} -n ${namespace}`,
  },
  'replica-stale': {
    what: ({ where, said }) =>
      `Replica ${where} is stale: it still uses earlier data from etcd (${said}), while other replicas are current.`,
    fix: ({ namespace, where }) => sh`Restart the replica:\nkubectl delete pod ${where} -n ${namespace}`,
  },
  'replicas-stale': {
    what: ({ said }) => `The replicas are stale: they still use earlier data from etcd (${said}).`,
    fix: ({ namespace }) =>
      sh`Restart all replicas:\nkubectl rollout restart deployment/eg-event-gateway -n ${namespace}`,
  },
  'function-unreachable': {
    what: ({ where, said }) =>
      `The gateway at ${where} routed the test event but can't call the test function (the gateway's own Service): ${said}.`,
    fix: () => "Check the cluster DNS, the gateway's Service and the NetworkPolicies in its namespace.",
  },
  'route-taken': {
    what: ({ where, said }) =>
      `A sync subscription that the test didn't create responded to the test event sent to ${where}: ${said}.`,
    fix: ({ namespace }) =>
      sh`The subscription may have been created during the test. Run the test again:\n${PROGRAM} verify -n ${namespace}`,
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

import { etcdEndpoints } from '../settings/etcd-endpoints.ts'
import { isRemoval, type SetupFlags } from '../setup/request.ts'
import type { Question } from './question.ts'

/** Checks that only the operator's etcd may fail. */
const OF_THE_OPERATOR = ['rights', 'pod-security', 'operator', 'operator-support', 'cluster-domain']

type Mode = NonNullable<SetupFlags['etcd']>

/** Asked where the etcd operator cannot be used as things are. */
export const ETCD: Question = {
  flags: ['etcd', 'etcd-endpoints'],
  prompt: (request, { site, proposal }) => {
    if (isRemoval(request) || proposal.settings['etcd.mode'] !== 'operator') return undefined
    if (site.records.eg.objects.length > 0) return undefined
    const trouble = proposal.findings.find(({ id, status }) => status === 'fatal' && OF_THE_OPERATOR.includes(id))
    if (trouble === undefined) return undefined
    const choices: readonly { value: Mode; label: string; hint: string }[] = [
      { value: 'statefulset', label: 'A StatefulSet', hint: 'needs permissions in the namespace only' },
      { value: 'external', label: 'An existing etcd', hint: 'without TLS or authentication, reachable from pods' },
      { value: 'operator', label: 'The etcd operator anyway', hint: 'shows what is missing and exits' },
    ]
    return {
      kind: 'select',
      message: "The etcd operator can't be used here. Which etcd?",
      help: `${trouble.title}: ${trouble.message}`,
      choices,
      initial: 'statefulset',
    }
  },
  take: mode => ({ etcd: mode as Mode }),
}

/** Where that etcd is. */
export const ETCD_ENDPOINTS: Question = {
  flags: ['etcd-endpoints'],
  prompt: ({ flags }) =>
    flags.etcd === 'external'
      ? {
          kind: 'text',
          message: 'Endpoints of your etcd',
          help: 'HOST:PORT pairs that pods can reach, separated by commas',
          initial: '',
          check: value => {
            const read = etcdEndpoints.read(value)
            return 'problem' in read
              ? `It ${read.problem}.`
              : value.trim() === ''
                ? 'Enter at least one endpoint.'
                : undefined
          },
        }
      : undefined,
  take: answer => {
    const read = etcdEndpoints.read(answer)
    return { 'etcd-endpoints': 'value' in read ? read.value : [] }
  },
}

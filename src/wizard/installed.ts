import { Cancelled } from '../errors.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { isInstalled } from '../record/record.ts'
import { SETTINGS } from '../settings/setting-rows.ts'
import type { Next, SetupFlags } from '../setup/request.ts'
import type { Question } from './question.ts'

/** Flags that say what to change. */
const SETTING_FLAGS = ['values', 'set', ...SETTINGS.flatMap(({ flag }) => flag?.name ?? [])] as (keyof SetupFlags)[]

/** What to do with an installation that is there; a flag that sets something has said it. */
export const NEXT: Question = {
  flags: SETTING_FLAGS,
  prompt: (_, { site: { namespace, records } }) => {
    if (!isInstalled(records.eg)) return undefined
    const choices: readonly { value: Next; label: string; hint: string }[] = [
      { value: 'repair', label: 'Repair', hint: 'reapply the current settings' },
      { value: 'change', label: 'Change', hint: 'answer the questions again' },
      { value: 'remove', label: 'Remove', hint: 'keep the etcd volumes' },
      {
        value: 'remove-data',
        label: 'Remove with data',
        hint: 'delete the etcd volumes and all registrations in them',
      },
    ]
    const message = `The gateway is already installed in namespace ${namespace}. What next?`
    return { kind: 'select', message, help: 'Nothing changes until you confirm.', choices, initial: 'repair' }
  },
  take: next => ({ next: next as Next }),
}

const USE = 'use'
const CANCEL = 'cancel'

/** What to do with the volumes that a cleanup kept. */
export const LEFTOVERS: Question = {
  flags: [],
  prompt: async (_, { site: { kube, records } }) => {
    const record = records.eg
    if (isInstalled(record)) return undefined
    const recorded = record.objects.filter(({ kind }) => kind === 'PersistentVolumeClaim')
    const live = await Promise.all(recorded.map(volume => unlessForbidden(kube.read(volume))))
    const volumes = live.flatMap(volume => volume?.metadata.name ?? [])
    if (volumes.length === 0) return undefined
    const count = `${volumes.length} ${volumes.length === 1 ? 'volume' : 'volumes'}`
    return {
      kind: 'select',
      message: `Data of an earlier installation was found in namespace ${record.namespace}. What next?`,
      help: `${count} with registrations: ${volumes.join(', ')}`,
      choices: [
        { value: USE, label: 'Use the data', hint: 'install and keep the registrations' },
        { value: 'start-over', label: 'Delete the data', hint: `delete ${count} and all registrations, then install` },
        { value: CANCEL, label: 'Cancel', hint: 'change nothing' },
      ],
      initial: USE,
    }
  },
  take: answer => {
    if (answer === CANCEL) throw new Cancelled()
    return answer === USE ? {} : { next: answer as Next }
  },
}

import { findHelm } from '../engines/helm/program.ts'
import type { Io } from '../io.ts'
import type { Engine } from '../plan/engine.ts'
import { findOwner } from '../setup/choose-engine.ts'
import { oneLine } from '../text/sanitize.ts'
import type { Question } from './question.ts'

/** Which program applies the objects. Asked before the first installation if helm is on the PATH. */
export const engine = (io: Io): Question => ({
  flags: ['engine'],
  prompt: async (_, { site: { kube, records } }) => {
    const version = await findHelm(io)
    if (version === undefined || (await findOwner(kube, records.eg)) !== undefined) return undefined
    return {
      kind: 'select',
      message: 'Install with',
      help: "Can't be changed later",
      choices: [
        { value: 'builtin', label: 'eg-setup', hint: 'needs nothing else' },
        { value: 'helm', label: `Helm ${oneLine(version)}`, hint: 'releases ego and eg' },
      ],
      initial: 'builtin',
    }
  },
  take: answer => ({ engine: answer as Engine }),
})

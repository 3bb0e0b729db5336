import { findHelm } from '../engines/helm/program.ts'
import type { Io } from '../io.ts'
import type { Engine } from '../plan/engine.ts'
import { findOwner } from '../setup/choose-engine.ts'
import { oneLine } from '../text/sanitize.ts'
import type { Question } from './ask-all.ts'

/** What applies the objects, where a helm is on the PATH and nothing is installed yet. */
export const engine = (io: Io): Question => ({
  flags: ['engine'],
  prompt: async (draft, looks) => {
    const { reading } = await looks.site(draft)
    const version = await findHelm(io)
    if (version === undefined || (await findOwner(reading, await looks.record(draft))) !== undefined) return undefined
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

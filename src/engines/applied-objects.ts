import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { kubectlName } from '../kube/kinds.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import type { Readiness } from '../kube/waiting/ready.ts'
import { MANAGED_BY, MANAGER } from '../names.ts'
import type { RecordedObject } from '../record/record.ts'
import { holderText } from './lock.ts'

/** Something that this run has applied is gone again: waiting for it would be in vain. */
export class Vanished extends UserError {}

/** How often is looked whether everything is still there, in ms. */
const EVERY_MS = 3000

/** What a run has applied, and whether it is still there. */
export type Presence = {
  readonly applied: (objects: readonly RecordedObject[]) => void
  /** Throws Vanished where one of them is gone, is being deleted, or is another object by now. */
  readonly require: (kube: Kube) => Promise<void>
  /** The same after a failure, which says more than a failure to look. */
  readonly requireUnlessFailing: (kube: Kube) => Promise<void>
  /** A look for `waitFor` that throws Vanished within a few seconds. */
  readonly watching: (kube: Kube, look: () => Promise<Readiness>, clock: Io['clock']) => () => Promise<Readiness>
}

export function trackPresence(): Presence {
  const objects = new Map<string, RecordedObject>()
  const require = async (kube: Kube) => {
    const gone = await Promise.all([...objects.values()].map(object => whyGone(kube, object)))
    const [first] = gone.filter(why => why !== undefined)
    if (first === undefined) return
    throw new Vanished(`${first} during this run.`, {
      fix: 'Find out what deletes it, then run eg-setup again.',
    })
  }
  return {
    applied: made => {
      for (const object of made) objects.set(kubectlName(object), object)
    },
    require,
    requireUnlessFailing: kube =>
      require(kube).catch(error => {
        if (error instanceof Vanished) throw error
      }),
    watching: (kube, look, clock) => {
      let next = clock.now() + EVERY_MS
      return async () => {
        const state = await look()
        if (state.ready || clock.now() < next) return state
        await require(kube)
        next = clock.now() + EVERY_MS
        return state
      }
    },
  }
}

async function whyGone(kube: Kube, object: RecordedObject): Promise<string | undefined> {
  // A user with permission to apply but not to read can't see the deletion.
  const live = await unlessForbidden(kube.read(object).then(found => found ?? null))
  if (live === undefined) return undefined
  const what = kubectlName(object)
  if (live === null) return `${what} was deleted`
  if (live.metadata.deletionTimestamp !== undefined) return `${what} is being deleted`
  return object.uid !== undefined && live.metadata.uid !== object.uid ? `${what} was replaced` : undefined
}

/** The same error with the likely cause: another eg-setup run if one is active, else something outside eg-setup. */
export async function namingCulprit(kube: Kube, { message, fix }: Vanished): Promise<Vanished> {
  const leases = (await unlessForbidden(kube.list('Lease', { labels: { [MANAGED_BY]: MANAGER }, limit: 20 }))) ?? []
  const [lease] = leases
  const who =
    lease === undefined
      ? "No other eg-setup run is active. Check Argo CD, Flux and other users of kubectl. The API server's audit log shows who deleted it."
      : holderText(lease)
  return new Vanished(`${message} ${who}`, { fix })
}

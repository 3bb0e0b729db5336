import { saidBy } from '../gateway/registrations.ts'
import { limitConcurrency } from '../kube/request/limit-concurrency.ts'
import { type Change, isSync } from './compare.ts'
import { askAgain, type ConfigApi, pathOf, refused } from './registered.ts'
import { labelOf, type Registration } from './registration.ts'

/** Requests at once. */
const MOST = 16

type Phase = (registration: Registration) => boolean

const hasAuthorizer = ({ fields }: Registration) => fields['authorizerId'] !== undefined

/** What is registered before what refers to it. */
const PHASES: readonly Phase[] = [
  each => each.kind === 'eventTypes' && !hasAuthorizer(each),
  each => each.kind === 'functions',
  each => each.kind === 'eventTypes' && hasAuthorizer(each),
  each => each.kind === 'subscriptions',
  each => each.kind === 'cors',
]

/**
 * Carries out changes through the config API; `onDone` gets the number done. Throws UserError for the first refused change
 * after the running ones have ended. The next run resumes there.
 */
export async function applyChanges(
  api: ConfigApi,
  changes: readonly Change[],
  onDone: (done: number) => void,
): Promise<void> {
  const limit = limitConcurrency(MOST)
  let done = 0
  let failure: { error: unknown } | undefined
  const work = async (change: Change) => {
    if (failure !== undefined) return
    try {
      api.signal.throwIfAborted()
      await apply(api, change)
      onDone(++done)
    } catch (error) {
      failure ??= { error }
    }
  }
  for (const isIn of PHASES) {
    const phase = changes.filter(({ wanted }) => isIn(wanted))
    await Promise.all(phase.map(change => limit(() => work(change))))
    if (failure !== undefined) throw failure.error
  }
}

async function apply(api: ConfigApi, change: Change): Promise<void> {
  const { wanted } = change
  if (change.action === 'unchanged') return
  if (change.action === 'replace') {
    const { current } = change
    // The path of a subscription is its id. A changed async one would get each event twice until the gateway restarts (0.9.0).
    const isKept = wanted.kind !== 'subscriptions' || (isSync(wanted) && current.name === wanted.name)
    if (isKept) return ask(api, wanted, { method: 'PUT', path: current.path }, [200])
    await ask(api, wanted, { method: 'DELETE', path: current.path }, [204, 404])
  }
  // It may exist because of an earlier request whose answer was lost: the result is compared at the end.
  await ask(api, wanted, { method: 'POST', path: pathOf(wanted.kind, wanted.space) }, [201, 409])
}

async function ask(
  api: ConfigApi,
  wanted: Registration,
  { method, path }: { method: string; path: string },
  statuses: readonly number[],
): Promise<void> {
  const asked = await askAgain(api, { method, path, ...(method !== 'DELETE' && { body: wanted.fields }) })
  if ('status' in asked && statuses.includes(asked.status)) return
  throw refused(api, labelOf(wanted), withoutValues(saidBy(asked), wanted))
}

/** What the gateway says about a function, without the values of its provider: they may be credentials. */
const withoutValues = (said: string, { fields }: Registration): string =>
  Object.values((fields['provider'] ?? {}) as Record<string, unknown>)
    .filter(value => typeof value === 'string' && value.length > 3)
    .reduce<string>((text, value) => text.replaceAll(value as string, '***'), said)

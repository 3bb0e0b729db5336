import type { Io } from '../io.ts'
import type { Asked, Question } from './ask.ts'
import { NotVerified, type Reason } from './failures.ts'
import {
  type ConfigApi,
  eventOf,
  freeMethod,
  isLeftover,
  listFunctions,
  type Names,
  namesAt,
  require,
  saidBy,
  toRegister,
  unregister,
} from './registrations.ts'
import type { Ask } from './replicas.ts'

/** Somewhere an event can be sent to; `times`: how many answers in a row count. */
export type Way = { name: string; isReplica: boolean; times: number; events: Ask }

export type Gateway = {
  config: ConfigApi
  /** The URL of the function as the gateway's pods reach it. */
  functionUrl: string
  /** Asked anew for each round: pods come and go. */
  ways: () => Promise<readonly Way[]>
}

/** Longer than the 5 s that the gateway gives a function. */
const EVENT_MS = 6_000
const PAUSE_MS = 50
/** Over a signal of its own: Ctrl-C is no reason to leave something behind. */
const REMOVE_MS = 15_000

type Verdict = { reason: Reason; final?: true } | undefined
type Judge = (asked: Asked, isReplica: boolean) => Verdict

/** What an answer to the event means while the subscription is there (Event Gateway 0.9.0, by status and body). */
export const judge: Judge = (asked, isReplica) => {
  if ('reason' in asked) return { reason: isReplica ? 'replica-silent' : 'events-blocked' }
  const { status, text } = asked
  if (status === 200 && text === '') return undefined
  if (status === 202) return { reason: 'replica-stale' }
  if (status === 500 && /Function call failed|response object malformed/.test(text))
    return { reason: 'function-unreachable' }
  // What stands in between, as an Ingress does, may answer by itself.
  return !isReplica && status >= 400 ? { reason: 'events-blocked' } : { reason: 'route-taken', final: true }
}

/** The same once it is gone: 202 is what the gateway says to an event that nobody waits for. */
export const judgeGone: Judge = (asked, isReplica) => {
  if ('reason' in asked) return judge(asked, isReplica)
  return asked.status === 202 ? undefined : { reason: 'replica-stale' }
}

/**
 * The guide's examples for real: registers a function, an event type and a subscription, sends an event and sees the answer
 * come back from everywhere; removes it all, also where it fails or is ended. `agreeMs`: how long the replicas may take to
 * follow etcd; `untilForgotten`: whether it ends only when they have followed the removal too; `done` hears of each step.
 * Gives the ways that agreed. Throws NotVerified with a named reason.
 */
export async function roundTrip(
  gateway: Gateway,
  { agreeMs, untilForgotten, done }: { agreeMs: number; untilForgotten: boolean; done: (step: string) => void },
  { clock, signal }: Pick<Io, 'clock' | 'signal'>,
): Promise<readonly Way[]> {
  const config = { ...gateway.config, signal }
  await unregister(config, name => isLeftover(name, clock.now()))
  const names = namesAt(clock.now(), await freeMethod(config))
  const { functionId, eventType } = names
  const remove = () =>
    unregister({ ...config, signal: AbortSignal.timeout(REMOVE_MS) }, name => [functionId, eventType].includes(name))
  const ask = { gateway, event: eventOf(names), agreeMs, clock, signal }
  let ways: readonly Way[]
  try {
    await registerAll(config, names, gateway.functionUrl, done)
    ways = await agree(ask, judge)
    done(`Sent an event: answered by ${namesOf(ways)}`)
  } catch (error) {
    await remove().catch(() => {})
    throw error
  }
  await remove()
  if (untilForgotten) ways = await agree(ask, judgeGone)
  done(`Removed all of it: ${namesOf(ways)} forgot it`)
  return ways
}

async function registerAll(config: ConfigApi, names: Names, functionUrl: string, done: (step: string) => void) {
  const questions = toRegister(names, functionUrl)
  await require(config, questions.function, 201)
  done(`Registered the function ${names.functionId}`)
  const again = await require(config, questions.function, 409)
  done(`Registering it again is refused: ${saidBy(again)}`)
  if (!(await listFunctions(config)).some(({ functionId }) => functionId === names.functionId))
    throw new NotVerified('refused', { ...config, where: 'GET functions', said: 'the function is not in the list' })
  done('Listed the functions: it is among them')
  await require(config, questions.eventType, 201)
  done(`Registered the event type ${names.eventType}`)
  await require(config, questions.subscription, 201)
  done(`Registered a sync subscription to it: ${names.method} ${names.path}`)
}

const namesOf = (ways: readonly Way[]): string => {
  const replicas = ways.filter(({ isReplica }) => isReplica).length
  const others = ways.filter(({ isReplica }) => !isReplica).map(({ name }) => name)
  return [...(replicas > 0 ? [`${replicas} of ${replicas} replicas`] : []), ...others].join(' and ')
}

type Asking = { gateway: Gateway; event: Question; agreeMs: number } & Pick<Io, 'clock' | 'signal'>

/** Sends the event everywhere until each answer is the one wanted. */
async function agree({ gateway, event, agreeMs, clock, signal }: Asking, verdictOf: Judge) {
  const deadline = clock.now() + agreeMs
  for (;;) {
    const ways = await gateway.ways()
    const answers = await Promise.all(ways.map(way => askInARow(way, event, verdictOf, signal)))
    const bad = answers.filter(({ verdict }) => verdict !== undefined)
    if (ways.length > 0 && bad.length === 0) return ways
    const final = bad.find(({ verdict }) => verdict?.final)
    if (final !== undefined || clock.now() >= deadline) throw failure(gateway, final ?? bad[0], answers)
    await clock.sleep(PAUSE_MS, signal)
  }
}

type Heard = { way: Way; asked: Asked; verdict: Verdict }

async function askInARow(way: Way, event: Question, verdictOf: Judge, signal: AbortSignal): Promise<Heard> {
  for (let answers = 1; ; answers++) {
    const asked = await way.events(event, EVENT_MS, signal)
    const verdict = verdictOf(asked, way.isReplica)
    if (verdict !== undefined || answers >= way.times) return { way, asked, verdict }
  }
}

function failure({ config }: Gateway, bad: Heard | undefined, answers: readonly Heard[]): NotVerified {
  const { namespace } = config
  if (bad?.verdict === undefined)
    return new NotVerified('replica-silent', { namespace, where: 'none', said: 'there is no pod of the gateway' })
  const all = answers.every(({ verdict }) => verdict?.reason === 'replica-stale')
  const reason = all && bad.verdict.reason === 'replica-stale' ? 'replicas-stale' : bad.verdict.reason
  return new NotVerified(reason, { namespace, where: bad.way.name, said: saidBy(bad.asked) })
}

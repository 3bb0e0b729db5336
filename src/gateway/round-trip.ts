import type { Io } from '../io.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'
import type { Question } from './ask.ts'
import { agree, type Target } from './event-arrival.ts'
import { NotVerified } from './failures.ts'
import {
  type ConfigApi,
  eventOf,
  isLeftover,
  listFunctions,
  type Names,
  namesOf,
  proofId,
  require,
  saidBy,
  toRegister,
  unregister,
} from './registrations.ts'
import { freeProbe } from './routes.ts'
import type { Known } from './stored-subscriptions.ts'

export type Gateway = {
  config: ConfigApi
  /** The URL of the function as the gateway's pods reach it. */
  functionUrl: string
  /** The stored subscriptions. None of them may receive a test event. */
  known: Known
  /** The replicas, or the address alone where they may not be asked. Listed again for each round: pods come and go. */
  targets: () => Promise<readonly Target[]>
  /** The address, through which an event has to come once the replicas have answered theirs. */
  address?: Target
}

type Options = {
  /** How long the replicas may take to follow etcd. */
  agreeMs: number
  /** Tells of a step that succeeded; `details` are generated names. */
  done: (step: string, details?: string) => void
  warn: (text: string, fix: string) => void
}

/** Where events came through; none where no event was sent. */
export type Proof = { targets: readonly Target[]; untold?: string }

/** Over a signal of its own: Ctrl-C is no reason to leave something behind. */
const REMOVE_MS = 15_000
const PAUSE_MS = 500

/**
 * The guide's examples for real: registers a function, an event type and a subscription, sends an event through every replica
 * and sees by their counters that the function was called and has answered; removes it all, also where it fails or is ended.
 * Sends none where a stored subscription would get it, and says why in `untold`. Throws NotVerified with a named reason.
 */
export async function roundTrip(
  gateway: Gateway,
  { agreeMs, done, warn }: Options,
  { clock, signal }: Pick<Io, 'clock' | 'signal'>,
): Promise<Proof> {
  const config = { ...gateway.config, signal }
  await unregister(config, name => isLeftover(name, clock.now()))
  const id = proofId(clock.now())
  const names = namesOf(id)
  const free = freeProbe(gateway.known.stored, id)
  const probe = 'taken' in free ? { method: 'PATCH', path: `/eg-setup-probe-${id}` } : free
  const asking = { namespace: config.namespace, event: eventOf(names, probe), agreeMs, clock, signal }
  try {
    await registerAll(gateway, toRegister(names, probe, gateway.functionUrl), done, signal)
    done('Event type and subscription registered', `${names.eventType}, ${probe.method} ${probe.path}`)
    if ('taken' in free) return { targets: [], untold: free.taken }
    const replicas = await agree(asking, gateway.targets)
    const { address } = gateway
    const targets = address ? [...replicas, ...(await agree(asking, async () => [address]))] : replicas
    done(`Test event delivered through ${describe(targets)}`)
    return { targets }
  } finally {
    await removeAll(config, names, done, warn)
  }
}

/** A request that has begun is waited for, also when the run is ended: what it registers has to be seen to be removed. */
async function registerAll(
  { config }: Gateway,
  questions: ReturnType<typeof toRegister>,
  done: Options['done'],
  signal: AbortSignal,
): Promise<void> {
  const api = { ...config, signal: new AbortController().signal }
  const register = (question: Question, status: number) => {
    signal.throwIfAborted()
    return require(api, question, status)
  }
  const { functionId } = questions
  await register(questions.function, 201)
  const again = await register(questions.function, 409)
  if (!(await listFunctions({ ...api, signal })).some(found => found.functionId === functionId))
    throw new NotVerified('refused', {
      ...config,
      where: 'GET functions',
      said: 'the test function is missing from the list of functions',
    })
  done('Function registered', functionId)
  done('Duplicate registration is rejected (409)', saidBy(again))
  await register(questions.type, 201)
  await register(questions.subscription, 201)
}

/** Tries again while the gateway refuses, and says what is left where that does not help; throws nothing. */
async function removeAll(api: ConfigApi, names: Names, done: Options['done'], warn: Options['warn']): Promise<void> {
  const signal = AbortSignal.timeout(REMOVE_MS)
  const isOurs = (name: string) => [names.functionId, names.eventType].includes(name)
  for (let why = ''; ; ) {
    try {
      await unregister({ ...api, signal }, isOurs)
      return done('Test registrations removed')
    } catch (error) {
      if (error instanceof NotVerified) why = ` ${error.message}`
      if (signal.aborted)
        return warn(
          `The test function ${names.functionId}, its event type and its subscription may still be registered.${why}`,
          sh`Remove them:\n${PROGRAM} verify -n ${api.namespace}`,
        )
      await new Promise(wake => setTimeout(wake, PAUSE_MS))
    }
  }
}

const describe = (targets: readonly Target[]): string => {
  const replicas = targets.filter(({ isReplica }) => isReplica).length
  const others = targets.filter(({ isReplica }) => !isReplica).map(({ name }) => name)
  return [...(replicas > 0 ? [`${replicas} of ${replicas} replicas`] : []), ...others].join(' and ')
}

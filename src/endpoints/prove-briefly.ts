import { UserError } from '../errors.ts'
import { addressAt, type Endpoint } from '../gateway/endpoint.ts'
import { addressTarget } from '../gateway/event-targets.ts'
import { askAt } from '../gateway/replicas.ts'
import { roundTrip } from '../gateway/round-trip.ts'
import { learnStored } from '../gateway/stored-subscriptions.ts'
import type { Run } from '../kube/request/run.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'
import { prove } from './prove.ts'
import { functionUrl } from './reach-gateway.ts'

/** The pods are ready already: a replica that does not follow etcd by now has a problem that `verify` names. */
const AGREE_MS = 5_000

type Limits = { answers: number; deadline: number }

/**
 * Asks a gateway that has answered once until it does so often in a row, and meanwhile sends an event through it. Gives why
 * the former has not come about, undefined where it has. That no event comes through is a warning alone: what is installed is
 * there, and its exports are right.
 */
export async function proveBriefly(
  run: Run,
  namespace: string,
  endpoint: Endpoint,
  limits: Limits,
): Promise<string | undefined> {
  const { reporter, io } = run
  let isSteady = true
  const onReason = (reason: string) => {
    if (isSteady) reporter.step('Some requests got no answer, retrying')
    isSteady = false
    reporter.reason(reason)
  }
  const over = new AbortController()
  const signal = AbortSignal.any([io.signal, over.signal])
  try {
    const [proof, tellOfEvent] = await Promise.all([
      prove([endpoint], { ...limits, onReason }, { clock: io.clock, signal }),
      sendEvent(run, namespace, endpoint, limits.answers),
    ])
    reporter.pause()
    tellOfEvent()
    return proof.endpoint === undefined ? proof.reason : undefined
  } finally {
    over.abort()
  }
}

/** Gives what says how it went. Where the config API is not exposed nothing is sent: it would take its time. */
async function sendEvent(
  { kube, reporter, io }: Run,
  namespace: string,
  endpoint: Endpoint,
  answers: number,
): Promise<() => void> {
  const { config: port } = endpoint
  if (port === undefined) return () => {}
  const where = addressAt(endpoint, port)
  const config = { namespace, where, ask: askAt(where), signal: io.signal }
  const told: [text: string, fix: string][] = []
  const tell = (say: () => void) => () => {
    for (const [text, fix] of told) reporter.warn(text, fix)
    say()
  }
  try {
    const [url, known] = await Promise.all([
      functionUrl(kube, namespace),
      learnStored(kube, config, Array(answers).fill(config.ask)),
    ])
    const targets = async () => [addressTarget(endpoint, answers)]
    const gateway = { config, known, functionUrl: url, targets }
    const options = {
      agreeMs: AGREE_MS,
      done: () => {},
      warn: (text: string, fix: string) => void told.push([text, fix]),
    }
    const { untold } = await roundTrip(gateway, options, io)
    return tell(() =>
      untold === undefined
        ? reporter.done('Test event delivered')
        : reporter.note(`No test event was sent: ${untold}.`),
    )
  } catch (error) {
    if (io.signal.aborted || !(error instanceof UserError)) throw error
    const more = sh`Test every replica:\n${PROGRAM} verify -n ${namespace}`
    return tell(() => reporter.warn(`The test event was not delivered. ${error.message}`, more))
  }
}

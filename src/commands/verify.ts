import type { FlagsOf } from '../cli/args.ts'
import { findEndpoint, reachGateway } from '../endpoints/reach-gateway.ts'
import { EXIT } from '../errors.ts'
import { addressAt, type Endpoint } from '../gateway/endpoint.ts'
import { exampleText } from '../gateway/examples.ts'
import { NotVerified } from '../gateway/failures.ts'
import { type Proof, roundTrip } from '../gateway/round-trip.ts'
import { findRisks, riskWarnings } from '../gateway/routes.ts'
import type { Io } from '../io.ts'
import { requireRecord } from '../record/find-record.ts'
import { targetOf } from '../record/record.ts'
import { VERSION } from '../release.ts'
import { openCluster } from '../setup/open-cluster.ts'
import { printEntries, printJson, printScript } from '../ui/print.ts'
import { makeReporter } from '../ui/reporter.ts'

/** How long replicas may take to follow etcd; it takes them some ms. */
const AGREE_MS = 15_000

/** Sends an event through the gateway and sees the answer come back; --example prints the commands that do it by hand. */
export async function verify(flags: FlagsOf<'verify'>, io: Io): Promise<number> {
  const reporter = makeReporter(io)
  const kube = await openCluster(flags, io, reporter.note)
  const record = await requireRecord(kube, flags.namespace, reporter.warn)
  const { namespace } = record
  const asJson = flags.output === 'json'
  try {
    const endpoint = await findEndpoint(kube, targetOf(record), io)
    if (flags.example) {
      printScript(io, exampleText(flags.example, namespace, endpoint))
      return EXIT.ok
    }
    reporter.intro(`eg-setup ${VERSION}`)
    reporter.done(endpoint === undefined ? 'Reached through the API server' : `Answers at ${addressesOf(endpoint)}`)
    const gateway = await reachGateway({ kube, reporter, io }, namespace, endpoint)
    const { stored, missing } = gateway.known
    for (const warning of riskWarnings(findRisks(stored), namespace)) reporter.warn(warning)
    if (missing !== undefined) reporter.note(`Not all subscriptions could be read: ${missing}.`)
    const { warn } = reporter
    const done = (step: string, details?: string) =>
      reporter.done(flags.verbose && details !== undefined ? `${step}: ${details}` : step)
    const proof = await roundTrip(gateway, { agreeMs: flags.timeout ?? AGREE_MS, done, warn }, io)
    if (proof.untold !== undefined) warn(`No test event was sent: ${proof.untold}.`)
    reporter.outro()
    if (asJson) printJson(io, resultOf(namespace, endpoint, proof))
    else printEntries(io, [sentenceOf(namespace, proof)])
    return EXIT.ok
  } catch (error) {
    if (asJson && error instanceof NotVerified) {
      const { reason, message, fix } = error
      printJson(io, { verified: false, namespace, reason, message, fix })
    }
    throw error
  }
}

const addressesOf = (endpoint: Endpoint): string =>
  [
    ...(endpoint.config === undefined ? [] : [`${addressAt(endpoint, endpoint.config)} (config API)`]),
    `${addressAt(endpoint, endpoint.events)} (events API)`,
  ].join(', ')

const sentenceOf = (namespace: string, { untold }: Proof): string =>
  untold === undefined
    ? `The Event Gateway in namespace ${namespace} works.`
    : `The Event Gateway in namespace ${namespace} answers; no test event was sent.`

function resultOf(namespace: string, endpoint: Endpoint | undefined, { targets, untold }: Proof) {
  const replicas = targets.filter(({ isReplica }) => isReplica).map(({ name }) => name)
  const event = untold === undefined ? { eventSent: true } : { eventSent: false, eventNotSent: untold }
  return { verified: true, namespace, endpoint: endpoint ?? null, replicas, ...event }
}

import { findEndpoint } from '../endpoints/reach-gateway.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Asked } from '../gateway/ask.ts'
import { connectAt, type Kept, keepConnections } from '../gateway/kept-connections.ts'
import { isReady, portOf } from '../gateway/pod-connection.ts'
import { ETCD_QUESTION } from '../gateway/probe.ts'
import { connectTo, gatewayPods } from '../gateway/replicas.ts'
import type { Run } from '../kube/request/run.ts'
import { type InstallRecord, targetOf } from '../record/record.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'

/** Over the 5 s after which a gateway without etcd gives up. */
const PROBE_MS = 6_000

/**
 * The config API over connections that are kept: through the API server, which encrypts what is sent, to all replicas that
 * are ready in turn; where that is forbidden, at the gateway's address. Throws UserError where neither answers.
 */
export async function openConfigApi(run: Run, record: InstallRecord): Promise<Kept> {
  const { namespace } = record
  const { kube, reporter, io } = run
  let refusal: UserError | undefined
  try {
    const ready = (await gatewayPods(kube, namespace)).filter(isReady)
    const kept = ready.map(pod => keepConnections(connectTo(kube, pod, portOf(pod, 'config'))))
    const asked = await Promise.all(kept.map(({ ask }) => ask(ETCD_QUESTION, PROBE_MS, io.signal)))
    const answering = kept.filter((_, index) => answers(asked[index]!))
    if (answering.length > 0) return inTurn(answering)
    for (const { close } of kept) close()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    refusal = error
  }
  const endpoint = refusal && (await findEndpoint(kube, targetOf(record), io).catch(() => undefined))
  if (endpoint?.config !== undefined) {
    reporter.warn(`${refusal!.message} Using the gateway's address instead, without encryption.`)
    return keepConnections(connectAt({ host: endpoint.host, port: endpoint.config }))
  }
  if (refusal !== undefined) throw refusal
  throw new UserError(`No replica of the Event Gateway in namespace ${namespace} could return data from etcd.`, {
    fix: sh`Repair it:\n${PROGRAM} -n ${namespace}`,
    code: EXIT.precondition,
  })
}

const answers = (asked: Asked): boolean => 'status' in asked && asked.status === 200

/** Each question goes to the next one. */
function inTurn(all: readonly Kept[]): Kept {
  let turn = 0
  return {
    ask: (question, timeoutMs, signal) => all[turn++ % all.length]!.ask(question, timeoutMs, signal),
    close: () => {
      for (const { close } of all) close()
    },
  }
}

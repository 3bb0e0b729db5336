import { delimiter } from 'node:path'
import { EXIT, UserError } from '../../errors.ts'
import type { Io } from '../../io.ts'
import type { Connection } from '../../kube/request/connection.ts'
import { type Outcome, run } from '../../process/process.ts'
import { sanitize } from '../../text/sanitize.ts'
import { troubleOf } from './troubles.ts'

/** The helm on the PATH, for one cluster. */
export type Helm = {
  /** "v4.3.1"; builds from the module say "v4.3". */
  readonly version: string
  readonly major: number
  /**
   * Runs it and gives its stdout; `what` is what shall be done, for the message. Throws UserError where it does not end
   * well.
   */
  run: (call: HelmCall) => Promise<string>
}

type HelmCall = {
  what: string
  args: readonly string[]
  input?: string
  /** ms since the epoch; 30 s from the call unless said. */
  deadline?: number
}

const VERSION_LIMIT_MS = 10_000
const USUAL_MS = 30_000
/** Time for helm to say itself that its time is over. */
const GRACE_MS = 5_000

const askVersion = ({ env, signal }: Io): Promise<Outcome> =>
  run('helm', ['version', '--template', '{{.Version}}'], { env, signal, timeoutMs: VERSION_LIMIT_MS })

/** The version of the helm on the PATH; undefined where there is none, or none that works. */
export async function findHelm(io: Io): Promise<string | undefined> {
  const { code, stdout } = await askVersion(io)
  return code === 0 ? stdout.trim() : undefined
}

/** Throws UserError (exit 3) where there is no helm, one that does not work, or one that is too old. */
export async function openHelm({ context, files }: Pick<Connection, 'context' | 'files'>, io: Io): Promise<Helm> {
  const answer = await askVersion(io)
  const version = answer.stdout.trim()
  const major = Number(/^v?(\d+)\./.exec(version)?.[1] ?? 0)
  if (answer.code !== 0 || major < 3) throw unusable(answer)
  // Inside a cluster there is no kubeconfig, and helm finds the pod's account as we do.
  const cluster = files.length === 0 ? [] : ['--kube-context', context]
  // A single file may have the delimiter in its name.
  if (files.length === 1) cluster.push('--kubeconfig', files[0]!)
  const env = { ...withoutHelmsCluster(io.env), ...(files.length > 1 && { KUBECONFIG: files.join(delimiter) }) }
  return {
    version,
    major,
    run: async ({ what, args, input, deadline }) => {
      const limit = deadline === undefined ? USUAL_MS : Math.max(deadline - io.clock.now(), 1_000)
      const outcome = await run('helm', [...args, ...cluster], {
        ...(input !== undefined && { input }),
        env,
        signal: io.signal,
        timeoutMs: limit + GRACE_MS,
      })
      if (outcome.code === 0) return outcome.stdout
      throw failed(what, outcome)
    },
  }
}

function unusable({ code, trouble, stdout, stderr }: Outcome): UserError {
  const precondition = (message: string, fix: string) =>
    new UserError(message, {
      fix: `${fix}\nOr remove --engine helm, which a new installation doesn't need.`,
      code: EXIT.precondition,
    })
  const get = 'Install Helm 3 or 4 as described at https://helm.sh/docs/intro/install.'
  if (trouble === 'ENOENT') return precondition('helm is not on the PATH.', get)
  if (code === 0) return precondition(`The helm on the PATH is too old: ${sanitize(stdout.trim())}.`, get)
  const how = code === undefined ? `failed with ${trouble}` : `failed with exit code ${code}`
  const text = sanitize(stderr.trim(), 1_000)
  const message = `The helm on the PATH does not work: helm version ${trouble === 'timeout' ? 'timed out' : how}.`
  return precondition(`${message}${text && `\n${text}`}`, 'Run helm to see why:\nhelm version')
}

/** The environment without what would lead helm to another cluster than ours. */
const withoutHelmsCluster = (env: Io['env']) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^HELM_(KUBE|NAMESPACE)/.test(name)))

function failed(what: string, { stderr, trouble }: Outcome): UserError {
  const text = sanitize(stderr.trim(), 1_000)
  const { why, fix, code } = troubleOf(trouble === 'timeout' ? 'timed out' : stderr)
  return new UserError(`helm failed to ${what}${why}${text && `\n${text}`}`, { fix, code })
}

import { basename } from 'node:path'
import type { Io } from '../../io.ts'
import { run } from '../../process/process.ts'
import { oneLine } from '../../text/sanitize.ts'
import { sh } from '../../text/shell-words.ts'
import { preconditionError } from '../precondition-error.ts'
import { type Entry, fields, text } from './kubeconfig-file.ts'
import type { Target } from './target.ts'

/** What a plugin gave, as the fields of a user; `expires` in ms since the epoch. */
type Credential = { readonly entry: Entry; readonly expires: number }

export type ExecPlugin = {
  /** Runs the plugin unless its last answer is still good; calls at the same time share one run. */
  readonly entry: () => Promise<Entry>
  /** The server refused this entry: the next `entry` runs the plugin again. */
  readonly drop: (refused: Entry) => void
}

const TIME_LIMIT = 120_000
/** A credential that ends within these ms is not used any more. */
const NEAR_EXPIRY = 10_000

/**
 * The credential plugin of the target's user (kubernetes.io/docs/reference/access-authn-authz/authentication,
 * "client-go credential plugins"). Its stderr is the person's, its stdin too when it may ask.
 */
export function makeExecPlugin(target: Target, io: Io): ExecPlugin {
  let last: Credential | undefined
  let running: Promise<Credential> | undefined
  return {
    async entry() {
      if (last && last.expires - NEAR_EXPIRY > io.clock.now()) return last.entry
      running ??= runPlugin(target, io).finally(() => {
        running = undefined
      })
      last = await running
      return last.entry
    },
    drop(refused) {
      if (last?.entry === refused) last = undefined
    },
  }
}

async function runPlugin(target: Target, io: Io): Promise<Credential> {
  const exec = fields(target.userEntry['exec'])
  const command = text(exec['command'])
  const who = `The credential plugin "${oneLine(basename(command))}" of user "${oneLine(target.user)}"`
  const interactive = Boolean(io.stdin.isTTY && io.stderr.isTTY) && exec['interactiveMode'] !== 'Never'
  if (exec['interactiveMode'] === 'Always' && !interactive)
    throw preconditionError(
      `${who} needs a terminal.`,
      "Log in with your provider's tool first, or run eg-setup in a terminal.",
    )
  const { stdout, code, trouble } = await run(command, list(exec['args']).map(text), {
    interactive,
    showStderr: true,
    env: { ...io.env, ...variables(exec), KUBERNETES_EXEC_INFO: execInfo(exec, target, interactive) },
    timeoutMs: TIME_LIMIT,
    signal: io.signal,
  })
  if (trouble === 'ENOENT')
    throw preconditionError(
      `${who} is not installed or not on PATH.`,
      oneLine(text(exec['installHint'])) || 'Install the plugin as your cluster provider describes, then try again.',
    )
  const retry = sh`Log in with your provider's tool, then test the login:\nkubectl --context ${target.context} get ns`
  if (trouble === 'timeout') throw preconditionError(`${who} timed out after ${TIME_LIMIT / 1000}s.`, retry)
  if (code !== 0)
    throw preconditionError(`${who} failed (${code === undefined ? trouble : `exit code ${code}`}).`, retry)
  const entry = entryOf(stdout)
  if (!entry) throw preconditionError(`${who} returned no ExecCredential with a token or a certificate and key.`, retry)
  return entry
}

/** undefined for anything else than an ExecCredential; its text may be a secret and goes nowhere. */
function entryOf(stdout: string): Credential | undefined {
  const { kind, status } = fields(parsed(stdout))
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = fields(status)
  if (kind !== 'ExecCredential' || !(text(token) || (text(cert) && text(key)))) return undefined
  const expires = Date.parse(text(expirationTimestamp))
  return {
    entry: {
      ...(text(token) ? { token: text(token) } : {}),
      ...(text(cert) ? { 'client-certificate-data': base64(text(cert)), 'client-key-data': base64(text(key)) } : {}),
    },
    expires: Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires,
  }
}

function parsed(stdout: string): unknown {
  try {
    return JSON.parse(stdout)
  } catch {
    return undefined
  }
}

/** KUBERNETES_EXEC_INFO: newer plugins insist on it. */
function execInfo(exec: Entry, { clusterEntry }: Target, interactive: boolean): string {
  const { extensions, ...given } = clusterEntry
  const extension = list(extensions)
    .map(fields)
    .find(one => one['name'] === 'client.authentication.k8s.io/exec')
  const cluster = { ...given, ...(extension ? { config: extension['extension'] } : {}) }
  const spec = { interactive, ...(exec['provideClusterInfo'] === true ? { cluster } : {}) }
  return JSON.stringify({ apiVersion: exec['apiVersion'], kind: 'ExecCredential', spec })
}

const variables = (exec: Entry): Record<string, string> =>
  Object.fromEntries(
    list(exec['env'])
      .map(fields)
      .map(({ name, value }) => [text(name), text(value)]),
  )

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const base64 = (pem: string) => Buffer.from(pem).toString('base64')

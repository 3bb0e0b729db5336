import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent, type RequestOptions } from 'node:https'
import type { Io } from '../../io.ts'
import { readNamedFile, type Unreadable } from '../../process/read-file.ts'
import { oneLine } from '../../text/sanitize.ts'
import { sh } from '../../text/shell-words.ts'
import type { KubeConfig } from '../client-node.ts'
import { preconditionError } from '../precondition-error.ts'
import { makeExecPlugin } from './exec-plugin.ts'
import { type Entry, fields, text } from './kubeconfig-file.ts'
import { plainOptions } from './plain-login.ts'
import { proxyFor } from './proxy.ts'
import type { Target } from './target.ts'

/** An agent option: a signal that aborts when no request waits for the connection any more. */
export const GIVEN_UP = 'egGivenUp'

/** What one request needs to get in; `entry` is the user it was made from. */
export type Login = { readonly options: RequestOptions; readonly entry: Entry }

export type Credentials = {
  /** Throws UserError (exit 3) when no login can be had. */
  readonly login: (signal: AbortSignal) => Promise<Login>
  /** client-node's KubeConfig of the target with the credentials of this moment, for its other clients. */
  readonly kubeConfig: () => Promise<KubeConfig>
  /** After a 401: whether asking again can help. */
  readonly renew: (refused: Login) => boolean
  /** The proxy that is in between, without its password. */
  readonly proxy: string | undefined
  readonly close: () => void
}

const PROVIDER_LIMIT = 30_000

/** The credentials of the target's user, as fresh as kubectl's: token files and plugins are asked for each request. */
export function makeCredentials(target: Target, io: Io): Credentials {
  const proxyUrl = verifiedProxy(
    text(target.clusterEntry['proxy-url']) || proxyFor(new URL(text(target.clusterEntry['server'])), io.env),
  )
  const { exec, tokenFile, ...plain } = target.userEntry
  const plugin = exec && !plain['token'] && !tokenFile ? makeExecPlugin(target, io) : undefined
  const isPlain = !proxyUrl && !plain['auth-provider']
  const ownAgent = new (target.server.startsWith('http:') ? HttpAgent : HttpsAgent)({ keepAlive: true })
  const agents = new Set<{ destroy: () => void }>([ownAgent])
  let user: Entry = plain
  let made: { config: Promise<KubeConfig>; user: Entry } | undefined

  const current = async (): Promise<Entry> => {
    if (plugin) user = await plugin.entry()
    else if (tokenFile) user = await withToken(user, text(tokenFile))
    return user
  }
  const configOf = (user: Entry): Promise<KubeConfig> => {
    if (made?.user !== user)
      made = {
        user,
        config: import('./library-login.ts').then(({ makeKubeConfig }) =>
          makeKubeConfig(target, { ...plain, ...user }, proxyUrl),
        ),
      }
    return made.config
  }
  async function libraryOptions(user: Entry, signal: AbortSignal): Promise<RequestOptions> {
    const config = await configOf(user)
    const options: RequestOptions = {}
    // An identity provider is asked by the library, which has no limit of its own.
    const limit = plain['auth-provider'] ? AbortSignal.any([signal, AbortSignal.timeout(PROVIDER_LIMIT)]) : signal
    try {
      await unlessAborted(config.applyToHTTPSOptions(options), limit)
    } catch {
      signal.throwIfAborted()
      throw failedLogin(target)
    }
    // The library's agents, also those for proxies, open a connection per request unless told so.
    const agent = Object.assign(options.agent as HttpsAgent, { keepAlive: true })
    if (!agents.has(agent)) endTunnels(agent)
    agents.add(agent)
    return { ...options, agent }
  }
  return {
    proxy: proxyUrl && shownProxy(proxyUrl),
    kubeConfig: async () => configOf(await current()),
    renew: ({ entry }) => {
      plugin?.drop(entry)
      return plugin !== undefined
    },
    async login(signal) {
      const entry = await unlessAborted(current(), signal)
      const options = isPlain
        ? { ...plainOptions(target.clusterEntry, { ...plain, ...entry }), agent: ownAgent }
        : await libraryOptions(entry, signal)
      return { entry, options: { ...options, headers: { ...options.headers, ...impersonation(plain) } } }
    },
    close: () => {
      for (const agent of agents) agent.destroy()
    },
  }
}

/** Ends the CONNECT request of an abandoned connection: the library's agent would wait forever. */
function endTunnels(
  agent: HttpAgent & { proxyRequestOptions?: object; createConnection?: (...args: never[]) => void },
) {
  const { createConnection, proxyRequestOptions } = agent
  if (proxyRequestOptions === undefined || createConnection === undefined) return
  const connect = (options: { [GIVEN_UP]?: AbortSignal }, ...rest: never[]) => {
    agent.proxyRequestOptions = { ...proxyRequestOptions, signal: options[GIVEN_UP] }
    return createConnection.call(agent, options as never, ...rest)
  }
  Object.assign(agent, { createConnection: connect })
}

/** Read each time, since it is rotated. One that cannot be read leaves the token there was, as in client-go. */
async function withToken(user: Entry, file: string): Promise<Entry> {
  try {
    const token = String(await readNamedFile(file)).trim()
    return token === user['token'] ? user : { ...user, token }
  } catch (error) {
    if (user['token']) return user
    throw preconditionError(
      `The token file ${oneLine(file)} in the kubeconfig can't be read: ${(error as Unreadable).message}.`,
      'Restore the file, or log in again.',
      error,
    )
  }
}

/** `as…` of a user, as HTTP headers (kubernetes.io/docs/reference/access-authn-authz/user-impersonation). */
function impersonation(user: Entry): Record<string, string | string[]> {
  const { as, 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra } = user
  const headers: Record<string, string | string[]> = {}
  if (text(as)) headers['Impersonate-User'] = text(as)
  if (text(uid)) headers['Impersonate-Uid'] = text(uid)
  if (Array.isArray(groups)) headers['Impersonate-Group'] = groups.map(text)
  for (const [key, values] of Object.entries(fields(extra)))
    if (Array.isArray(values)) headers[`Impersonate-Extra-${encodeURIComponent(key)}`] = values.map(text)
  return headers
}

/** The library's own error can quote a token. */
const failedLogin = ({ user, context }: Target) =>
  preconditionError(
    `Login failed for user "${oneLine(user)}" (auth-provider in the kubeconfig).`,
    sh`Log in again with your provider's tool, then test the login:\nkubectl --context ${context} get ns`,
  )

/** With socks5 the library resolves names locally; kubectl and socks5h let the proxy resolve them. */
function verifiedProxy(proxy = ''): string | undefined {
  if (!proxy) return undefined
  if (URL.canParse(proxy) && /^(https?|socks5h?):$/.test(new URL(proxy).protocol))
    return proxy.replace(/^socks5:/i, 'socks5h:')
  throw preconditionError(
    'The proxy for the API server must be a URL with http, https or socks5.',
    "Correct HTTPS_PROXY, or the cluster's proxy-url in the kubeconfig.",
  )
}

/** Scheme, host and port alone. */
const shownProxy = (proxy: string) => `${new URL(proxy).protocol}//${new URL(proxy).host}`

/** A promise that cannot be cancelled, left alone when the signal aborts. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

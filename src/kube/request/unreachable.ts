import type { UserError } from '../../errors.ts'
import { oneLine } from '../../text/sanitize.ts'
import { sh } from '../../text/shell-words.ts'
import { formatUtc } from '../login/certificates.ts'
import type { Target } from '../login/target.ts'
import { preconditionError } from '../precondition-error.ts'
import { ANSWER_TIMEOUT, ANSWER_TOO_LARGE, CONNECT_TIMEOUT, type Limits } from './send-once.ts'

/** Where a request went: all that a message about it may name. */
export type Place = {
  readonly target: Target
  readonly proxy: string | undefined
  readonly limits: Limits
  readonly now: number
}

type Row = {
  readonly codes: RegExp
  /** What the error has to say beside its code. */
  readonly says?: RegExp
  readonly why: (place: Place, error: NodeJS.ErrnoException) => string
  readonly fix: (place: Place) => string
}

const host = ({ target }: Place) => new URL(target.server).host
const seconds = (ms: number, totalMs = ms) => `${Math.round(Math.min(ms, totalMs) / 100) / 10} s`

const START = () => 'Start the cluster, or choose another one with --context NAME. For minikube:\nminikube start'
const NETWORK = () => 'Check that the cluster is running, and check your VPN, firewall and proxy. Then try again.'
const RENEW = ({ target: { cluster } }: Place) =>
  sh`If the cluster was recreated, update its kubeconfig entry with minikube update-context or kind export kubeconfig. If the cluster uses a private certificate authority:\nkubectl config set-cluster ${cluster} --certificate-authority=FILE`

/** Connection failures by Node's error codes; the first matching row is used. */
const ROWS: readonly Row[] = [
  { codes: /^ECONNREFUSED$/, why: () => 'connection refused', fix: START },
  { codes: /^(ENOTFOUND|EAI_AGAIN)$/, why: () => 'unknown host name', fix: NETWORK },
  {
    codes: RegExp(`^${CONNECT_TIMEOUT}$`),
    why: ({ limits }) => `no connection within ${seconds(limits.connectMs, limits.totalMs)}`,
    fix: NETWORK,
  },
  {
    codes: RegExp(`^${ANSWER_TIMEOUT}$`),
    why: ({ limits }) => `no complete answer within ${seconds(limits.answerMs, limits.totalMs)}`,
    fix: NETWORK,
  },
  {
    codes: /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN)$/,
    why: () => 'no route to the host',
    fix: NETWORK,
  },
  {
    codes: /^(ECONNRESET|EPIPE|ECONNABORTED|HPE_INVALID_EOF_STATE)$/,
    why: () => 'connection closed',
    fix: NETWORK,
  },
  {
    codes: /^CERT_HAS_EXPIRED$/,
    why: ({ now }) => `the server's certificate has expired (this machine's clock says ${formatUtc(now)})`,
    fix: () => "Check this machine's clock, or renew the certificate (minikube start, or kubeadm certs renew all).",
  },
  {
    codes: /^CERT_NOT_YET_VALID$/,
    why: ({ now }) => `the server's certificate is not valid yet (this machine's clock says ${formatUtc(now)})`,
    fix: () => "Correct this machine's clock.",
  },
  {
    codes: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    why: place =>
      `the server's certificate is not valid for ${place.target.clusterEntry['tls-server-name'] ?? host(place)}`,
    fix: ({ target: { cluster } }) =>
      sh`Set a name that is in the certificate:\nkubectl config set-cluster ${cluster} --tls-server-name=NAME`,
  },
  {
    codes: /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|CERT_(SIGNATURE_FAILURE|UNTRUSTED|REJECTED)|INVALID_CA/,
    why: ({ target }) =>
      target.clusterEntry['certificate-authority-data']
        ? "the server's certificate is not signed by the certificate authority in the kubeconfig"
        : "the server's certificate is signed by an unknown authority, and the kubeconfig has no certificate authority",
    fix: RENEW,
  },
  {
    codes: /^(EPROTO$|ERR_SSL)/,
    says: /protocol version|unsupported protocol/i,
    why: () => 'the server supports only TLS 1.0 or 1.1, but 1.2 is required',
    fix: () => 'Enable TLS 1.2 or newer on the server, or on the proxy in front of it.',
  },
  {
    codes: /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNEXPECTED_MESSAGE|RECORD_LAYER_FAILURE|^EPROTO$/,
    why: () => 'the server does not support TLS',
    fix: ({ target: { cluster, server, userEntry } }) =>
      // A login would cross the network in clear.
      Object.keys(userEntry).length > 0
        ? "Check the server's host and port in the kubeconfig, HTTPS_PROXY and NO_PROXY."
        : sh`If the server uses plain HTTP:\nkubectl config set-cluster ${cluster} --server=${server.replace('https:', 'http:')}`,
  },
  {
    codes: /ALERT/,
    why: (_, { code }) => `the server rejected the TLS handshake (${oneLine(String(code))})`,
    fix: () =>
      'Check the client certificate in the kubeconfig, or renew it with the tool that created your cluster, such as kubeadm.',
  },
  {
    codes: /^ERR_OSSL/,
    why: ({ target: { user } }) =>
      `the client certificate or key of user "${oneLine(user)}" in the kubeconfig is invalid`,
    fix: () => "Recreate the kubeconfig entry with your cluster's tool (for minikube: minikube update-context).",
  },
  {
    codes: /^ERR_INVALID_CHAR$/,
    why: ({ target: { user } }) => `the token of user "${oneLine(user)}" contains invalid characters`,
    fix: () => 'Log in again, or correct the token in the kubeconfig.',
  },
  {
    codes: RegExp(`^${ANSWER_TOO_LARGE}$`),
    why: ({ limits }) => `the response is larger than ${limits.maxBytes / 1024 / 1024} MB`,
    fix: () => 'Check that the server in the kubeconfig is a Kubernetes API server.',
  },
  {
    codes: /^HPE_/,
    why: () => 'the server does not answer with HTTP',
    fix: () => 'Check the server in the kubeconfig.',
  },
]

/** Errors that trying again may heal. */
const PASSING = /^(E[A-Z]+|EG_(CONNECT|ANSWER)_TIMEOUT|HPE_INVALID_EOF_STATE)$/

/** Whether an error of `exchange` may be gone the next time: refused, reset, timed out, name not found; not TLS. */
export const isPassing = (error: unknown): boolean => {
  const { code } = error as NodeJS.ErrnoException
  return code !== undefined && code !== 'EPROTO' && PASSING.test(code)
}

/** The two lines a person gets for an error of `exchange` (exit 3); undefined for an error of another make. */
export function unreachable(error: unknown, place: Place): UserError | undefined {
  const { code } = error as NodeJS.ErrnoException
  const row = ROWS.find(({ codes, says }) => codes.test(code ?? '') && (says?.test((error as Error).message) ?? true))
  const why = row?.why(place, error as Error) ?? (code && oneLine(code))
  const where = `${oneLine(place.target.server)} (context "${oneLine(place.target.context)}")`
  if (place.proxy && (!code || isPassing(error)))
    return preconditionError(
      `Can't connect to the API server ${where} through the proxy ${place.proxy}: ${why ?? proxySays(error as Error)}.`,
      "Check the proxy: HTTPS_PROXY, NO_PROXY and the cluster's proxy-url in the kubeconfig.",
      error,
    )
  return why
    ? preconditionError(`Can't connect to the API server ${where}: ${why}.`, (row?.fix ?? NETWORK)(place), error)
    : undefined
}

/** The errors of the library's agents for proxies have no code. */
function proxySays({ message }: Error): string {
  const status = /^Bad response: (\d+)$/.exec(message)?.[1]
  if (status === '407') return 'the proxy requires a user name and password (407)'
  return status ? `the proxy answered ${status}` : 'the proxy did not connect'
}

import { X509Certificate } from 'node:crypto'
import { EXIT, type Trouble, UserError } from '../errors.ts'
import { ref } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { oneLine } from '../text/sanitize.ts'
import { sh } from '../text/shell-words.ts'

const TYPE = 'kubernetes.io/tls'
const DAY_MS = 86_400_000
/** A certificate that expires sooner is warned of. */
const SOON_MS = 30 * DAY_MS

/** A TLS Secret that is asked for, and the host name that clients will use. `now` in ms since the epoch. */
export type AskedSecret = { name: string; namespace: string; host: string; now: number }

/** Reads the Secret. null: it doesn't exist. undefined: no permission to read it. */
export const readSecret = (kube: Kube, { name, namespace }: AskedSecret): Promise<KubeObject | null | undefined> =>
  unlessForbidden(kube.read(ref('Secret', name, namespace)).then(found => found ?? null))

type Seen = AskedSecret & { secret: KubeObject; certificate: X509Certificate | undefined }

/** Why the Secret can't serve the host, a row each. Nothing but dates and host names of the certificate is told. */
const PROBLEMS: readonly ((seen: Seen) => string | undefined)[] = [
  ({ secret, name }) =>
    secret['type'] === TYPE
      ? undefined
      : `Secret ${name} has type ${oneLine(String(secret['type'] ?? 'Opaque'), 60)}, not ${TYPE}`,

  ({ certificate, name }) => (certificate === undefined ? `Secret ${name} holds no readable certificate` : undefined),

  ({ certificate, name, now }) =>
    Date.parse(certificate?.validTo ?? '') < now
      ? `The certificate in Secret ${name} expired on ${dateOf(certificate?.validTo)}`
      : undefined,

  ({ certificate, name, now }) =>
    Date.parse(certificate?.validFrom ?? '') > now
      ? `The certificate in Secret ${name} is not valid before ${dateOf(certificate?.validFrom)}`
      : undefined,

  ({ certificate, name, host }) =>
    certificate?.checkHost(host) === undefined
      ? `The certificate in Secret ${name} is for ${hostsOf(certificate)}, not for ${host}`
      : undefined,
]

/** What is wrong with the Secret, as an error with exit code 3; undefined where nothing is, or it may not be read. */
export function secretTrouble(secret: KubeObject | null | undefined, asked: AskedSecret): UserError | undefined {
  if (secret === undefined) return undefined
  const { name, namespace } = asked
  const create = sh`kubectl create secret tls ${name} -n ${namespace} --cert=FILE --key=FILE`
  if (secret === null)
    return new UserError(`Secret ${name} doesn't exist in namespace ${namespace}.`, {
      fix: `Create it:\n${create}`,
      code: EXIT.precondition,
    })
  const certificate = certificateIn(secret)
  const problem = PROBLEMS.map(row => row({ ...asked, secret, certificate })).find(found => found !== undefined)
  if (problem === undefined) return undefined
  return new UserError(`${problem}.`, {
    fix: 'Choose another Secret with --tls-secret NAME, or replace the certificate in this one.',
    code: EXIT.precondition,
  })
}

/** That the certificate in the Secret expires within 30 days. */
export function expiryTrouble(secret: KubeObject | null | undefined, { name, now }: AskedSecret): Trouble | undefined {
  const end = secret ? certificateIn(secret)?.validTo : undefined
  const left = Date.parse(end ?? '') - now
  return left > 0 && left < SOON_MS
    ? { message: `The certificate in Secret ${name} expires on ${dateOf(end)}.`, fix: 'Renew the certificate.' }
    : undefined
}

function certificateIn({ data }: KubeObject): X509Certificate | undefined {
  try {
    return new X509Certificate(Buffer.from(String(data?.['tls.crt'] ?? ''), 'base64'))
  } catch {
    return undefined
  }
}

const dateOf = (date = ''): string => new Date(date).toISOString().slice(0, 10)

const hostsOf = (certificate: X509Certificate | undefined): string =>
  oneLine(certificate?.subjectAltName?.replaceAll('DNS:', '') ?? 'no host name', 200)

import { X509Certificate } from 'node:crypto'
import { readNamedFile, type Unreadable } from '../../process/read-file.ts'
import { oneLine } from '../../text/sanitize.ts'
import { preconditionError } from '../precondition-error.ts'
import { type Entry, text } from './kubeconfig-file.ts'

type Entries = { readonly clusterEntry: Entry; readonly userEntry: Entry }

/**
 * The entries with the files of certificates and keys read into their `…-data`, which beats a file as kubectl has it.
 * Throws UserError (exit 3) for a file that cannot be read.
 */
export const withCertificates = async ({ clusterEntry, userEntry }: Entries): Promise<Entries> => ({
  clusterEntry: await inline(clusterEntry, ['certificate-authority']),
  userEntry: await inline(userEntry, ['client-certificate', 'client-key']),
})

async function inline(entry: Entry, names: readonly string[]): Promise<Entry> {
  const inlined: Record<string, unknown> = { ...entry }
  for (const name of names) {
    const file = text(entry[name])
    delete inlined[name]
    if (file && !entry[`${name}-data`]) inlined[`${name}-data`] = await contentOf(file, name)
  }
  return inlined
}

async function contentOf(file: string, name: string): Promise<string> {
  try {
    return (await readNamedFile(file)).toString('base64')
  } catch (error) {
    throw preconditionError(
      `The ${name} ${oneLine(file)} in the kubeconfig can't be read: ${(error as Unreadable).message}.`,
      "Restore the file, or recreate the kubeconfig entry with your cluster's tool (for minikube: minikube update-context).",
      error,
    )
  }
}

/** Throws UserError (exit 3) for a client certificate of the kubeconfig that is unfit at `now` (ms since the epoch). */
export function requireClientCertificate({ userEntry, user }: { userEntry: Entry; user: string }, now: number): void {
  const data = text(userEntry['client-certificate-data'])
  if (!data) return
  const who = `The client certificate of user "${oneLine(user)}"`
  const renew = 'Renew the certificate with the tool that created your cluster (for minikube: minikube start).'
  const certificate = parsed(Buffer.from(data, 'base64'))
  if (!certificate) throw preconditionError(`${who} in the kubeconfig is not a certificate.`, renew)
  const { validFrom, validTo } = certificate
  if (Date.parse(validTo) < now) throw preconditionError(`${who} expired on ${formatUtc(validTo)}.`, renew)
  if (Date.parse(validFrom) > now)
    throw preconditionError(
      `${who} is not valid before ${formatUtc(validFrom)}. This machine's clock says ${new Date(now).toISOString()}.`,
      "Correct this machine's clock.",
    )
}

/** "2026-11-22 11:36 UTC" */
export const formatUtc = (date: string | number): string =>
  `${new Date(date).toISOString().slice(0, 16).replace('T', ' ')} UTC`

function parsed(pem: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

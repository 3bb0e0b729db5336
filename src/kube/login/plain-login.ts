import type { RequestOptions } from 'node:https'
import { type Entry, text } from './kubeconfig-file.ts'

/**
 * The options of a request for a user with a certificate, a token, a password or nothing, as client-node's
 * `applyToHTTPSOptions` gives them; loading that would take longer than the request.
 */
export function plainOptions(cluster: Entry, user: Entry): RequestOptions {
  const data = (entry: Entry, name: string) => Buffer.from(text(entry[`${name}-data`]), 'base64')
  const ca = data(cluster, 'certificate-authority')
  const cert = data(user, 'client-certificate')
  const key = data(user, 'client-key')
  return {
    ...(ca.length > 0 && { ca }),
    ...(cert.length > 0 && { cert }),
    ...(key.length > 0 && { key }),
    ...(cluster['tls-server-name'] ? { servername: text(cluster['tls-server-name']) } : {}),
    ...(cluster['insecure-skip-tls-verify'] ? { rejectUnauthorized: false } : {}),
    ...(user['username'] ? { auth: `${text(user['username'])}:${text(user['password'])}` } : {}),
    headers: user['token'] ? { Authorization: `Bearer ${text(user['token'])}` } : {},
  }
}

import { type Exposure, exposureRow } from '../cluster/exposures.ts'
import { expiryTrouble, readSecret, secretTrouble } from '../cluster/tls-secret.ts'
import type { Kube } from '../kube/request/client.ts'
import type { Settings } from '../settings/setting-rows.ts'
import type { Problem } from './status.ts'

type Route = { settings: Settings; exposure: Exposure; namespace: string; now: number }

/**
 * What is wrong with the certificate of the Ingress or Gateway, and that it expires soon. Neither without TLS, or without
 * the permission to read the Secret.
 */
export async function checkCertificate(
  kube: Kube,
  { settings, exposure, namespace, now }: Route,
): Promise<{ problem?: Problem; warning?: string }> {
  const { host, 'tls.secretName': name } = settings
  if (name === '' || exposureRow(exposure).source === 'Service') return {}
  const asked = { name, namespace, host, now }
  const secret = await readSecret(kube, asked)
  const [wrong, expiry] = [secretTrouble(secret, asked), expiryTrouble(secret, asked)]
  return {
    ...(wrong && { problem: { about: 'address', reason: wrong.message.replace(/\.$/, ''), fix: wrong.fix } as const }),
    ...(expiry && { warning: `${expiry.message} ${expiry.fix}` }),
  }
}

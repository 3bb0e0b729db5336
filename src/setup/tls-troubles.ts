import type { Exposure } from '../cluster/exposures.ts'
import { expiryTrouble, readSecret, secretTrouble } from '../cluster/tls-secret.ts'
import { EXIT, type Trouble, UserError } from '../errors.ts'
import type { Kube } from '../kube/request/client.ts'
import { type Given, RECORDED } from '../settings/given.ts'
import type { Settings } from '../settings/setting-rows.ts'

type Asked = { given: Given; settings: Settings; exposure: Exposure; namespace: string; now: number }

/** What is wrong with the TLS Secret, by the check that says so. */
export async function findTlsTroubles(
  kube: Kube,
  { given, settings, exposure, namespace, now }: Asked,
): Promise<Readonly<Record<string, Trouble>>> {
  const { host, 'tls.secretName': name } = settings
  if (name === '') return {}
  if (exposure !== 'ingress' && exposure !== 'gateway-api') {
    // Of an earlier exposure.
    if (given['tls.secretName']?.from === RECORDED) return {}
    const message = `--tls-secret works with ingress and gateway-api only, but the exposure is ${exposure}.`
    const fix = 'Use --expose ingress or --expose gateway-api.'
    return { tls: new UserError(message, { fix, code: EXIT.usage }) }
  }
  const asked = { name, namespace, host, now }
  const secret = await readSecret(kube, asked)
  const [trouble, expiry] = [secretTrouble(secret, asked), expiryTrouble(secret, asked)]
  return { ...(trouble && { tls: trouble }), ...(expiry && { 'tls-expiry': expiry }) }
}

import type { Flavour } from '../cluster/detect-flavour.ts'
import type { Exposure } from '../cluster/exposures.ts'
import { findPublicAddress } from '../endpoints/find-public-address.ts'
import { findSource, type Source } from '../endpoints/gateway-source.ts'
import { ref } from '../kube/kinds.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import type { InstallRecord } from '../record/record.ts'
import { gatewayParts } from '../settings/networks.ts'
import type { Settings } from '../settings/setting-rows.ts'
import { isAccessChosen } from './access-answers.ts'

/** Whether a controller chooses the address of the gateway. */
export const hasGivenAddress = (exposure: Exposure): boolean =>
  ['load-balancer', 'ingress', 'gateway-api'].includes(exposure)

/** The flavour, made public if the gateway, or the Gateway that it attaches to, has a public address. */
export async function withCurrentAddress(
  kube: Kube,
  flavour: Flavour,
  exposure: Exposure,
  { settings, record }: { settings: Settings; record: InstallRecord },
): Promise<Flavour> {
  if (flavour.publicBecause !== undefined || isAccessChosen(settings) || !hasGivenAddress(exposure)) return flavour
  const source = await currentSource(kube, exposure, { settings, record })
  const found = source && (await findPublicAddress(source))
  return found === undefined ? flavour : { ...flavour, publicBecause: found.because }
}

async function currentSource(
  kube: Kube,
  exposure: Exposure,
  { settings, record }: { settings: Settings; record: InstallRecord },
): Promise<Source | undefined> {
  const { namespace = record.namespace, name } = gatewayParts(settings['gatewayApi.gateway'])
  if (exposure === 'gateway-api' && name !== undefined)
    return unlessForbidden(kube.read(ref('Gateway', name, namespace)))
  return record.objects.length === 0 ? undefined : findSource(kube, exposure, record.namespace)
}

import { type Exposure, exposureRow } from '../cluster/exposures.ts'
import type { Flavour } from '../cluster/flavours.ts'
import { findPublicAddress } from '../endpoints/find-public-address.ts'
import { ref } from '../kube/kinds.ts'
import type { Kube } from '../kube/request/client.ts'
import { GATEWAY } from '../names.ts'
import type { InstallRecord } from '../record/record.ts'
import type { Settings } from '../settings/rows.ts'
import { isAccessChosen } from './who-can-access.ts'

/** Whether a controller chooses the address of the gateway. */
export const hasGivenAddress = (exposure: Exposure): boolean => exposure === 'load-balancer' || exposure === 'ingress'

/** The flavour; public if the current address of the gateway is. */
export async function withCurrentAddress(
  kube: Kube,
  flavour: Flavour,
  exposure: Exposure,
  { settings, record }: { settings: Settings; record: InstallRecord },
): Promise<Flavour> {
  const isKnown = flavour.publicBecause !== undefined || isAccessChosen(settings) || record.objects.length === 0
  if (isKnown || !hasGivenAddress(exposure)) return flavour
  const source = await kube.read(ref(exposureRow(exposure).source, GATEWAY, record.namespace))
  const found = source && (await findPublicAddress(source))
  return found === undefined ? flavour : { ...flavour, publicBecause: found.because }
}

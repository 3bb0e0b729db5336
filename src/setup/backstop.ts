import { commandLine } from '../cli/command-line.ts'
import { type Exposure, exposureRow } from '../cluster/exposures.ts'
import type { Flavour } from '../cluster/flavours.ts'
import { findPublicAddress, findUnwantedAddress, type PublicAddress } from '../endpoints/find-public-address.ts'
import { closeConfig } from '../engines/close-config.ts'
import type { Install } from '../engines/install.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { ref } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { GATEWAY } from '../names.ts'
import type { InstallRecord } from '../record/record.ts'
import type { Settings } from '../settings/rows.ts'
import type { Reporter } from '../ui/reporter.ts'
import type { ClusterFlags } from './open-cluster.ts'
import { flagsFor, isReachSaid, NO_LOGIN } from './who-may-reach.ts'

/*
 * A cluster that was proved private may still give the gateway a public address: a load balancer or an ingress controller
 * chooses it, and nobody knows it beforehand. So setup looks at each address as it comes, and takes the config port off
 * again unless the person has said who can access the gateway.
 */

/** The gateway has a public address that the person has not agreed to. */
export class BecamePublic extends Error {
  readonly because: string

  constructor({ because }: PublicAddress) {
    super(because)
    this.name = 'BecamePublic'
    this.because = because
  }
}

/** Whether a controller gives the gateway its address. */
const isGivenAddress = (exposure: Exposure): boolean => exposure === 'load-balancer' || exposure === 'ingress'

/** What throws BecamePublic once the Service or Ingress has such an address; undefined where none is to be expected. */
export const makeGuard = ({
  settings,
  exposure,
}: {
  settings: Settings
  exposure: Exposure
}): ((source: KubeObject) => Promise<void>) | undefined => {
  if (!isGivenAddress(exposure) || settings.allowFrom.length > 0 || settings.privateConfig) return undefined
  return async source => {
    const found = await findUnwantedAddress(source, settings)
    if (found !== undefined) throw new BecamePublic(found)
  }
}

type Closing = Pick<Install, 'choices' | 'helm' | 'force' | 'deadline'> & { flavour: Flavour; flags: ClusterFlags }

/** Closes the config API of a gateway that became public. Gives the error that says so, and what to do next. */
export async function closeAgain(
  kube: Kube,
  { because }: BecamePublic,
  { flavour, flags, ...install }: Closing,
  [reporter, io]: [Reporter, Io],
): Promise<UserError> {
  reporter.step('Closing the config API: the gateway has a public address')
  await closeConfig(kube, install, reporter, io)
  reporter.pause()
  const { settings, exposure } = install.choices
  const { kubeconfig, context, namespace } = flags
  const unsaid = settings.internal
    ? 'although --internal was given'
    : "and you haven't chosen who can access the gateway"
  const place = { exposure, flavour: { ...flavour, publicBecause: because } }
  const keep = commandLine('setup', { kubeconfig, context, namespace, 'private-config': true })
  return new UserError(
    `${because.charAt(0).toUpperCase()}${because.slice(1)}, ${unsaid}. ${NO_LOGIN}, so eg-setup closed it: only the events API is exposed.`,
    { fix: `Keep it closed:\n  ${keep}\nOr choose another answer: ${flagsFor(place)}.` },
  )
}

/** The flavour, public also where an address that the gateway already has shows it. */
export async function withOwnAddress(
  kube: Kube,
  flavour: Flavour,
  exposure: Exposure,
  { settings, record }: { settings: Settings; record: InstallRecord },
): Promise<Flavour> {
  const isKnown = flavour.publicBecause !== undefined || isReachSaid(settings) || record.objects.length === 0
  if (isKnown || !isGivenAddress(exposure)) return flavour
  const source = await kube.read(ref(exposureRow(exposure).source, GATEWAY, record.namespace))
  const found = source && (await findPublicAddress(source))
  return found === undefined ? flavour : { ...flavour, publicBecause: found.because }
}

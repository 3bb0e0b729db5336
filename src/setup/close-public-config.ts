import { commandLine } from '../cli/command-line.ts'
import type { Exposure } from '../cluster/exposures.ts'
import { findUnwantedAddress, type PublicAddress } from '../endpoints/find-public-address.ts'
import type { Source } from '../endpoints/gateway-source.ts'
import { closeConfig } from '../engines/close-config.ts'
import { UserError } from '../errors.ts'
import type { Kube } from '../kube/request/client.ts'
import type { Settings } from '../settings/setting-rows.ts'
import { flagLines, NO_LOGIN } from './access-answers.ts'
import { hasGivenAddress } from './current-address.ts'
import type { Proposal } from './propose.ts'
import type { SetupRun } from './run.ts'
import { placeOf } from './site.ts'

/*
 * A cluster that was proved private may still give the gateway a public address: a load balancer or an ingress controller
 * chooses the address later. So setup checks each address as it appears, and removes the config port unless the person
 * chose who can access the gateway.
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

/** What throws BecamePublic once the Service, Ingress or Gateway has such an address; undefined where none is to be expected. */
export const makeGuard = ({
  settings,
  exposure,
}: {
  settings: Settings
  exposure: Exposure
}): ((source: Source) => Promise<void>) | undefined => {
  if (!hasGivenAddress(exposure) || settings.allowFrom.length > 0 || settings.privateConfig) return undefined
  return async source => {
    const found = await findUnwantedAddress(source, settings)
    if (found !== undefined) throw new BecamePublic(found)
  }
}

/** Closes the config API of a gateway that became public. Gives the error that says so, and what to do next. */
export async function closeAgain(
  kube: Kube,
  { because }: BecamePublic,
  { choices, helm, force, request, site }: Pick<Proposal, 'choices' | 'helm' | 'force' | 'request' | 'site'>,
  { deadline, reporter, io }: SetupRun,
): Promise<UserError> {
  reporter.step('Closing the config API: the gateway has a public address')
  await closeConfig(kube, { choices, ...(helm && { helm }), force, deadline }, reporter, io)
  reporter.pause()
  const { settings, exposure } = choices
  const unsaid = settings.internal
    ? 'although --internal was given'
    : "and you haven't chosen who can access the gateway"
  const place = { exposure, flavour: { ...site.flavour, publicBecause: because } }
  const keep = commandLine('setup', { ...placeOf(site, request.flags), 'private-config': true })
  return new UserError(
    `${because.charAt(0).toUpperCase()}${because.slice(1)}, ${unsaid}. ${NO_LOGIN}, so eg-setup closed it: only the events API is exposed.`,
    {
      fix: `Keep the config API closed:\n  ${keep}\nOr choose who can access the gateway, with one of these flags:\n${flagLines(place)}`,
    },
  )
}

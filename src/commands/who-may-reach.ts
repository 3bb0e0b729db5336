import type { Flavour } from '../cluster/flavours.ts'
import type { Exposure } from '../endpoints/exposures.ts'
import { EXIT, UserError } from '../errors.ts'
import { ANY } from '../settings/reach.ts'
import type { Settings } from '../settings/rows.ts'

const refused = (message: string, fix: string) => new UserError(message, { fix, code: EXIT.usage })

/** Answers that would protect nothing where they are given; each row gives what is wrong with it. */
const EMPTY_PROMISES: readonly ((settings: Settings, exposure: Exposure, flavour: Flavour) => string | undefined)[] = [
  ({ allowFrom }, exposure) =>
    isLimited(allowFrom) && exposure !== 'load-balancer'
      ? `--allow-from with networks limits a load balancer, not ${exposure}`
      : undefined,
  ({ allowFrom }, _exposure, { sourceRanges, label }) =>
    isLimited(allowFrom) && sourceRanges === 'no'
      ? `The load balancers of ${label} let everybody in, whatever --allow-from says`
      : undefined,
  ({ internal }, exposure) =>
    internal && exposure !== 'load-balancer' ? `--internal makes a load balancer internal, not ${exposure}` : undefined,
  ({ internal }, _exposure, flavour) =>
    internal && flavour.internal === undefined
      ? `Nothing is known that makes a load balancer of ${flavour.label} internal`
      : undefined,
]

const isLimited = (allowFrom: readonly string[]): boolean => allowFrom.length > 0 && allowFrom[0] !== ANY

const WAYS =
  '--allow-from CIDR,... for these networks, --internal for the private network, --private-config to keep the config API inside, or --allow-from any'

/** Whether somebody has to say it, and nobody has. */
export const isReachOpen = (settings: Settings, exposure: Exposure, flavour: Flavour): boolean =>
  flavour.publicBecause !== undefined && exposure !== 'cluster-ip' && !isReachSaid(settings)

export const isReachSaid = ({ allowFrom, internal, privateConfig }: Settings): boolean =>
  allowFrom.length > 0 || internal || privateConfig

/**
 * Makes sure that somebody has said who may reach a gateway whose addresses are the internet's: its config API asks for no
 * login and shows stored keys. Throws UserError (exit 2) where the answer is missing or would protect nothing.
 */
export function requireReach(settings: Settings, exposure: Exposure, flavour: Flavour): void {
  for (const problem of EMPTY_PROMISES) {
    const message = problem(settings, exposure, flavour)
    if (message !== undefined) throw refused(`${message}.`, `Choose another: ${WAYS}.`)
  }
  if (isReachOpen(settings, exposure, flavour))
    throw refused(
      'Who may reach the gateway? Its addresses here are public, and its config API shows stored keys without a login.',
      `Say it: ${WAYS}.`,
    )
}

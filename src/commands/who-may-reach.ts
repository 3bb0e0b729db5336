import type { Flavour } from '../cluster/flavours.ts'
import type { Exposure } from '../endpoints/exposures.ts'
import { EXIT, UserError } from '../errors.ts'
import { ANY, networks } from '../settings/reach.ts'
import type { Settings } from '../settings/rows.ts'
import type { Ask } from '../ui/ask.ts'

/** Flags of setup that answer who may reach the gateway. */
export type ReachAnswer = { 'allow-from'?: readonly string[]; internal?: true; 'private-config'?: true }

const refused = (message: string, fix: string) => new UserError(message, { fix, code: EXIT.usage })

/** Answers that would protect nothing where they are given; each row gives what is wrong with it. */
const EMPTY_PROMISES: readonly ((settings: Settings, exposure: Exposure, flavour: Flavour) => string | undefined)[] = [
  ({ allowFrom }, exposure) =>
    isLimited(allowFrom) && exposure !== 'load-balancer'
      ? `--allow-from with networks limits a load balancer, not ${exposure}`
      : undefined,
  ({ allowFrom }, _exposure, { sourceRanges, label }) =>
    isLimited(allowFrom) && !sourceRanges
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

/**
 * Makes sure that somebody has said who may reach a gateway whose addresses are the internet's: its config API asks for no
 * login and shows stored keys. Gives the answer where it had to be asked for. Throws UserError (exit 2) where it is missing
 * and nobody can be asked, or would protect nothing.
 */
export async function requireReach(
  settings: Settings,
  exposure: Exposure,
  flavour: Flavour,
  ask: Ask | undefined,
): Promise<ReachAnswer> {
  for (const problem of EMPTY_PROMISES) {
    const message = problem(settings, exposure, flavour)
    if (message !== undefined) throw refused(`${message}.`, `Choose another: ${WAYS}.`)
  }
  const { allowFrom, internal, privateConfig } = settings
  const isSaid = allowFrom.length > 0 || internal || privateConfig || exposure === 'cluster-ip'
  if (!flavour.cloud || isSaid) return {}
  if (ask === undefined)
    throw refused(
      'Who may reach the gateway? Its addresses here are public, and its config API shows stored keys without a login.',
      `Say it: ${WAYS}.`,
    )
  return askForReach(exposure, flavour, ask)
}

async function askForReach(exposure: Exposure, flavour: Flavour, ask: Ask): Promise<ReachAnswer> {
  const isBalancer = exposure === 'load-balancer'
  const ways = [
    {
      value: 'private-config',
      label: 'Everybody the events API, nobody the config API',
      hint: 'eg-setup forward reaches it',
    },
    ...(isBalancer && flavour.sourceRanges ? [{ value: 'networks', label: 'Only networks that I name' }] : []),
    ...(isBalancer && flavour.internal ? [{ value: 'internal', label: "Only the provider's private network" }] : []),
    { value: 'any', label: 'Everybody', hint: 'stored keys can be read by anyone' },
  ]
  const way = await ask.select(
    'Who may reach it? The config API shows stored keys without a login.',
    ways,
    'private-config',
  )
  if (way === 'internal') return { internal: true }
  if (way === 'private-config') return { 'private-config': true }
  if (way === 'any') return { 'allow-from': [ANY] }
  const problem = (value: string) => {
    const read = networks.read(value)
    return 'problem' in read ? `It ${read.problem}` : undefined
  }
  return { 'allow-from': (await ask.text('Networks, separated by commas', '', problem)).split(',') }
}

import type { Flavour } from '../cluster/detect-flavour.ts'
import type { Exposure } from '../cluster/exposures.ts'
import { EXIT, type Trouble, UserError } from '../errors.ts'
import { ANY, isLimited } from '../settings/networks.ts'
import type { Settings } from '../settings/setting-rows.ts'

/** What the answers to "Who can access the gateway?" depend on. */
export type Place = {
  exposure: Exposure
  flavour: Pick<Flavour, 'publicBecause' | 'label' | 'sourceRanges' | 'internal'>
}

type Answer = {
  id: 'private-config' | 'networks' | 'internal' | 'any'
  flag: string
  /** What the flag says, in brackets behind it. */
  says: string
  /** As the wizard offers it. */
  label: string
  hint?: string
  isGiven: (settings: Settings) => boolean
  /** Why the answer restricts nothing here, as a sentence without its period; undefined where it works. */
  refusal: (place: Place) => string | undefined
}

/** The answers to "Who can access the gateway?", a row each, the safest first. */
const ANSWERS: readonly Answer[] = [
  {
    id: 'private-config',
    flag: '--private-config',
    says: 'public events API, private config API',
    label: 'Public events API, private config API',
    hint: 'use the config API through eg-setup forward',
    isGiven: ({ privateConfig }) => privateConfig,
    refusal: () => undefined,
  },
  {
    id: 'networks',
    flag: '--allow-from CIDR,...',
    says: 'specific networks',
    label: 'Specific networks (CIDRs)',
    isGiven: ({ allowFrom }) => isLimited(allowFrom),
    refusal: ({ exposure, flavour: { sourceRanges, label } }) => {
      if (exposure !== 'load-balancer')
        return `--allow-from CIDR,... works with a load balancer only, but the exposure is ${exposure}`
      return sourceRanges === 'no'
        ? `Load balancers of this cluster (${label}) ignore --allow-from and accept every client`
        : undefined
    },
  },
  {
    id: 'internal',
    flag: '--internal',
    says: "the provider's private network only",
    label: "The provider's private network only",
    isGiven: ({ internal }) => internal,
    refusal: ({ exposure, flavour: { internal, label } }) => {
      if (exposure !== 'load-balancer')
        return `--internal works with a load balancer only, but the exposure is ${exposure}`
      return internal ? undefined : `eg-setup doesn't support internal load balancers on this cluster (${label})`
    },
  },
  {
    id: 'any',
    flag: '--allow-from any',
    says: 'anyone',
    label: 'Anyone',
    hint: 'anyone can read the stored credentials',
    isGiven: ({ allowFrom }) => allowFrom[0] === ANY,
    refusal: () => undefined,
  },
]

export const NO_LOGIN = 'The config API has no authentication and returns stored credentials'

/** The answers that work in this place. */
export const answersFor = (place: Place): Answer[] => ANSWERS.filter(({ refusal }) => refusal(place) === undefined)

/** Why an answer that was given restricts nothing in this place, as a sentence without its period. */
export const refusalOf = (settings: Settings, place: Place): string | undefined =>
  ANSWERS.filter(({ isGiven }) => isGiven(settings))
    .map(({ refusal }) => refusal(place))
    .find(refusal => refusal !== undefined)

export const isAccessChosen = (settings: Settings): boolean => ANSWERS.some(({ isGiven }) => isGiven(settings))

/** Whether the question has to be answered, and has not been. */
export const isAccessOpen = (settings: Settings, { exposure, flavour }: Place): boolean =>
  flavour.publicBecause !== undefined && exposure !== 'cluster-ip' && !isAccessChosen(settings)

/** The flags that answer the question in this place, a line each. */
export const flagLines = (place: Place): string =>
  answersFor(place)
    .map(({ flag, says }) => `${flag}: ${says}`)
    .join('\n')

/**
 * Makes sure that the person has said who can access a gateway that the internet may reach. Throws UserError (exit 2) where
 * the answer is missing or restricts nothing; it names only answers that work in this place.
 */
export function requireAccess(settings: Settings, place: Place): void {
  const refused = (message: string) =>
    new UserError(message, { fix: `Add one of these flags:\n${flagLines(place)}`, code: EXIT.usage })
  const refusal = refusalOf(settings, place)
  if (refusal !== undefined) throw refused(`${refusal}.`)
  if (isAccessOpen(settings, place))
    throw refused(
      `Choose who can access the gateway. Its addresses are treated as public: ${place.flavour.publicBecause}. ${NO_LOGIN}.`,
    )
}

/** Warns where networks are given and the provider may ignore them. */
export const mayIgnoreNetworks = ({ allowFrom }: Settings, { exposure, flavour }: Place): Trouble | undefined =>
  isLimited(allowFrom) && exposure === 'load-balancer' && flavour.sourceRanges === 'unknown'
    ? {
        message: `Load balancers of this cluster (${flavour.label}) may ignore --allow-from and accept every client.`,
        fix: 'Test the addresses from another network, or keep the config API unexposed: --private-config',
      }
    : undefined

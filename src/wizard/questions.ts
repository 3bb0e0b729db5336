import { EXPOSURES, type Exposure } from '../cluster/exposures.ts'
import { Cancelled } from '../errors.ts'
import type { Io } from '../io.ts'
import { isInstalled } from '../record/record.ts'
import { namespaceName } from '../settings/names.ts'
import { ANY, networks } from '../settings/reach.ts'
import { integer, type Type } from '../settings/types.ts'
import { withOwnAddress } from '../setup/backstop.ts'
import { exposureOf } from '../setup/decide.ts'
import { requireNothingFatal } from '../setup/look-ahead.ts'
import { type Draft, isRemoval } from '../setup/looks.ts'
import { showPlan } from '../setup/setup-texts.ts'
import { answersFor, isReachOpen, isReachSaid, NO_LOGIN, refusalOf } from '../setup/who-may-reach.ts'
import { oneLine } from '../text/sanitize.ts'
import type { Reporter } from '../ui/reporter.ts'
import type { Question } from './ask-all.ts'
import { CONTEXT, looksLikeProduction } from './contexts.ts'
import { engine } from './engine.ts'
import { ETCD, ETCD_ENDPOINTS } from './etcd.ts'
import { ingressController } from './ingress.ts'
import { LEFTOVERS, NEXT } from './installed.ts'
import { startCluster } from './no-cluster.ts'

const check = (type: Type<unknown>) => (value: string) => {
  const read = type.read(value)
  return 'problem' in read ? `It ${read.problem}.${read.fix ? ` ${read.fix}` : ''}` : undefined
}

const NAMESPACE: Question = {
  flags: ['namespace'],
  prompt: async (draft, looks) => {
    const [installed] = await looks.installed(draft)
    const help = installed ? `Already installed in namespace ${installed}` : "Created if it doesn't exist"
    const initial = installed ?? (await looks.namespace(draft))
    return { kind: 'text', message: 'Namespace', help, initial, check: check(namespaceName) }
  },
  take: namespace => ({ namespace }),
}

const isAsked = ({ next }: Draft) => next === undefined || next === 'change'

const EXPOSE: Question = {
  flags: ['expose'],
  prompt: async (draft, looks) => {
    const settings = await looks.settings(draft)
    if (!isAsked(draft) || (settings.expose !== 'auto' && draft.next !== 'change')) return undefined
    const { flavour } = await looks.site(draft)
    const choices = EXPOSURES.map(({ id, label, hint }) => {
      const recommended = id === flavour.exposure ? ' (recommended)' : ''
      return { value: id, label: `${capital(label)}${recommended}`, hint }
    })
    return {
      kind: 'select',
      message: 'How should clients reach the gateway?',
      choices,
      initial: exposureOf(settings, await looks.record(draft), flavour),
    }
  },
  take: expose => ({ expose: expose as Exposure }),
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** Drops what an earlier run, a values file or --set said about who can access the gateway; the flags are dropped beside it. */
const FORGET_REACH = 'allowFrom=null,internal=null,privateConfig=null'
const NO_REACH_FLAGS = { 'allow-from': undefined, internal: undefined, 'private-config': undefined }

const REACH: Question = {
  flags: [],
  prompt: async (draft, looks) => {
    if (isRemoval(draft)) return undefined
    const [settings, { reading, flavour }, record] = [
      await looks.settings(draft),
      await looks.site(draft),
      await looks.record(draft),
    ]
    const exposure = exposureOf(settings, record, flavour)
    const place = { exposure, flavour: await withOwnAddress(reading, flavour, exposure, { settings, record }) }
    const refusal = refusalOf(settings, place)
    const isChanged = draft.next === 'change' && place.flavour.publicBecause !== undefined && exposure !== 'cluster-ip'
    if (!isChanged && refusal === undefined && !isReachOpen(settings, place)) return undefined
    const answers = answersFor(place)
    const former = answers.find(({ isGiven }) => isGiven(settings)) ?? answers[0]
    return {
      kind: 'select',
      message: 'Who can access the gateway?',
      help: `${refusal ?? NO_LOGIN}.`,
      choices: answers.map(({ id, label, hint }) => ({ value: id, label, ...(hint && { hint }) })),
      initial: former!.id,
    }
  },
  take: async (reach, draft, looks) => {
    const answer: Partial<Draft> =
      reach === 'internal'
        ? { internal: true }
        : reach === 'private-config'
          ? { 'private-config': true }
          : reach === 'any'
            ? { 'allow-from': [ANY] }
            : {}
    const isSaid = isReachSaid(await looks.settings(draft))
    return { reach, ...(isSaid && { ...NO_REACH_FLAGS, set: [...(draft.set ?? []), FORGET_REACH] }), ...answer }
  },
}

const NETWORKS: Question = {
  flags: [],
  prompt: async (draft, looks) => {
    if (draft.reach !== 'networks') return undefined
    const { allowFrom } = (await looks.record(draft)).settings as { allowFrom?: readonly string[] }
    return {
      kind: 'text',
      message: 'Which networks can access the gateway?',
      help: 'CIDRs such as 192.0.2.0/24, separated by commas',
      initial: (allowFrom ?? []).filter(network => network !== ANY).join(','),
      check: value => (value.trim() === '' ? 'Enter at least one network.' : check(networks)(value)),
    }
  },
  take: answer => {
    const read = networks.read(answer)
    return { 'allow-from': 'value' in read ? read.value : [] }
  },
}

const REPLICAS: Question = {
  flags: [],
  prompt: async (draft, looks) =>
    draft.next === 'change'
      ? {
          kind: 'text',
          message: 'How many gateway replicas?',
          initial: String((await looks.settings(draft)).replicaCount),
          check: check(integer(1)),
        }
      : undefined,
  take: async (count, draft, looks) =>
    Number(count) === (await looks.settings(draft)).replicaCount
      ? {}
      : { set: [...(draft.set ?? []), `replicaCount=${count}`] },
}

/** The one confirmation, under the plan. */
const confirm = (reporter: Reporter): Question => ({
  flags: [],
  prompt: async (draft, looks) => {
    if (isRemoval(draft)) return undefined
    const site = await looks.site(draft)
    const decided = await looks.decided(draft)
    requireNothingFatal(await looks.checked(draft), reporter)
    const { context, server, cluster } = site.facts
    showPlan(decided, site, reporter)
    const where = `namespace ${decided.plan.namespace} of context ${oneLine(context)} (${oneLine(server)})`
    const isNew = !isInstalled(await looks.record(draft))
    return {
      kind: 'confirm',
      message: isNew ? `Install into ${where}?` : `Change ${where}?`,
      // Where it may be production, Enter alone changes nothing.
      initial: !looksLikeProduction(context, cluster),
    }
  },
  take: answer => {
    if (answer !== 'true') throw new Cancelled()
    return {}
  },
})

/** All questions of setup, in their order. */
export const questions = (io: Io, reporter: Reporter): readonly Question[] => [
  CONTEXT,
  startCluster(io, reporter),
  NAMESPACE,
  LEFTOVERS,
  NEXT,
  engine(io),
  EXPOSE,
  ingressController(io, reporter),
  REACH,
  NETWORKS,
  REPLICAS,
  ETCD,
  ETCD_ENDPOINTS,
  confirm(reporter),
]

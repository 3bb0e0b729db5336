import { EXPOSURES, type Exposure } from '../cluster/exposures.ts'
import { installedElsewhere } from '../engines/installed.ts'
import { Cancelled } from '../errors.ts'
import type { Io } from '../io.ts'
import { isInstalled } from '../record/record.ts'
import { namespaceName } from '../settings/names.ts'
import { ANY, networks } from '../settings/networks.ts'
import { integer, type Type } from '../settings/types.ts'
import { answersFor, isAccessChosen, isAccessOpen, NO_LOGIN, refusalOf } from '../setup/access-answers.ts'
import { withCurrentAddress } from '../setup/current-address.ts'
import { exposureOf } from '../setup/propose.ts'
import { isRemoval, type Request, type SetupFlags, settingsOf } from '../setup/request.ts'
import { requireChecks } from '../setup/require-checks.ts'
import { showPlan } from '../setup/screens.ts'
import { oneLine } from '../text/sanitize.ts'
import type { Reporter } from '../ui/reporter.ts'
import { looksLikeProduction } from './context-names.ts'
import { CONTEXT } from './contexts.ts'
import { engine } from './engine.ts'
import { ETCD, ETCD_ENDPOINTS } from './etcd.ts'
import { GATEWAY } from './gateway.ts'
import { ingressController } from './ingress.ts'
import { LEFTOVERS, NEXT } from './installed.ts'
import type { Question, Read } from './question.ts'
import { cluster, contexts, proposal, site } from './reads.ts'
import { startCluster } from './start-cluster.ts'

const check = (type: Type<unknown>) => (value: string) => {
  const read = type.read(value)
  return 'problem' in read ? `It ${read.problem}.${read.fix ? ` ${read.fix}` : ''}` : undefined
}

const NAMESPACE: Question = {
  flags: ['namespace'],
  prompt: async (_, { site: { kube, namespace, records } }) => {
    const installed = isInstalled(records.eg) ? namespace : (await installedElsewhere(kube, namespace))[0]
    const help = installed ? `Already installed in namespace ${installed}` : "Created if it doesn't exist"
    const initial = installed ?? namespace
    return { kind: 'text', message: 'Namespace', help, initial, check: check(namespaceName) }
  },
  take: namespace => ({ namespace }),
}

const isAsked = ({ flags: { next } }: Request) => next === undefined || next === 'change'

const EXPOSE: Question = {
  flags: ['expose'],
  prompt: (request, { site: { flavour, records } }) => {
    const settings = settingsOf(request, records.eg)
    if (!isAsked(request) || (settings.expose !== 'auto' && request.flags.next !== 'change')) return undefined
    const choices = EXPOSURES.map(({ id, label, hint }) => {
      const recommended = id === flavour.exposure ? ' (recommended)' : ''
      return { value: id, label: `${capital(label)}${recommended}`, hint }
    })
    return {
      kind: 'select',
      message: 'How should clients reach the gateway?',
      choices,
      initial: exposureOf(settings, records.eg, flavour),
    }
  },
  take: expose => ({ expose: expose as Exposure }),
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** Drops what an earlier run, a values file or --set said about who can access the gateway; the flags are dropped beside it. */
const FORGET_ACCESS = 'allowFrom=null,internal=null,privateConfig=null'
const NO_ACCESS_FLAGS = { 'allow-from': undefined, internal: undefined, 'private-config': undefined }

const ACCESS: Question = {
  flags: [],
  prompt: async (request, { site: { kube, flavour, records } }) => {
    if (isRemoval(request)) return undefined
    const record = records.eg
    const settings = settingsOf(request, record)
    const exposure = exposureOf(settings, record, flavour)
    const place = { exposure, flavour: await withCurrentAddress(kube, flavour, exposure, { settings, record }) }
    const refusal = refusalOf(settings, place)
    const isChanged =
      request.flags.next === 'change' && place.flavour.publicBecause !== undefined && exposure !== 'cluster-ip'
    if (!isChanged && refusal === undefined && !isAccessOpen(settings, place)) return undefined
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
  take: (access, request, { site }) => {
    const answer: Partial<SetupFlags> =
      access === 'internal'
        ? { internal: true }
        : access === 'private-config'
          ? { 'private-config': true }
          : access === 'any'
            ? { 'allow-from': [ANY] }
            : {}
    const isChosen = isAccessChosen(settingsOf(request, site.records.eg))
    const set = [...(request.flags.set ?? []), FORGET_ACCESS]
    return { access, ...(isChosen && { ...NO_ACCESS_FLAGS, set }), ...answer }
  },
}

const NETWORKS: Question = {
  flags: [],
  prompt: ({ flags }, { site }) => {
    if (flags.access !== 'networks') return undefined
    const { allowFrom } = site.records.eg.settings as { allowFrom?: readonly string[] }
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
  prompt: (request, { site }) =>
    request.flags.next === 'change'
      ? {
          kind: 'text',
          message: 'How many gateway replicas?',
          initial: String(settingsOf(request, site.records.eg).replicaCount),
          check: check(integer(1)),
        }
      : undefined,
  take: (count, request, { site }) =>
    Number(count) === settingsOf(request, site.records.eg).replicaCount
      ? {}
      : { set: [...(request.flags.set ?? []), `replicaCount=${count}`] },
}

/** The one confirmation, under the plan. */
const confirm = (reporter: Reporter): Question => ({
  flags: [],
  prompt: (request, { site, proposal }) => {
    if (isRemoval(request)) return undefined
    requireChecks(proposal, reporter)
    const { context, server, cluster } = site.facts
    showPlan(proposal, reporter)
    const where = `namespace ${site.namespace} of context ${oneLine(context)} (${oneLine(server)})`
    const isNew = !isInstalled(site.records.eg)
    return {
      kind: 'confirm',
      message: isNew ? `Install into ${where}?` : `Change the installation in ${where}?`,
      // Where it may be production, Enter alone changes nothing.
      initial: !looksLikeProduction(context, cluster),
    }
  },
  take: answer => {
    if (answer !== 'true') throw new Cancelled()
    return {}
  },
})

/** The steps of setup, in their order: each question follows the reads that it needs. */
export function setupSteps(io: Io, reporter: Reporter): readonly (Question | Read)[] {
  const clusterOfContext = cluster(io, reporter)
  return [
    contexts(io),
    CONTEXT,
    clusterOfContext,
    startCluster(io, reporter),
    clusterOfContext,
    site,
    NAMESPACE,
    site,
    LEFTOVERS,
    NEXT,
    engine(io),
    EXPOSE,
    ingressController(io, reporter),
    GATEWAY,
    ACCESS,
    NETWORKS,
    REPLICAS,
    proposal(io),
    ETCD,
    ETCD_ENDPOINTS,
    proposal(io),
    confirm(reporter),
  ]
}

import type { FlagsOf } from '../cli/args.ts'
import { type ClusterFacts, MOST_NODES } from '../cluster/facts.ts'
import { detect, type Flavour } from '../cluster/flavours.ts'
import { thisPlatform } from '../cluster/platform.ts'
import { readFacts } from '../cluster/read-facts.ts'
import { installedElsewhere } from '../engines/installed.ts'
import type { Io } from '../io.ts'
import { type ContextRow, listContexts, loadKubeconfig } from '../kube/login/kubeconfig.ts'
import { NoCluster } from '../kube/refusal.ts'
import type { Kube } from '../kube/request/client.ts'
import { readRecords } from '../record/read-records.ts'
import { type InstallRecord, isInstalled } from '../record/record.ts'
import { believed, givenFrom, type Sources } from '../settings/given.ts'
import type { Settings } from '../settings/rows.ts'
import { settle } from '../settings/settle.ts'
import { readValues, type ValuesText } from '../settings/values-file.ts'
import { oneLine } from '../text/sanitize.ts'
import type { Reporter } from '../ui/reporter.ts'
import { type Decided, decide } from './decide.ts'
import { type Checked, lookAhead } from './look-ahead.ts'
import { openCluster } from './open-cluster.ts'

/** What a run does with an installation that it finds, or with its data (start-over: delete it, then install). */
export type Next = 'repair' | 'change' | 'remove' | 'remove-data' | 'start-over'

/** The flags as they become by the answers, and what no flag of setup stands for. */
export type Draft = FlagsOf<'setup'> & { next?: Next; reach?: string }

/** Whether the person chose to remove what is there. */
export const isRemoval = ({ next }: Draft): boolean =>
  next === 'remove' || next === 'remove-data' || next === 'start-over'

/** A cluster that has been looked at. */
export type Site = { reading: Kube; facts: ClusterFacts; flavour: Flavour }

/** What is known with the answers so far; what was read of a cluster once is not read again until `forget`. */
export type Looks = {
  /** The contexts of the kubeconfig; none where there is no kubeconfig. */
  contexts: (draft: Draft) => Promise<ContextRow[]>
  site: (draft: Draft) => Promise<Site>
  namespace: (draft: Draft) => Promise<string>
  /** Namespaces with an installation, that of the draft first. */
  installed: (draft: Draft) => Promise<string[]>
  record: (draft: Draft) => Promise<InstallRecord>
  settings: (draft: Draft) => Promise<Settings>
  decided: (draft: Draft) => Promise<Decided>
  /** What the checks say to that. */
  checked: (draft: Draft) => Promise<Checked>
  /** Forgets what was read of the cluster, but no login: whatever stood in the way, the person may change it meanwhile. */
  forget: () => void
  /** The same with nothing remembered. */
  afresh: () => Looks
}

/** The looks of a run with these flags. Throws UserError for what is wrong with the settings, before any cluster is needed. */
export async function openLooks(flags: Draft, io: Io, reporter: Reporter): Promise<Looks> {
  const values = await readValues(flags.values ?? [], io)
  givenFrom({ values, set: flags.set ?? [], flags })
  return makeLooks(values, io, reporter)
}

function makeLooks(values: readonly ValuesText[], io: Io, reporter: Reporter): Looks {
  const once = makeMemory()
  const kept = makeMemory()
  const sources = (draft: Draft): Sources => ({ values, set: draft.set ?? [], flags: draft })

  const looks: Looks = {
    async contexts(draft) {
      try {
        return listContexts(await loadKubeconfig(draft.kubeconfig, io.env))
      } catch (error) {
        if (error instanceof NoCluster) return []
        throw error
      }
    },
    site: draft =>
      once(['site', draft.context], async () => {
        const reading = await kept(['reading', draft.context], () => openCluster(draft, io, reporter.note))
        return look(reading, reporter)
      }),
    namespace: async draft => draft.namespace ?? (await looks.site(draft)).reading.connection.namespace,
    installed: draft =>
      once(['installed', draft.context], async () => {
        const { reading } = await looks.site(draft)
        const own = reading.connection.namespace
        const others = await installedElsewhere(reading, own)
        return isInstalled(await looks.record(draft)) ? [own, ...others] : others
      }),
    record: async draft => {
      const namespace = await looks.namespace(draft)
      return once(['record', draft.context, namespace], async () => {
        const { reading, facts } = await looks.site(draft)
        return (await readRecords(reading, namespace, facts.clusterId)).eg
      })
    },
    settings: async draft =>
      settle(believed(givenFrom({ ...sources(draft), recorded: (await looks.record(draft)).settings }))),
    decided: draft =>
      once(['decided', draft], async () => {
        const { reading, facts, flavour } = await looks.site(draft)
        return decide(reading, { flags: draft, sources: sources(draft), facts, flavour, io })
      }),
    checked: draft =>
      once(['checked', draft], async () =>
        lookAhead(await looks.site(draft), await looks.decided(draft), draft['force-conflicts'] ?? false, io),
      ),
    forget: once.forget,
    afresh: () => makeLooks(values, io, reporter),
  }
  return looks
}

/** A wait that a person notices. */
const SLOW_MS = 1500

/** Looks at a cluster and says what it is and why. */
async function look(reading: Kube, reporter: Reporter): Promise<Site> {
  // No live line: the first request may start a login that talks on the same terminal.
  const slow = setTimeout(() => reporter.note(`Connecting to context ${reading.connection.context}`), SLOW_MS)
  const facts = await readFacts(reading).finally(() => clearTimeout(slow))
  const { flavour, because } = detect(facts, thisPlatform())
  const count = facts.nodes?.length
  const nodes = count && `${count}${count < MOST_NODES ? '' : ' or more'} ${count === 1 ? 'node' : 'nodes'}`
  const parts = [flavour.label, facts.version && `Kubernetes ${oneLine(facts.version, 40)}`, nodes]
  const where = [facts.context && `context ${oneLine(facts.context)}`, oneLine(facts.server)].filter(Boolean).join(', ')
  reporter.found(parts.filter(Boolean).join(' · '), `${where}${because && ` (${because})`}`)
  return { reading, facts, flavour }
}

/** Remembers what was found, by what it depends on; what failed is tried again. */
function makeMemory() {
  let found = new Map<string, unknown>()
  const once = async <T>(key: readonly unknown[], make: () => Promise<T>): Promise<T> => {
    const name = JSON.stringify(key)
    const before = found
    if (!before.has(name)) before.set(name, await make())
    return before.get(name) as T
  }
  const forget = () => {
    found = new Map()
  }
  return Object.assign(once, { forget })
}

import type { Flavour } from '../cluster/detect-flavour.ts'
import type { NodeFacts } from '../cluster/facts.ts'
import type { KubeObject } from '../kube/object.ts'
import { PINS } from '../release.ts'
import { ANY } from '../settings/networks.ts'
import type { Settings } from '../settings/setting-rows.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'

/** What the warnings inspect; undefined if it doesn't exist or can't be read. */
export type Seen = {
  settings: Settings
  service: KubeObject | undefined
  deployment: KubeObject | undefined
  gatewayPods: readonly KubeObject[]
  etcdPods: readonly KubeObject[]
  nodes: readonly NodeFacts[] | undefined
  /** The kind of cluster, where allowed networks make it matter. */
  flavour?: Pick<Flavour, 'label' | 'sourceRanges'> | undefined
}

const OPEN = 'it has no authentication and returns stored credentials'

/** Risks of a working installation, a row each: a sentence, and perhaps a fix on the lines after it. */
const WARNINGS: readonly ((seen: Seen) => string | undefined)[] = [
  ({ settings: { allowFrom, privateConfig } }) =>
    allowFrom[0] === ANY && !privateConfig
      ? `The config API is open to anyone (--allow-from any): ${OPEN}.`
      : undefined,

  ({ settings: { allowFrom, internal, privateConfig }, service }) =>
    service?.spec?.type === 'LoadBalancer' &&
    service.spec.loadBalancerSourceRanges === undefined &&
    !(allowFrom[0] === ANY || internal || privateConfig)
      ? `The config API is open to anyone who can reach the load balancer: ${OPEN}. To restrict access, use --allow-from, --internal or --private-config.`
      : undefined,

  ({ service, flavour }) => {
    const isLimited = service?.spec?.type === 'LoadBalancer' && service.spec.loadBalancerSourceRanges !== undefined
    if (!isLimited || flavour === undefined || flavour.sourceRanges === 'yes') return undefined
    const how = flavour.sourceRanges === 'no' ? 'ignore' : 'may ignore'
    return `Load balancers of this cluster (${flavour.label}) ${how} the allowed networks and accept every client. To close the config API, use --private-config.`
  },

  ({ deployment }) =>
    argsOf(deployment).some(arg => /^--?log-level=debug$/.test(arg))
      ? sh`The gateway's log level is debug, so it logs events in full.\nSet another level:\n${PROGRAM} -n ${deployment?.metadata.namespace ?? ''} --set 'command={-log-level=info}'`
      : undefined,

  ({ etcdPods }) => {
    const without = etcdPods.filter(({ spec }) => !spec.volumes?.some(hasClaim)).map(({ metadata }) => metadata.name)
    return without.length > 0
      ? `etcd loses its data when these pods are deleted, because they have no persistent volume: ${without.join(', ')}.`
      : undefined
  },

  ({ deployment, gatewayPods, nodes = [] }) => {
    const isPublished = imageOf(deployment).startsWith(`${PINS.gateway.repository}:`)
    const used = gatewayPods.map(({ spec }) => spec.nodeName)
    const arm = nodes.filter(({ name, architecture }) => architecture === 'arm64' && used.includes(name))
    return isPublished && arm.length > 0
      ? `Image ${PINS.gateway.repository} supports amd64 only, but runs on arm64 nodes: ${arm.map(({ name }) => name).join(', ')}.`
      : undefined
  },
]

type Volume = { persistentVolumeClaim?: object }
const hasClaim = ({ persistentVolumeClaim }: Volume): boolean => persistentVolumeClaim !== undefined

const containerOf = (workload: KubeObject | undefined): { args?: string[]; image?: string } =>
  workload?.spec?.template?.spec?.containers?.[0] ?? {}
const argsOf = (workload: KubeObject | undefined): readonly string[] => containerOf(workload).args ?? []

/** The image of a workload's first container; '' where there is none. */
export const imageOf = (workload: KubeObject | undefined): string => containerOf(workload).image ?? ''

export const warningsOf = (seen: Seen): string[] => WARNINGS.flatMap(warning => warning(seen) ?? [])

import type { Check } from './check.ts'
import { usesOperator } from './needs.ts'

/** Server-side apply is stable from here on. */
const OLDEST = 22
/** etcd-operator v0.2.0 names it in its documentation. */
const OLDEST_FOR_OPERATOR = 30
const MOST_SKEW_MS = 30_000
const DOMAIN = 'cluster.local'

/** The 34 of "v1.34.4"; undefined where that cannot be read. */
const minorOf = (version: string): number | undefined => {
  const minor = /^v?1\.(\d+)/.exec(version)?.[1]
  return minor === undefined ? undefined : Number(minor)
}

export const SERVER: readonly Check[] = [
  {
    id: 'server',
    title: 'API server',
    severity: 'fatal',
    question: ({ cluster: { server, version } }) => {
      const minor = minorOf(version)
      if (minor === undefined) return { unknown: `${server} answers, but not with a version` }
      if (minor >= OLDEST) return { ok: `Kubernetes ${version} at ${server}` }
      const message = `Kubernetes ${version} is too old: server-side apply needs 1.${OLDEST}.`
      return { message, fix: 'Upgrade the cluster, or choose another with --context.' }
    },
  },
  {
    id: 'operator-support',
    title: 'Kubernetes version for the etcd operator',
    severity: 'warning',
    question: ({ cluster: { version }, plan }) => {
      const minor = minorOf(version)
      if (!usesOperator(plan)) return { ok: 'it is not used' }
      if (minor === undefined) return { unknown: 'the version of the cluster is not known' }
      if (minor >= OLDEST_FOR_OPERATOR) return { ok: `1.${OLDEST_FOR_OPERATOR} or newer` }
      const message = `Kubernetes ${version} is older than the operator is made for (1.${OLDEST_FOR_OPERATOR}).`
      return { message, fix: 'If etcd does not start: --etcd statefulset works without the operator.' }
    },
  },
  {
    id: 'cluster-domain',
    title: 'Cluster domain',
    severity: 'fatal',
    question: ({ corefile, plan }) => {
      if (!usesOperator(plan)) return { ok: 'any will do' }
      if (corefile === undefined) return { unknown: 'you may not read configmap/coredns -n kube-system' }
      const zones = corefile === null ? [] : zonesOf(corefile)
      if (zones.length === 0) return { unknown: "this cluster's DNS does not tell it" }
      if (zones.includes(DOMAIN)) return { ok: DOMAIN }
      const message = `It is ${zones[0]}, and the etcd operator can only make clusters under ${DOMAIN}.`
      return { message, fix: 'Use --etcd statefulset, which works under any domain.' }
    },
  },
  {
    id: 'clock',
    title: 'Clocks',
    severity: 'warning',
    question: ({ clockAheadMs }) => {
      if (clockAheadMs === undefined) return { unknown: 'the server does not say what time it is' }
      const seconds = Math.round(Math.abs(clockAheadMs) / 1000)
      if (seconds * 1000 <= MOST_SKEW_MS) return { ok: 'the server and this machine agree' }
      const direction = clockAheadMs > 0 ? 'ahead of' : 'behind'
      const message = `The server's clock is ${seconds} s ${direction} this machine's: certificates and tokens may not be valid yet, or no more.`
      return { message, fix: 'Set the clock that is wrong, with NTP (timedatectl set-ntp true).' }
    },
  },
]

/** The zones of CoreDNS's kubernetes plugin, those of reverse lookups aside. */
const zonesOf = (corefile: string): string[] =>
  [...corefile.matchAll(/^[ \t]*kubernetes[ \t]+([^{\n#]*)/gm)]
    .flatMap(([, zones = '']) => zones.trim().split(/\s+/))
    .map(zone => zone.replace(/\.$/, ''))
    .filter(zone => zone !== '' && !zone.endsWith('.arpa') && !zone.endsWith('/'))

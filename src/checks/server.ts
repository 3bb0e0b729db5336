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
    group: 'Cluster',
    title: 'API server',
    severity: 'fatal',
    question: ({ cluster: { server, version } }) => {
      const minor = minorOf(version)
      if (minor === undefined) return { unknown: `${server} answers, but reports no version` }
      if (minor >= OLDEST) return { ok: `Kubernetes ${version} at ${server}` }
      const message = `Kubernetes ${version} is too old: server-side apply requires 1.${OLDEST} or newer.`
      return { message, fix: 'Upgrade the cluster, or choose another cluster: --context NAME' }
    },
  },
  {
    id: 'operator-support',
    group: 'Cluster',
    title: 'Kubernetes version for etcd operator',
    severity: 'warning',
    question: ({ cluster: { version }, plan }) => {
      const minor = minorOf(version)
      if (!usesOperator(plan)) return { ok: 'not used' }
      if (minor === undefined) return { unknown: "the cluster's version is unknown" }
      if (minor >= OLDEST_FOR_OPERATOR) return { ok: `1.${OLDEST_FOR_OPERATOR} or newer` }
      const message = `Kubernetes ${version} is older than the etcd operator supports (1.${OLDEST_FOR_OPERATOR}).`
      return { message, fix: "If etcd doesn't start, run etcd without the operator: --etcd statefulset" }
    },
  },
  {
    id: 'cluster-domain',
    group: 'Cluster',
    title: 'Cluster domain',
    severity: 'fatal',
    question: ({ corefile, plan }) => {
      if (!usesOperator(plan)) return { ok: 'every domain is supported' }
      if (corefile === undefined) return { unknown: 'no permission to read configmap/coredns -n kube-system' }
      const zones = corefile === null ? [] : zonesOf(corefile)
      if (zones.length === 0) return { unknown: "the DNS configuration doesn't name the cluster domain" }
      if (zones.includes(DOMAIN)) return { ok: DOMAIN }
      const message = `The cluster domain is ${zones[0]}, but the etcd operator only supports ${DOMAIN}.`
      return {
        message,
        fix: 'Use a StatefulSet instead of the operator. It works with any cluster domain: --etcd statefulset',
      }
    },
  },
  {
    id: 'clock',
    group: 'Cluster',
    title: 'Clock',
    severity: 'warning',
    question: ({ clockAheadMs }) => {
      if (clockAheadMs === undefined) return { unknown: "the server doesn't report the time" }
      const seconds = Math.round(Math.abs(clockAheadMs) / 1000)
      if (seconds * 1000 <= MOST_SKEW_MS) return { ok: 'in sync with the server' }
      const direction = clockAheadMs > 0 ? 'ahead of' : 'behind'
      const message = `The server's clock is ${seconds}s ${direction} this machine's, so certificates and tokens may be rejected.`
      return { message, fix: 'Turn on NTP on the machine whose clock is wrong: timedatectl set-ntp true' }
    },
  },
]

/** The zones of CoreDNS's kubernetes plugin, those of reverse lookups aside. */
const zonesOf = (corefile: string): string[] =>
  [...corefile.matchAll(/^[ \t]*kubernetes[ \t]+([^{\n#]*)/gm)]
    .flatMap(([, zones = '']) => zones.trim().split(/\s+/))
    .map(zone => zone.replace(/\.$/, ''))
    .filter(zone => zone !== '' && !zone.endsWith('.arpa') && !zone.endsWith('/'))

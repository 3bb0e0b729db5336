import { KubeConfig } from '../client-node.ts'
import type { Entry } from './kubeconfig-file.ts'
import type { Target } from './target.ts'

/** A configuration of one context only. Without a user the library ignores the cluster's CA, hence always one. */
export function makeKubeConfig(target: Target, user: Entry, proxyUrl: string | undefined): KubeConfig {
  const { context, cluster, server } = target
  const plainHttp = server.startsWith('http:') // refused by the library unless verification is off
  const entry = {
    ...target.clusterEntry,
    server,
    ...(proxyUrl ? { 'proxy-url': proxyUrl } : {}),
    ...(plainHttp ? { 'insecure-skip-tls-verify': true } : {}),
  }
  const name = target.user || 'none'
  const config = new KubeConfig()
  const one = {
    'current-context': context,
    contexts: [{ name: context, context: { cluster, user: name, namespace: target.namespace } }],
    clusters: [{ name: cluster, cluster: entry }],
    users: [{ name, user }],
  }
  config.loadFromString(JSON.stringify(one))
  return config
}

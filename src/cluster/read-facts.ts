import { allowed } from '../kube/allowed.ts'
import type { Kube } from '../kube/client.ts'
import { ref } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import { API_GROUPS, VERSION } from '../kube/shapes.ts'
import { type ClusterFacts, MOST_NODES, nodeFacts, readNodes } from './facts.ts'
import { whyPublic } from './public-cluster.ts'
import { whyNodePublic } from './public-node.ts'

/**
 * Reads the facts in four requests, and the other nodes only where the first ones leave open whether the cluster is
 * private. What is forbidden stays undefined; throws where the server cannot be reached at all.
 */
export async function readFacts(kube: Kube): Promise<ClusterFacts> {
  const { context, cluster, user, server, extensions } = kube.connection
  const [version, apis, nodes, kubeSystem] = await Promise.all([
    allowed(kube.get('/version', VERSION)),
    allowed(kube.get('/apis', API_GROUPS)),
    allowed(readNodes(kube)),
    allowed(kube.read(ref('Namespace', 'kube-system'))),
  ])
  const facts = {
    context,
    cluster,
    user,
    server,
    extensions,
    version: version?.gitVersion ?? '',
    serverPlatform: version?.platform ?? '',
    groups: apis?.groups?.map(({ name }) => name),
    clusterId: kubeSystem?.metadata.uid,
    nodes,
  }
  if (nodes === undefined || nodes.length < MOST_NODES || whyPublic(facts) !== undefined) return facts
  const isPublic = (node: KubeObject) => whyNodePublic(nodeFacts(node)) !== undefined
  const telling = await kube.list('Node', { where: isPublic, limit: 1 })
  return { ...facts, nodes: [...nodes, ...telling.map(nodeFacts)] }
}

import { ref } from '../kube/kinds.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { API_GROUPS, VERSION } from '../kube/schemas.ts'
import { type ClusterFacts, MOST_NODES, readNodes } from './facts.ts'
import { findPublicNode } from './find-public-node.ts'
import { whyPublic } from './public-cluster.ts'

/**
 * Reads the facts in four requests, and looks at all nodes only where the first ones leave open whether the cluster is
 * private. What is forbidden stays undefined; throws where the server cannot be reached at all.
 */
export async function readFacts(kube: Kube): Promise<ClusterFacts> {
  const { context, cluster, user, server, extensions } = kube.connection
  const [version, apis, nodes, kubeSystem] = await Promise.all([
    unlessForbidden(kube.get('/version', VERSION)),
    unlessForbidden(kube.get('/apis', API_GROUPS)),
    unlessForbidden(readNodes(kube)),
    unlessForbidden(kube.read(ref('Namespace', 'kube-system'))),
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
  const telling = await findPublicNode(kube)
  return telling === undefined ? facts : { ...facts, nodes: [...nodes, telling] }
}

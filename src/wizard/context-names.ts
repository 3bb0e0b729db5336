import { hostOf } from '../cluster/facts.ts'
import { isPublicAddress } from '../cluster/public-address.ts'
import type { ContextRow } from '../kube/login/kubeconfig.ts'

/** Names of a context or a cluster that people work with: not to be taken by a mere Enter. */
const PRODUCTION = /(^|[^a-z])(prod|prd|production|live)([^a-z]|$)/i

export const looksLikeProduction = (...names: readonly string[]): boolean => names.some(name => PRODUCTION.test(name))

/** As minikube, kind, k3d and the desktop programs name theirs. */
const LOCAL_NAME =
  /^(minikube|kind-.+|k3d-.+|docker-desktop|docker-for-desktop|rancher-desktop|colima(-.+)?|orbstack|microk8s)$/

/** Whether the cluster runs on this machine, as far as the kubeconfig tells. */
export function isLocal({ name, server }: Pick<ContextRow, 'name' | 'server'>): boolean {
  const host = URL.canParse(server) ? hostOf(server) : ''
  const isHere = /^(localhost|0\.0\.0\.0|::1|127(\.\d+){3}|.*\.docker\.internal)$/.test(host)
  return isHere || (LOCAL_NAME.test(name) && !isPublicAddress(host))
}

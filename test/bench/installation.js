// The same installation made by others: kubectl apply in the order of eg-setup's stages, and helm.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadAll } from 'js-yaml'
import { run } from './measure.js'

export const NODE = process.execPath
export const BIN = process.env.EG_BIN ?? fileURLToPath(new URL('../../bin/eg-setup.js', import.meta.url))
export const NAMESPACE = 'eg-bench'
export const OPERATOR_NAMESPACE = 'etcd-operator-system'
const GATEWAY = 'eg-event-gateway'

export const eg = (...args) => [NODE, BIN, ...args, '-n', NAMESPACE]
export const INSTALL = ['--yes', '--expose', 'node-port']
export const REMOVE = ['cleanup', '--yes', '--delete-data']
export const SETUP = eg(...INSTALL)

/** What kubectl and helm install from: a file per stage with the objects that eg-setup would apply, and the charts. */
export function writeSources() {
  const folder = mkdtempSync(join(tmpdir(), 'eg-bench-'))
  const [node, ...render] = eg('render', '--expose', 'node-port', '--allow-from', 'any')
  const objects = loadAll(execFileSync(node, render, { encoding: 'utf8' }))
  const isGateway = ({ metadata }) => metadata.name === GATEWAY
  const isOurs = ({ metadata, kind }) =>
    metadata.namespace === NAMESPACE || (kind === 'Namespace' && metadata.name === NAMESPACE)
  const stages = {
    operator: objects.filter(object => !isOurs(object)),
    etcd: objects.filter(object => isOurs(object) && !isGateway(object)),
    gateway: objects.filter(isGateway),
  }
  for (const [stage, items] of Object.entries(stages))
    writeFileSync(join(folder, `${stage}.json`), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  execFileSync(NODE, [BIN, 'render', '--chart', join(folder, 'charts')], { stdio: 'ignore' })
  return folder
}

/** kubectl apply and rollout status, stage by stage. */
export const byKubectl = folder =>
  [
    `kubectl apply --server-side -f ${folder}/operator.json`,
    'kubectl wait --for=condition=Established crd/etcdclusters.operator.etcd.io',
    `kubectl rollout status -n ${OPERATOR_NAMESPACE} deployment/etcd-operator-controller-manager`,
    `kubectl apply --server-side -f ${folder}/etcd.json`,
    `kubectl wait -n ${NAMESPACE} --for=create statefulset/eg-etcd-cluster`,
    `kubectl rollout status -n ${NAMESPACE} statefulset/eg-etcd-cluster`,
    `kubectl apply --server-side -f ${folder}/gateway.json`,
    `kubectl rollout status -n ${NAMESPACE} deployment/${GATEWAY}`,
  ].join(' && ')

export const byHelm = (helm, folder) =>
  [
    `${helm} upgrade --install ego ${folder}/charts/etcd-operator -n ${OPERATOR_NAMESPACE} --create-namespace --wait`,
    `${helm} upgrade --install eg ${folder}/charts/event-gateway -n ${NAMESPACE} --create-namespace --wait --set service.type=NodePort`,
  ].join(' && ')

/** Takes away whatever of these made it. */
export async function remove(folder) {
  await run(eg(...REMOVE), { codes: [0, 1, 3] })
  const remove = 'kubectl delete --ignore-not-found --wait'
  await run(`${remove} -f ${folder}/gateway.json -f ${folder}/etcd.json || true; ${remove} -f ${folder}/operator.json`)
  // Volumes that a provisioner doesn't create anew: the command that empties them.
  const newVolumes = process.env.EG_NEW_VOLUMES
  if (newVolumes !== undefined) await run(newVolumes)
}

/** Throws where the cluster has what the bench would take away. */
export async function requireFree() {
  const { stdout } = await run(`kubectl get namespace ${OPERATOR_NAMESPACE} ${NAMESPACE} --ignore-not-found -o name`)
  if (stdout !== '') throw new Error(`the bench needs a cluster without ${stdout.trim().replaceAll('\n', ' and ')}`)
}

import { findOperator } from '../cluster/find-operator.ts'
import type { Trouble } from '../errors.ts'
import { kubectlName, ref } from '../kube/kinds.ts'
import type { KubeObject, Ref } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { ApiError } from '../kube/request/connection.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { OPERATOR_NAMESPACE } from '../names.ts'
import type { Part } from '../plan/derived-row.ts'
import type { Engine } from '../plan/engine.ts'
import type { EtcdMode, Plan } from '../plan/plan.ts'
import { isLabelledOurs, type OperatorWorkload, OUR_OPERATOR, ownerOf } from '../record/owner.ts'
import { type InstallRecord, sameObject, toRef } from '../record/record.ts'

const CRD = ref('CustomResourceDefinition', 'etcdclusters.operator.etcd.io')

export type Survey = {
  alreadyThere: ReadonlySet<Part>
  /** An etcd operator that eg-setup didn't install and that manages etcd, as "deployment.apps/NAME -n NAMESPACE". */
  foreignOperator: string | undefined
  operator: OperatorWorkload
  /** Whether the CustomResourceDefinition EtcdCluster exists. */
  isDefined: boolean
  /** The operator's Deployment, also if eg-setup didn't install it; undefined if none exists. */
  deployment: KubeObject | undefined
  /** Those of the plan's namespaces that are there to stay. */
  namespaces: readonly KubeObject[]
  /** Namespaces that are being deleted: setup waits, then recreates them. */
  ending: readonly string[]
  troubles: { operator?: Trouble }
}

/** What of the plan is there already and not ours: read before the plan is made. */
export async function survey(kube: Kube, namespace: string, etcdMode: EtcdMode, engine: Engine): Promise<Survey> {
  // The operator's are of interest, and may have to be readable, only where it has work to do.
  const ofOperator = async (object: Ref) => (etcdMode === 'operator' ? unlessForbidden(kube.read(object)) : undefined)
  const found = await Promise.all([
    readNamespace(kube, namespace),
    ofOperator(ref('Namespace', OPERATOR_NAMESPACE)),
    ofOperator(CRD),
    ofOperator(OUR_OPERATOR),
  ])
  const ending = [found[0], found[1]].filter(isEnding).map(object => object?.metadata.name ?? '')
  // What is being deleted will be gone when its turn comes.
  const stays = (object: KubeObject | undefined) =>
    !isEnding(object) && !ending.includes(object?.metadata.namespace ?? '')
  const [gatewayNamespace, operatorNamespace, definition, deployment] = found.map(object =>
    stays(object) ? object : undefined,
  )
  const ours = deployment !== undefined && ownerOf(deployment) === engine ? deployment : undefined
  const isLookedFor = ours === undefined && (deployment ?? definition) !== undefined
  const foreign = isLookedFor
    ? await findOperator(kube, deployment === undefined ? [] : [deployment], stays)
    : undefined
  const alreadyThere = new Set<Part>()
  const mayCreate = (found: KubeObject | undefined) => found === undefined || isLabelledOurs(found)
  if (!mayCreate(gatewayNamespace) || namespace === OPERATOR_NAMESPACE) alreadyThere.add('gateway-namespace')
  if (!mayCreate(operatorNamespace)) alreadyThere.add('operator-namespace')
  if (definition !== undefined && ownerOf(definition) !== engine) alreadyThere.add('definition')
  if (foreign !== undefined) alreadyThere.add('operator')
  const workload = foreign === undefined ? OUR_OPERATOR : toRef(foreign)
  const podLabels = foreign?.spec?.selector?.matchLabels ?? { 'control-plane': 'controller-manager' }
  const namespaces = [gatewayNamespace, operatorNamespace].filter(found => found !== undefined)
  return {
    alreadyThere,
    foreignOperator: foreign && kubectlName(workload),
    operator: { workload, podLabels },
    isDefined: definition !== undefined,
    deployment: foreign ?? ours,
    namespaces,
    ending: [...new Set(ending)],
    troubles: {
      ...(alreadyThere.has('definition') && !servesOurVersion(definition!) && { operator: VERSION_TROUBLE }),
    },
  }
}

/** The namespace, or undefined where there is none. Whoever may not look at it may work in it: what is tried there tells. */
async function readNamespace(kube: Kube, name: string): Promise<KubeObject | undefined> {
  try {
    return await kube.read(ref('Namespace', name))
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 403)) throw error
    const trial = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'eg-setup-trial', namespace: name } }
    // Refused where there is no such namespace, or no right to work in it: then to make it is what is left.
    const isThere = await kube.apply(trial, { dryRun: true }).then(
      () => true,
      (refusal: unknown) => {
        if (!(refusal instanceof ApiError)) throw refusal
        return false
      },
    )
    return isThere ? { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } : undefined
  }
}

const isEnding = (object: KubeObject | undefined): boolean => object?.metadata.deletionTimestamp !== undefined

/** What of a survey other runs may change, as a text to compare. */
export const sharedIn = ({ alreadyThere, foreignOperator, isDefined, deployment, ending }: Survey): string => {
  const parts = [...alreadyThere].filter(part => part !== 'gateway-namespace').sort()
  return JSON.stringify([parts, foreignOperator, isDefined, deployment?.metadata.uid, ending])
}

/** A definition that eg-setup didn't install must already serve our version, because eg-setup never changes it. */
const servesOurVersion = ({ spec }: KubeObject): boolean =>
  (spec?.versions ?? []).some(({ name, served }: { name: string; served: boolean }) => name === 'v1alpha1' && served)

const VERSION_TROUBLE: Trouble = {
  message: `${CRD.name} already exists, wasn't installed by eg-setup, and doesn't serve v1alpha1.`,
  fix: 'Use a cluster without that etcd operator, or ask its owner to upgrade it.',
}

/** The objects of the plan that exist; those that do not belong to eg-setup as trouble. */
export async function findOwn(
  kube: Kube,
  plan: Plan,
  records: readonly InstallRecord[],
  engine: Engine,
): Promise<{ existing: KubeObject[]; trouble?: Trouble }> {
  const wanted = plan.stages.flatMap(({ objects }) => objects)
  const live = await Promise.all(wanted.map(object => unlessForbidden(kube.read(toRef(object)))))
  const existing = live.filter(object => object !== undefined)
  const isRecorded = (object: KubeObject) =>
    records.some(({ objects }) =>
      objects.some(recorded => recorded.uid === object.metadata.uid && sameObject(recorded, toRef(object))),
    )
  const isOwn = (object: KubeObject) =>
    object.kind === 'Namespace' ? isLabelledOurs(object) : ownerOf(object) === engine
  const foreign = existing.filter(object => !isOwn(object) && !isRecorded(object))
  if (foreign.length === 0) return { existing }
  const names = foreign.map(object => kubectlName(toRef(object))).join(', ')
  const message = `Already exists and doesn't belong to eg-setup: ${names}.`
  const fix = 'Choose another namespace with -n, or delete these objects if they are unused.'
  return { existing, trouble: { message, fix } }
}

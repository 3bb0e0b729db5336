import type { Io } from '../io.ts'
import { objectPath, ref } from '../kube/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import { isConfigPort } from '../kube/service.ts'
import { GATEWAY } from '../names.ts'
import { exposesConfig, isExposing } from '../plan/exposes-config.ts'
import { makePlan } from '../plan/plan.ts'
import { readRecords } from '../record/read-records.ts'
import { type RecordedObject, sameObject, toRef, withObjects, writeRecord } from '../record/record.ts'
import type { Reporter } from '../ui/reporter.ts'
import { applyAll } from './builtin.ts'
import { makeHelmApply } from './helm/apply.ts'
import type { Install } from './install.ts'

type Closing = Pick<Install, 'choices' | 'helm' | 'force' | 'deadline'>

/**
 * Takes the config port off the Service and the Ingress or HTTPRoute of the gateway, by the objects that `--private-config` has. Waits
 * for nothing, and leaves the recorded settings as they are: nobody has chosen this.
 */
export async function closeConfig(
  kube: Kube,
  { choices, helm, force, deadline }: Closing,
  reporter: Reporter,
  io: Io,
): Promise<void> {
  const closed = { ...choices, settings: { ...choices.settings, privateConfig: true } }
  const stage = makePlan(closed).stages.find(({ id }) => id === 'gateway')!
  const objects = stage.objects.filter(isExposing)
  let record = (await readRecords(kube, choices.namespace, undefined)).eg
  const remember = async (added: readonly RecordedObject[]) => {
    record = withObjects(record, added)
    await writeRecord(kube, record)
  }
  await remember(objects.map(toRef).filter(object => !record.objects.some(old => sameObject(old, object))))
  await removeConfigPort(kube, choices.namespace)
  const applied =
    helm === undefined
      ? await applyAll(kube, objects, { force, reporter })
      : await makeHelmApply(kube, helm, { choices: closed, force, reporter, deadline }, io)({ ...stage, objects })
  // The rules of the Ingress or HTTPRoute are taken over: another field manager must not keep the config API open.
  if (applied.some(exposesConfig)) await applyAll(kube, objects.filter(isRoute), { force: true, reporter })
  await remember(applied.map(object => ({ ...toRef(object), ...uidOf(object.metadata) })))
}

const isRoute = ({ kind }: KubeObject): boolean => kind !== 'Service'
const uidOf = ({ uid }: { uid?: string }) => (uid === undefined ? {} : { uid })

/** Server-side apply leaves a port of which another field manager has set a part (a nodePort, by kubectl edit). */
async function removeConfigPort(kube: Kube, namespace: string): Promise<void> {
  const service = await kube.read(ref('Service', GATEWAY, namespace))
  if (service === undefined || !exposesConfig(service)) return
  await kube.connection.send({
    method: 'PATCH',
    path: objectPath(toRef(service)),
    body: {
      metadata: { uid: service.metadata.uid },
      spec: { ports: service.spec.ports.filter((port: object) => !isConfigPort(port)) },
    },
    contentType: 'application/merge-patch+json',
  })
}

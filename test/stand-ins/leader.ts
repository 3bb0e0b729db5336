import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { callKube, refOf } from './in-cluster.ts'

const SECONDS = 15
const RETRY = 2_000

/** Resolves once this process leads, and keeps the Lease from then on; ends the process when it is lost. */
export async function lead(namespace: string, name: string, log: (line: object) => void): Promise<void> {
  const holderIdentity = `${hostname()}_${process.pid}`
  const path = refOf('Lease', namespace, name)
  const now = () => new Date().toISOString().replace('Z', '000Z')

  const take = async (): Promise<boolean> => {
    const { status, body } = await callKube('GET', path)
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace } }
    const spec = {
      holderIdentity,
      leaseDurationSeconds: SECONDS,
      acquireTime: now(),
      renewTime: now(),
      leaseTransitions: 0,
    }
    if (status === 404) return (await callKube('POST', refOf('Lease', namespace), { ...lease, spec })).status === 201
    if (status !== 200) {
      log({ level: 'error', msg: 'error retrieving resource lock', error: body.message })
      return false
    }
    const { holderIdentity: holder, renewTime, leaseTransitions = 0 } = body.spec ?? {}
    const mine = holder === holderIdentity
    if (!mine && holder && Date.now() - Date.parse(renewTime) < SECONDS * 1000) return false
    const times = mine
      ? { acquireTime: body.spec.acquireTime, renewTime: now() }
      : { acquireTime: now(), renewTime: now() }
    const next = {
      holderIdentity,
      leaseDurationSeconds: SECONDS,
      ...times,
      leaseTransitions: leaseTransitions + (mine ? 0 : 1),
    }
    return (await callKube('PUT', path, { ...body, spec: next })).status === 200
  }
  const tried = () => take().catch(() => false)

  while (!(await tried())) await sleep(RETRY)
  log({ level: 'info', msg: `successfully acquired lease ${namespace}/${name}` })
  let renewed = Date.now()
  setInterval(async () => {
    if (await tried()) renewed = Date.now()
    else if (Date.now() - renewed > 10_000) {
      log({ level: 'error', msg: 'leader election lost' })
      process.exit(1)
    }
  }, RETRY)
}

import type { Trouble } from '../errors.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Kube } from '../kube/request/client.ts'
import type { ApiError } from '../kube/request/connection.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import type { Plan } from '../plan/plan.ts'
import { sameObject, toRef } from '../record/record.ts'

type Port = { name?: string; nodePort?: number }
/** Names of ports whose node port comes from an earlier Service of eg-setup, not from the user. */
type Former = Plan['formerNodePorts']

const portsOf = ({ spec }: KubeObject): readonly Port[] => spec?.ports ?? []
const nodePortsOf = (service: KubeObject): (number | undefined)[] => [
  ...portsOf(service).map(({ nodePort }) => nodePort),
  service.spec?.healthCheckNodePort,
]

/** The trouble that a requested node port belongs to another Service; undefined if none is known to. */
export async function findTakenNodePorts(
  kube: Kube,
  objects: readonly KubeObject[],
  former: Former,
): Promise<Trouble | undefined> {
  const asked = objects
    .filter(({ kind }) => kind === 'Service')
    .flatMap(service =>
      portsOf(service).map(({ name = '', nodePort }) => ({ service: toRef(service), name, nodePort })),
    )
    .filter(({ name, nodePort }) => nodePort !== undefined && !former.includes(name))
  const services = asked.length === 0 ? [] : ((await unlessForbidden(kube.list('Service'))) ?? [])
  const taken = asked.flatMap(({ service, name, nodePort }) => {
    const owner = services.find(other => nodePortsOf(other).includes(nodePort) && !sameObject(toRef(other), service))
    return owner === undefined ? [] : [{ name, nodePort, owner: `${owner.metadata.namespace}/${owner.metadata.name}` }]
  })
  if (taken.length === 0) return undefined
  const settings = taken.map(({ name }) => `service.${name}.nodePort`)
  return {
    message: `${taken.map(({ nodePort, owner }) => `Node port ${nodePort} is in use by Service ${owner}`).join('. ')}.`,
    fix: `Set ${settings.join(' and ')} to a free port, or to 0 to let the cluster allocate one.`,
  }
}

export const isAboutNodePorts = ({ status, causes }: ApiError): boolean =>
  status === 422 && causes.some(({ field = '' }) => field.endsWith('.nodePort'))

/** The Service without those former node ports that the server refuses, and their numbers. */
export function withoutRefusedNodePorts(
  service: KubeObject,
  { causes }: ApiError,
  former: Former,
): { service: KubeObject; refused: number[] } {
  // "Invalid value: 30080: provided port is already allocated"
  const said = causes.map(({ message = '' }) => Number(/value: (\d+)/i.exec(message)?.[1]))
  const isRefused = ({ name = '', nodePort = 0 }: Port) => former.includes(name) && said.includes(nodePort)
  const ports = portsOf(service).map(port => (isRefused(port) ? { ...port, nodePort: undefined } : port))
  const refused = portsOf(service).filter(isRefused)
  return {
    service: { ...service, spec: { ...service.spec, ports } },
    refused: refused.map(({ nodePort = 0 }) => nodePort),
  }
}

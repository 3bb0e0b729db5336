import { MOST_NODES, type NodeFacts } from '../cluster/facts.ts'
import type { KubeObject } from '../kube/object.ts'
import { PINS } from '../release.ts'
import { sh } from '../text/shell-words.ts'
import { amount, isEnded, isOneOf, RESOURCES, type Resource, requested, shown, wanted } from './amounts.ts'
import type { Check, CheckFacts } from './check.ts'
import { type PodNeed, podNeeds } from './needs.ts'

const forbidden = { unknown: 'no permission to list nodes' }
const isOpen = ({ ready, schedulable }: NodeFacts): boolean => ready && schedulable
/** Of a longer list the rest is not known. */
const isAll = (nodes: readonly NodeFacts[]): boolean => nodes.length < MOST_NODES

export const NODES: readonly Check[] = [
  {
    id: 'nodes',
    group: 'Cluster',
    title: 'Nodes',
    severity: 'fatal',
    question: ({ cluster: { nodes } }) => {
      if (nodes === undefined) return forbidden
      if (nodes.length === 0) return { unknown: 'no nodes yet' }
      const open = nodes.filter(isOpen)
      const count = `${open.length} of ${isAll(nodes) ? '' : 'the first '}${nodes.length} nodes can run pods`
      if (open.length > 0 || !isAll(nodes)) return { ok: count }
      const names = (closed: readonly NodeFacts[]) => closed.map(({ name }) => name).join(' ')
      const unready = nodes.filter(({ ready }) => !ready)
      const shut = nodes.filter(({ schedulable }) => !schedulable)
      return {
        message: `No node can run pods:${shut.length > 0 ? ` cordoned or tainted: ${names(shut)}.` : ''}${unready.length > 0 ? ` not ready: ${names(unready)}.` : ''}`,
        fix:
          shut.length > 0
            ? sh`See the taints of a node:\nkubectl describe node ${shut[0]!.name}\nOr uncordon the nodes:\nkubectl uncordon ${shut.map(({ name }) => name)}`
            : sh`See why the node is not ready:\nkubectl describe node ${unready[0]!.name}`,
      }
    },
  },
  {
    id: 'architecture',
    group: 'Cluster',
    title: 'Node architecture',
    severity: 'warning',
    question: ({ cluster: { nodes }, plan }) => {
      const { repository, tag, architecture } = PINS.gateway
      const isOurs = podNeeds(plan).some(({ containers }) =>
        containers.some(({ image }) => image === `${repository}:${tag}`),
      )
      if (!isOurs) return { ok: 'not checked for your own image' }
      if (nodes === undefined) return forbidden
      const others = nodes.filter(node => isOpen(node) && node.architecture !== architecture)
      if (others.length === 0) return { ok: architecture }
      const names = others.map(node => `${node.name} (${node.architecture})`).join(', ')
      return {
        message: `Image ${repository}:${tag} supports ${architecture} only, so its pods fail on ${names} unless these nodes emulate ${architecture}.`,
        fix: `Add ${architecture} nodes, or set images.repository and images.tag to an image that supports these nodes.`,
      }
    },
  },
  {
    id: 'capacity',
    group: 'Cluster',
    title: 'Node capacity',
    severity: 'warning',
    question: facts => {
      const { nodes } = facts.cluster
      if (nodes === undefined) return forbidden
      const rooms = nodes.filter(isOpen).map(node => roomOn(node, facts))
      if (rooms.length === 0 || !isAll(nodes)) return { unknown: 'the free capacity is unknown' }
      const pods = podNeeds(facts.plan).flatMap(need => Array.from({ length: Math.min(need.count, 1000) }, () => need))
      const homeless = pods.sort((a, b) => wanted(b, 'cpu') - wanted(a, 'cpu')).filter(pod => !place(pod, rooms))
      if (homeless.length === 0)
        return { ok: facts.pods?.everywhere ? 'enough' : 'enough, if no other pods run on the nodes' }
      const { what } = homeless[0]!
      const asks = RESOURCES.map(name => `${shown(name, wanted(homeless[0]!, name))} ${name}`).join(' and ')
      const free = RESOURCES.map(name => shown(name, Math.max(...rooms.map(room => room[name]))))
      return {
        message: `${homeless.length} of ${pods.length} pods don't fit on any node: a pod of ${what} requests ${asks}, but no node has more than ${free[0]} cpu or ${free[1]} memory free.`,
        fix: 'Add a node, or reduce the requests: --set replicaCount=1 --set resources.requests.cpu=50m',
      }
    },
  },
]

type Room = Record<Resource | 'pods', number>

/** What is left on a node beside the pods of others. */
function roomOn({ name, allocatable }: NodeFacts, { pods, plan }: CheckFacts): Room {
  const needs = podNeeds(plan)
  const isOther = (pod: KubeObject) =>
    pod.spec.nodeName === name && !isEnded(pod) && !needs.some(need => isOneOf(need, pod))
  const others = pods?.everywhere ? pods.items.filter(isOther) : []
  const all = (resource: string) => (allocatable[resource] === undefined ? Infinity : amount(allocatable[resource]))
  const left = (resource: Resource) => all(resource) - others.reduce((sum, pod) => sum + requested(pod, resource), 0)
  return { cpu: left('cpu'), memory: left('memory'), pods: all('pods') - others.length }
}

/** Takes the room that a pod needs, on the emptiest node that has it. */
function place(pod: PodNeed, rooms: readonly Room[]): boolean {
  const fits = (room: Room) => room.pods >= 1 && RESOURCES.every(name => room[name] >= wanted(pod, name))
  const [room] = rooms.filter(fits).sort((a, b) => b.cpu - a.cpu)
  if (room === undefined) return false
  for (const name of RESOURCES) room[name] -= wanted(pod, name)
  room.pods--
  return true
}

import { EXIT, UserError } from '../errors.ts'
import type { Kube } from '../kube/request/client.ts'
import { unlessForbidden } from '../kube/request/unless-forbidden.ts'
import { oneLine } from '../text/sanitize.ts'
import type { Flavour } from './detect-flavour.ts'
import type { ClusterFacts } from './facts.ts'

/** Kubernetes takes this class for an Ingress that names none (IngressClass, ingressclass.kubernetes.io/is-default-class). */
const DEFAULT = 'ingressclass.kubernetes.io/is-default-class'
const MOST = 50

type IngressClasses = { names: readonly string[]; hasDefault: boolean }

/** The registered ingress controllers; undefined without permission to list IngressClasses. */
export async function readIngressClasses(kube: Kube): Promise<IngressClasses | undefined> {
  const classes = await unlessForbidden(kube.list('IngressClass', { limit: MOST }))
  return (
    classes && {
      names: classes.map(({ metadata }) => metadata.name),
      hasDefault: classes.some(({ metadata }) => metadata.annotations?.[DEFAULT] === 'true'),
    }
  )
}

/**
 * The class that an Ingress has to name: the one asked for, none where the cluster has a default (or may not be asked), or
 * the only one there is. Throws UserError where no controller has registered a class or the one asked for is not there
 * (exit 3), or none of several can be preferred (exit 2).
 */
export function chooseIngressClass(classes: IngressClasses | undefined, asked: string, site: Site): string {
  const { names, hasDefault } = classes ?? { names: [asked], hasDefault: true }
  const there = oneLine(names.join(', '), 200)
  if (asked !== '' && names.includes(asked)) return asked
  if (names.length === 0) throw noController(site)
  if (asked !== '')
    throw new UserError(`IngressClass "${asked}" doesn't exist. The cluster has: ${there}.`, {
      fix: 'Choose an existing class: --ingress-class NAME',
      code: EXIT.precondition,
    })
  if (hasDefault) return ''
  const [only, ...others] = names
  if (only !== undefined && others.length === 0) return only
  throw new UserError(`Which ingress controller? None of these classes is the default: ${there}.`, {
    fix: 'Choose one: --ingress-class NAME',
    code: EXIT.usage,
  })
}

type Site = { facts: ClusterFacts; flavour: Flavour }

/** The command that installs an ingress controller on this cluster; undefined if several ways exist. */
export function ingressCommand({ facts, flavour }: Site): readonly string[] | undefined {
  const profile = facts.nodes?.[0]?.labels['minikube.k8s.io/name']
  return flavour.ingress && [...flavour.ingress, ...(profile === undefined ? [] : ['-p', profile])]
}

function noController(site: Site): UserError {
  const command = ingressCommand(site)?.join(' ')
  const other = 'Choose another exposure with --expose, or install a controller'
  return new UserError('The cluster has no ingress controller (no IngressClass).', {
    fix: command === undefined ? `${other} such as ingress-nginx or Traefik.` : `${other}:\n${oneLine(command)}`,
    code: EXIT.precondition,
  })
}

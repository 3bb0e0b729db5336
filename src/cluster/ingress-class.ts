import { EXIT, UserError } from '../errors.ts'
import type { Kube } from '../kube/client.ts'
import { oneLine } from '../ui/sanitize.ts'
import { allowed } from './facts.ts'
import type { Flavour } from './flavours.ts'

/** Kubernetes takes this class for an Ingress that names none (IngressClass, ingressclass.kubernetes.io/is-default-class). */
const DEFAULT = 'ingressclass.kubernetes.io/is-default-class'
const MOST = 50

/**
 * The class that an Ingress has to name: the one asked for, none where the cluster has a default (or may not be asked), or
 * the only one there is. Throws UserError where no controller has registered a class or the one asked for is not there
 * (exit 3), or none of several can be preferred (exit 2).
 */
export async function chooseIngressClass(kube: Kube, asked: string, flavour: Flavour): Promise<string> {
  const classes = await allowed(kube.list('IngressClass', { limit: MOST }))
  if (classes === undefined) return asked
  const names = classes.map(({ metadata }) => metadata.name)
  const there = oneLine(names.join(', '), 200)
  if (asked !== '' && names.includes(asked)) return asked
  if (names.length === 0)
    throw new UserError('The cluster has no ingress controller: it has no IngressClass.', {
      fix: flavour.ingress
        ? `Install one: ${flavour.ingress}; or choose another way with --expose.`
        : 'Install one, ingress-nginx or Traefik for example, or choose another way with --expose.',
      code: EXIT.precondition,
    })
  if (asked !== '')
    throw new UserError(`There is no IngressClass "${asked}" in the cluster; there are: ${there}.`, {
      fix: 'Choose one of them with --ingress-class NAME.',
      code: EXIT.precondition,
    })
  if (classes.some(({ metadata }) => metadata.annotations?.[DEFAULT] === 'true')) return ''
  const [only, ...others] = names
  if (only !== undefined && others.length === 0) return only
  throw new UserError(`Which ingress controller shall it be? None of these classes is the default: ${there}.`, {
    fix: 'Choose one with --ingress-class NAME.',
    code: EXIT.usage,
  })
}

import type { Exposure } from '../cluster/exposures.ts'
import type { Release } from '../names.ts'
import { type Path, SETTINGS, type Settings } from '../settings/setting-rows.ts'
import type { Engine } from './engine.ts'

/** What may be in the cluster already without being ours. */
export type Part = 'gateway-namespace' | 'operator-namespace' | 'operator' | 'definition'

/** What the plan depends on beyond the settings: all of it is known before anything is written. */
export type Choices = {
  engine: Engine
  namespace: string
  settings: Settings
  exposure: Exposure
  etcdSize: number
  /** Objects that are not applied: they exist and don't belong to eg-setup. */
  alreadyThere: ReadonlySet<Part>
  /** The namespace of the operator that manages etcd. */
  operatorNamespace: string
  /** What the provider's load balancers have to be told on this kind of cluster. */
  annotations: Readonly<Record<string, string>>
  /** The former node ports of the gateway, which a recreated Service keeps. */
  nodePorts?: { config?: number; events?: number } | undefined
}

/** A setting as an expression of Helm's template language; its aliases need not be among the values. */
export const chartSetting = (path: Path): string =>
  (SETTINGS.find(row => row.path === path)?.aliases ?? []).reduce((usual, alias) => {
    const optional = alias.split('.').reduce((parent, name) => `(${parent}.${name})`, '.Values')
    return `(${optional} | default ${usual})`
  }, `.Values.${path}`)

/**
 * A value that follows from the settings and choices. `chart` says the same as an expression of Helm's template language;
 * without it the value is the same in every chart. undefined here and what is empty there leave the field out.
 */
export type DerivedRow = {
  value: (choices: Choices) => unknown
  chart?: string | Readonly<Partial<Record<Release, string>>>
  optional?: true
}

import type { KubeObject } from '../kube/object.ts'
import type { Check } from './check.ts'
import { claimNeeds } from './needs.ts'

export const isDefaultClass = ({ metadata }: KubeObject): boolean =>
  metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true'
const namesOf = (classes: readonly KubeObject[]): string => classes.map(({ metadata }) => metadata.name).join(', ')
const forbidden = { unknown: 'you may not list the StorageClasses' }

export const STORAGE: readonly Check[] = [
  {
    id: 'storage-class',
    title: 'StorageClass for etcd',
    severity: 'fatal',
    question: ({ storageClasses, plan }) => {
      const [claim] = claimNeeds(plan)
      if (claim === undefined) return { ok: 'no volume is needed' }
      if (storageClasses === undefined) return forbidden
      const { className } = claim
      const choose =
        storageClasses.length === 0
          ? 'The cluster has none: install a volume provisioner first.'
          : `Choose one with --set etcd.storage.className=NAME: ${namesOf(storageClasses)}.`
      if (className !== undefined)
        return storageClasses.some(({ metadata }) => metadata.name === className)
          ? { ok: className }
          : { message: `There is no StorageClass ${className}.`, fix: choose }
      const defaults = storageClasses.filter(isDefaultClass)
      if (defaults.length > 0) return { ok: namesOf(defaults) }
      return { message: 'No StorageClass is the default, so the volumes of etcd would wait for ever.', fix: choose }
    },
  },
  {
    id: 'default-storage-class',
    title: 'One default StorageClass',
    severity: 'warning',
    question: ({ storageClasses, plan }) => {
      if (storageClasses === undefined) return forbidden
      const defaults = storageClasses.filter(isDefaultClass)
      if (defaults.length < 2 || claimNeeds(plan).every(({ className }) => className !== undefined))
        return { ok: 'no doubt about it' }
      return {
        message: `Several are the default (${namesOf(defaults)}); the newest is taken.`,
        fix: 'Choose one with --set etcd.storage.className=NAME.',
      }
    },
  },
]

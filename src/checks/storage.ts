import type { KubeObject } from '../kube/object.ts'
import type { Check } from './check.ts'
import { claimNeeds } from './needs.ts'

export const isDefaultClass = ({ metadata }: KubeObject): boolean =>
  metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true'
const namesOf = (classes: readonly KubeObject[]): string => classes.map(({ metadata }) => metadata.name).join(', ')
const forbidden = { unknown: 'no permission to list StorageClasses' }

export const STORAGE: readonly Check[] = [
  {
    id: 'storage-class',
    group: 'Storage',
    title: 'StorageClass for etcd',
    severity: 'fatal',
    question: ({ storageClasses, plan }) => {
      const [claim] = claimNeeds(plan)
      if (claim === undefined) return { ok: 'no volume needed' }
      if (storageClasses === undefined) return forbidden
      const { className } = claim
      const choose =
        storageClasses.length === 0
          ? 'Install a volume provisioner first: the cluster has no StorageClass.'
          : `Choose one (${namesOf(storageClasses)}): --set etcd.storage.className=NAME`
      if (className !== undefined)
        return storageClasses.some(({ metadata }) => metadata.name === className)
          ? { ok: className }
          : { message: `StorageClass ${className} doesn't exist.`, fix: choose }
      const defaults = storageClasses.filter(isDefaultClass)
      if (defaults.length > 0) return { ok: namesOf(defaults) }
      return {
        message: 'The cluster has no default StorageClass, so the etcd volumes would stay pending.',
        fix: choose,
      }
    },
  },
  {
    id: 'default-storage-class',
    group: 'Storage',
    title: 'Default StorageClass',
    severity: 'warning',
    question: ({ storageClasses, plan }) => {
      if (storageClasses === undefined) return forbidden
      const defaults = storageClasses.filter(isDefaultClass)
      if (defaults.length < 2 || claimNeeds(plan).every(({ className }) => className !== undefined))
        return { ok: 'one default class' }
      return {
        message: `Multiple StorageClasses are marked as default (${namesOf(defaults)}). Kubernetes uses the newest one.`,
        fix: 'Choose one: --set etcd.storage.className=NAME',
      }
    },
  },
]

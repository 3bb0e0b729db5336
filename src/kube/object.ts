import type { V1ObjectMeta } from './client-node.ts'

/** An object as the API server sends and takes it; nothing is renamed and no field is lost. */
export type KubeObject = {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  // biome-ignore lint/suspicious/noExplicitAny: the fields of a kind are known where it is read
  [field: string]: any
}

/** Metadata as JSON carries it: times are strings. */
export type ObjectMeta = Omit<V1ObjectMeta, 'name' | 'creationTimestamp' | 'deletionTimestamp' | 'managedFields'> & {
  name: string
  creationTimestamp?: string
  deletionTimestamp?: string
  managedFields?: { manager?: string; operation?: string; subresource?: string; fieldsV1?: object }[]
}

/** What identifies an object: all that is needed to read or remove it. */
export type Ref = { apiVersion: string; kind: string; name: string; namespace?: string }

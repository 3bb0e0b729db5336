import * as v from 'valibot'
import type { KubeObject } from './object.ts'

/** Whatever has to be of such a shape. */
export type Shape<T> = v.GenericSchema<unknown, T>
export type ShapeOf<S extends Shape<unknown>> = v.InferOutput<S>

export const text = v.optional(v.string())
export const number = v.optional(v.number())
export const flag = v.optional(v.boolean())
export const texts = v.optional(v.record(v.string(), v.string()))
export const need = v.looseObject
export const some = <E extends v.ObjectEntries>(entries: E) => v.optional(v.looseObject(entries))
export const list = <S extends Shape<unknown>>(item: S) => v.optional(v.array(item))

const metadata = need({
  name: v.string(),
  namespace: text,
  uid: text,
  resourceVersion: text,
  generation: number,
  creationTimestamp: text,
  deletionTimestamp: text,
  labels: texts,
  annotations: texts,
  finalizers: list(v.string()),
  ownerReferences: list(need({ kind: text, name: text, uid: text, controller: flag })),
  managedFields: list(need({ manager: text, operation: text, subresource: text, fieldsV1: some({}) })),
})

/** An object with at least these fields; those of KubeObject that are not checked are nowhere relied on. */
export const object = (entries: v.ObjectEntries) =>
  need({ apiVersion: text, kind: text, metadata, ...entries }) as unknown as Shape<KubeObject>

export const conditions = list(
  need({ type: text, status: text, reason: text, message: text, lastTransitionTime: text, observedGeneration: number }),
)

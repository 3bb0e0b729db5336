import { quantityOf } from '../kube/quantity.ts'
import { scalar, type Type } from './types.ts'

const QUANTITY = {
  type: ['string', 'number'],
  pattern: '^[0-9.]+([eE][+-]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?$',
  minimum: 0,
}

export const cpu: Type<string> = scalar(
  'an amount of CPU such as 200m or 0.5',
  text => (/i$/.test(text) || quantityOf(text) === undefined ? undefined : text),
  undefined,
  QUANTITY,
)

/** Bytes; a small limit is the slip "256m", a quarter of a byte. */
export const bytes: Type<string> = scalar(
  'an amount of bytes such as 256Mi or 1Gi (at least 1Mi)',
  text => ((quantityOf(text) ?? 0) >= 2 ** 20 ? text : undefined),
  { likely: text => text.replace(/(?<=^\d+)(m|mi|mb|MB|MiB)$/, 'Mi') },
  QUANTITY,
)

/** Kubernetes' format of quantities: k8s.io/apimachinery/pkg/api/resource. */
const QUANTITY = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$/

const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const DECIMAL: Readonly<Record<string, number>> = { n: -3, u: -2, m: -1, '': 0, k: 1, M: 2, G: 3, T: 4, P: 5, E: 6 }

export const isQuantity = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && QUANTITY.test(value))

/** In bytes, cores, or whatever is counted; NaN for what is no quantity. */
export function amountOf(value: unknown): number {
  const [, sign = '', digits = '', suffix = ''] = QUANTITY.exec(String(value)) ?? []
  if (digits === '') return Number.NaN
  const number = Number(sign + digits)
  if (suffix.endsWith('i')) return number * 1024 ** BINARY.indexOf(suffix)
  return suffix in DECIMAL ? number * 1000 ** DECIMAL[suffix]! : Number(`${sign}${digits}${suffix}`)
}

const isWhole = (amount: number) => Math.abs(amount - Math.round(amount)) < 1e-9 * Math.max(1, amount)

/** The form in which the API server gives it back: 0.2 → 200m, 1000m → 1, 1024Mi → 1Gi. */
export function canonicalQuantity(value: unknown): unknown {
  const amount = amountOf(value)
  if (Number.isNaN(amount) || amount === 0) return Number.isNaN(amount) ? value : '0'
  if (String(value).endsWith('i') && Number.isInteger(amount)) {
    let power = 0
    while (power < 6 && Number.isInteger(amount / 1024 ** (power + 1))) power++
    return `${amount / 1024 ** power}${BINARY[power]}`
  }
  const steps = Object.entries(DECIMAL).reverse()
  const [suffix = '', power = 0] =
    steps.find(([, step]) => amount >= 1000 ** step && isWhole(amount / 1000 ** step)) ?? steps.at(-1)!
  return `${Math.ceil(amount / 1000 ** power - 1e-9)}${suffix}`
}

/** Brings the requests and limits of a `resources` into that form, in place. */
export function canonicalQuantities(resources: {
  requests?: Record<string, unknown>
  limits?: Record<string, unknown>
}) {
  for (const amounts of [resources.requests, resources.limits])
    for (const [name, value] of Object.entries(amounts ?? {})) amounts![name] = canonicalQuantity(value)
}

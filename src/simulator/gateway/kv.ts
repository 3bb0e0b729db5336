/** The store behind a gateway. All reject when it is away. */
export type Kv = {
  /** Resolves once somebody answers there at all. */
  readonly connect: () => Promise<void>
  /** All keys that begin so, in order, with their values. */
  readonly read: (prefix: string) => Promise<Map<string, string>>
  readonly put: (key: string, value: string) => Promise<void>
  readonly remove: (key: string) => Promise<void>
  /** Tells soon after something has changed; gives the way to stop that. */
  readonly watch: (onChange: () => void) => () => void
}

export const ROOT = '/serverless-event-gateway'

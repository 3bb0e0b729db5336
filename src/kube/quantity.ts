const SUFFIXES: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
}

/** The value of a Kubernetes quantity ("200m", "256Mi", "1e3"); undefined if it is invalid or negative. */
export function quantityOf(text: string): number | undefined {
  const [, digits, exponent, suffix = ''] =
    /^(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)$/.exec(text) ?? []
  return digits === undefined ? undefined : Number(digits) * SUFFIXES[suffix]! * 10 ** Number(exponent ?? 0)
}

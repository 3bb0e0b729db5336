/** What applies the objects: server-side apply by ourselves, or a helm on the PATH. */
export const ENGINES = ['builtin', 'helm'] as const

export type Engine = (typeof ENGINES)[number]

/** How a shell sets a variable, by its own quoting rule. */
type Shell = { id: string; set: (name: string, value: string) => string; usage: string }

/** POSIX: nothing is special between single quotes but the single quote (XCU 2.2.2). */
const posix = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`

export const SHELLS = [
  { id: 'sh', set: (name, value) => `export ${name}=${posix(value)};`, usage: 'eval "$(eg-setup env)"' },
] as const satisfies readonly Shell[]

export type ShellId = (typeof SHELLS)[number]['id']

/** The whole script in one string, a statement a line. */
export function script(id: ShellId, variables: Readonly<Record<string, string>>): string {
  const shell = SHELLS.find(row => row.id === id) ?? SHELLS[0]
  return Object.entries(variables)
    .map(([name, value]) => `${shell.set(name, value)}\n`)
    .join('')
}

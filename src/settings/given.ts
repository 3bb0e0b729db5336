import type { Release } from '../names.ts'
import { nearest } from '../text/nearest.ts'
import { PROGRAM } from '../text/program.ts'
import { sh } from '../text/shell-words.ts'
import { ANY } from './networks.ts'
import { MOST_SHOWN, type Problem, wrongSettings } from './problems.ts'
import { readSetLine } from './set-line.ts'
import { type Path, SETTINGS, type Settings } from './setting-rows.ts'
import { show } from './types.ts'
import { parseValues, type ValuesText } from './values-file.ts'

/** The settings that were chosen, and where: a file, a flag, an earlier run. */
export type Given = { readonly [P in Path]?: { readonly value: Settings[P]; readonly from: string } }

/** `unsaid`: the keys of a mapping that only an earlier run has recorded. */
type Taken = { value: unknown; from: string; unsaid?: readonly string[] }

/** Where settings come from. */
export type Sources = {
  /** The settings in the record of an earlier run, as `recordOf` made them; what this version does not know is passed over. */
  recorded?: Readonly<Record<string, unknown>>
  /** The same in the operator's own record, where alone those of the operator count. */
  operator?: Readonly<Record<string, unknown>>
  values?: readonly ValuesText[]
  /** The arguments of --set. */
  set?: readonly string[]
  /** Flags by name; those that set no setting are passed over. */
  flags?: Readonly<Record<string, unknown>>
}

type Entry = { readonly key: string; readonly value: unknown; readonly from: string }
type Mapping = Readonly<Record<string, unknown>>

export const RECORDED = 'recorded by an earlier run'
const RECORDED_OPERATOR = "recorded with the operator's installation"
const FROM_FLAG = 'from --'

/**
 * What was given: an earlier run < values files in their order < --set < flags. A key may be nested or dotted; null
 * means the default again. Mappings of texts are merged key by key, except that a values file replaces what an earlier
 * run recorded. Throws one UserError (2) that names everything wrong with it.
 */
export function givenFrom({ recorded = {}, operator = {}, values = [], set = [], flags = {} }: Sources): Given {
  const problems = new Map<string, Problem>()
  const entries = [
    ...entriesOf(operator, RECORDED_OPERATOR).filter(({ key }) => place(key)?.row.release === 'ego'),
    ...entriesOf(recorded, RECORDED).filter(({ key }) => {
      const found = place(key)
      return found !== undefined && found.row.release === undefined
    }),
    ...values.flatMap(file => entriesOf(parseValues(file), `in ${file.name}`)),
    ...set.flatMap(line => entriesOfSet(line, problems)),
    ...SETTINGS.filter(row => row.flag && flags[row.flag.name] !== undefined).map(row => ({
      key: row.path,
      value: flags[row.flag!.name],
      from: `${FROM_FLAG}${row.flag!.name}`,
    })),
  ]
  const given: Record<string, Taken> = {}
  for (const entry of entries) if (problems.size <= MOST_SHOWN) take(entry, given, problems)
  if (problems.size > 0) throw wrongSettings([...problems.values()])
  return withoutOldAnswer(withoutOldRivals(given))
}

/** What a later run needs to know about these: the values by path that belong into the record of a release. */
export const recordOf = (given: Given, release: Release = 'eg'): Record<string, unknown> =>
  Object.fromEntries(
    SETTINGS.flatMap(row => {
      const entry = given[row.path]
      return entry === undefined || (row.release ?? 'eg') !== release ? [] : [[row.path, entry.value]]
    }),
  )

/** Without what a record alone may not say: that everybody may reach the gateway. */
export function believed(given: Given): Given {
  const { allowFrom, ...others } = given
  const isOpen = allowFrom?.value.some(network => network === ANY || network.endsWith('/0'))
  return allowFrom === undefined || (isOpen && allowFrom.from === RECORDED) ? others : { ...others, allowFrom }
}

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const KEYS = SETTINGS.flatMap(row => [row.path, ...(row.aliases ?? [])])
const keysUnder = (key: string) => KEYS.filter(known => known.startsWith(`${key}.`))

/** The row of a key; for a key inside a mapping also the rest of the key. */
function place(key: string) {
  for (const row of SETTINGS)
    for (const name of [row.path, ...(row.aliases ?? [])]) {
      if (key === name) return { row }
      if (row.type.keyed && key.startsWith(`${name}.`)) return { row, rest: key.slice(name.length + 1) }
    }
  return undefined
}

/** The settings in a tree of mappings; a mapping that is a value, as annotations are, stays whole. */
const entriesOf = (tree: Mapping, from: string, prefix = ''): Entry[] =>
  Object.entries(tree).flatMap(([name, value]) => {
    const key = prefix + name
    return isMapping(value) && keysUnder(key).length > 0 ? entriesOf(value, from, `${key}.`) : [{ key, value, from }]
  })

function entriesOfSet(line: string, problems: Map<string, Problem>): Entry[] {
  const read = readSetLine(line)
  if ('value' in read) return read.value.map(([key, value]) => ({ key, value, from: 'from --set' }))
  problems.set(line, { what: `--set ${show(line)} ${read.problem}`, fix: read.fix })
  return []
}

/** Puts an entry over what was given before it, whose problems count no more. */
function take({ key, value, from }: Entry, given: Record<string, Taken>, problems: Map<string, Problem>) {
  const found = place(key)
  if (!found) {
    const below = keysUnder(key)
    // A whole branch set to null goes back to its defaults, as with helm.
    if (below.length > 0 && value === null) for (const path of below) take({ key: path, value, from }, given, problems)
    else problems.set(key, unknownKey(key, below, value, from))
    return
  }
  const { row, rest } = found
  const [whole, id] = rest === undefined ? [value, row.path] : [{ [rest]: value }, `${row.path}.${rest}`]
  problems.delete(id)
  if (whole === null) {
    delete given[row.path]
    return
  }
  const read = isTooLong(whole)
    ? { problem: `is longer than ${LONGEST} characters`, fix: undefined }
    : row.type.read(whole)
  if ('problem' in read) {
    const fix = from === RECORDED ? sh`Set it again:\n${PROGRAM} --set ${`${row.path}=VALUE`}` : read.fix
    problems.set(id, { what: `${key} ${read.problem} (${from})`, fix })
    return
  }
  const before = given[row.path]
  const kept =
    row.type.keyed && before && (rest !== undefined || before.from !== RECORDED) ? (before.value as Mapping) : {}
  const isNamed = (name: string) => isMapping(read.value) && Object.hasOwn(read.value, name)
  const isRemoved = (name: string) => isMapping(whole) && whole[name] === null
  const merged = row.type.keyed
    ? Object.fromEntries(Object.entries({ ...kept, ...read.value }).filter(([name]) => !isRemoved(name)))
    : read.value
  const recorded = before?.unsaid ?? (before?.from === RECORDED ? Object.keys(kept) : [])
  const unsaid = recorded.filter(name => Object.hasOwn(merged as Mapping, name) && !isNamed(name))
  // One repeated key does not confirm the others.
  given[row.path] = unsaid.length > 0 ? { value: merged, from: RECORDED, unsaid } : { value: merged, from }
}

/** More than any setting needs. A record may hold anything, so this is asked before a value is looked at. */
const LONGEST = 20_000
const isTooLong = (value: unknown): boolean => (JSON.stringify(value)?.length ?? 0) > LONGEST

function unknownKey(key: string, below: readonly string[], value: unknown, from: string): Problem {
  if (below.length > 0)
    return { what: `${key} must be a mapping; got ${show(value)} (${from})`, fix: `Its keys are ${below.join(', ')}.` }
  const what = `Unknown setting ${show(key)} (${from})`
  if (/\[\d+\]$/.test(key)) return { what, fix: "Set the whole list: --set 'command={-log-level=info,-workers=50}'" }
  const likely = nearest(key, KEYS)
  return { what, fix: likely && `Did you mean ${likely}?` }
}

/** Settings that answer the same question. */
const RIVALS: readonly (readonly [Path, Path])[] = [
  ['expose', 'service.type'],
  ['gatewayApi.gateway', 'gatewayApi.className'],
  ['gatewayApi.gateway', 'tls.secretName'],
]

/** Of two rivals, the one given now replaces the other of an earlier run. */
function withoutOldRivals(given: Given): Given {
  const isOld = (mine: Path, other: Path) =>
    given[mine]?.from === RECORDED && given[other] !== undefined && given[other].from !== RECORDED
  const dropped = RIVALS.flatMap(([one, other]) => [
    ...(isOld(one, other) ? [one] : []),
    ...(isOld(other, one) ? [other] : []),
  ])
  if (asksForGateway(given) && given.expose?.from === RECORDED) dropped.push('expose')
  return Object.fromEntries(Object.entries(given).filter(([path]) => !dropped.includes(path as Path)))
}

/** Whether a Gateway or a class for one is given now, which says how the gateway is exposed. */
export const asksForGateway = (given: Given): boolean =>
  [given['gatewayApi.gateway'], given['gatewayApi.className']].some(
    entry => entry !== undefined && entry.value !== '' && entry.from !== RECORDED,
  )

/**
 * `--allow-from` and `--internal` say again who can access the gateway: then a private config API that only an earlier run
 * was asked for is over.
 */
function withoutOldAnswer(given: Given): Given {
  const { privateConfig, ...others } = given
  const isAnswered = [given.allowFrom, given.internal].some(answer => answer?.from.startsWith(FROM_FLAG))
  return privateConfig?.from === RECORDED && isAnswered ? others : given
}

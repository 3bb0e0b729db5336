import { EXIT, UserError } from '../errors.ts'
import { type Entry, ETCD_PORT, findMembers, readRange } from '../gateway/etcd.ts'
import { keepConnections } from '../gateway/kept-connections.ts'
import { isReady } from '../gateway/pod-connection.ts'
import { connectTo } from '../gateway/replicas.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Run } from '../kube/request/run.ts'
import type { InstallRecord } from '../record/record.ts'
import { PROGRAM } from '../text/program.ts'
import { oneLine } from '../text/sanitize.ts'
import { sh } from '../text/shell-words.ts'
import { openConfigApi } from './config-api.ts'
import { listRegistered } from './registered.ts'
import { isOfProof, KIND_NAMES, KINDS, type Registration, toRegistration } from './registration.ts'

const ROOT = '/serverless-event-gateway/'
/** etcd stores 2 GB unless it is told otherwise. */
const MOST = 1_000_000

type Read = { entries: readonly Entry[] } | { reason: string }

type Found = {
  registrations: readonly Registration[] /** Keys below the gateway's that are none of its. */
  strange: readonly string[]
}

/**
 * The registrations of all spaces as etcd holds them at one revision, through a port-forward to a member. Throws UserError
 * where etcd does not give them.
 */
export async function readRegistrations(run: Run, namespace: string): Promise<Found> {
  const read = await readFromEtcd(run, namespace)
  if ('reason' in read)
    throw new UserError(`The registrations in etcd can't be read: ${read.reason}.`, {
      fix: sh`Inspect etcd:\n${PROGRAM} status -n ${namespace}\nOr name spaces, which are read through the config API:\n${PROGRAM} backup --space default -n ${namespace}`,
      code: EXIT.precondition,
    })
  const found = fromEntries(read.entries)
  return { ...found, registrations: found.registrations.filter(each => !isOfProof(each)) }
}

/** Those of the spaces named; where etcd does not give them, by the config API. */
export async function readSpaces(run: Run, record: InstallRecord, spaces: readonly string[]): Promise<Found> {
  const { namespace } = record
  try {
    const found = await readRegistrations(run, namespace)
    return { ...found, registrations: found.registrations.filter(({ space }) => spaces.includes(space)) }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    run.reporter.note(`${error.message} Reading the config API instead.`)
  }
  const { ask, close } = await openConfigApi(run, record)
  try {
    const listed = await listRegistered({ namespace, ask, signal: run.io.signal }, [...new Set(spaces)])
    return { registrations: listed.filter(each => !isOfProof(each)), strange: [] }
  } finally {
    close()
  }
}

async function readFromEtcd(run: Run, namespace: string): Promise<Read> {
  const { kube, reporter } = run
  const members = await findMembers(kube, namespace)
  if (typeof members === 'string') return { reason: members }
  const ready = members.filter(isReady)
  if (ready.length < members.length) reporter.warn(`${ready.length} of ${members.length} etcd members are ready.`)
  let failed: Read = { reason: 'no etcd member is ready' }
  for (const member of ready) {
    const read = await readMember(run, member)
    if ('entries' in read) return read
    failed = read
  }
  // Without a quorum no member is ready, and each still has what it knew.
  for (const member of members.filter(({ status }) => status?.phase === 'Running')) {
    const read = await readMember(run, member, true)
    if ('reason' in read) continue
    reporter.warn(
      `etcd has no quorum (${failed.reason}). Reading from ${member.metadata.name} only: the newest registrations may be missing.`,
    )
    return read
  }
  return failed
}

async function readMember({ kube, reporter, io }: Run, member: KubeObject, isAlone = false): Promise<Read> {
  const { ask, close } = keepConnections(connectTo(kube, member, ETCD_PORT))
  const onPage = (read: number, left: number) => {
    if (left > 0) reporter.reason(`${read} of ${read + left} keys`)
  }
  const range = { prefix: ROOT, most: MOST, onPage, ...(isAlone && { serializable: true as const }) }
  try {
    const read = await readRange(ask, range, io.signal)
    return 'entries' in read ? read : { reason: `${member.metadata.name}: ${oneLine(read.reason)}` }
  } finally {
    close()
  }
}

/** The registrations behind entries of etcd; the gateway also keeps a key for each folder. */
function fromEntries(entries: readonly Entry[]): Found {
  const registrations: Registration[] = []
  const strange: string[] = []
  for (const { key, value } of entries) {
    if (key.endsWith('/')) continue
    const [folder, space = '', id, ...more] = key.slice(ROOT.length).split('/')
    const kind = KIND_NAMES.find(each => KINDS[each].resource === folder)
    const isPlaced = kind !== undefined && id !== undefined && more.length === 0
    const registration = isPlaced ? toRegistration(kind, space, parsed(value)) : undefined
    if (registration === undefined) strange.push(key)
    else registrations.push(registration)
  }
  return { registrations, strange }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

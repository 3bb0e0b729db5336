import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CHARTS, chartFiles, chartValues } from '../../charts/chart.ts'
import type { Tree } from '../../charts/values.ts'
import { EXIT, UserError } from '../../errors.ts'
import type { Io } from '../../io.ts'
import { OPERATOR_NAMESPACE, type Release } from '../../names.ts'
import type { Choices } from '../../plan/derived-row.ts'
import type { Plan } from '../../plan/plan.ts'
import { makeTemporaryFolder } from '../../process/temporary-folder.ts'
import { PROGRAM } from '../../text/program.ts'
import { oneLine } from '../../text/sanitize.ts'
import { sh } from '../../text/shell-words.ts'
import type { Reporter } from '../../ui/reporter.ts'
import type { Helm } from './program.ts'

/** A release as `helm list` shows it; the revision is a text there. */
export type Listed = { name: string; revision: string; status: string; chart: string }

export type ReleaseRef = { release: Release; namespace: string }
type Target = ReleaseRef & { deadline: number }

/** Where a release is that belongs to the installation in a namespace. */
export const releaseRef = (release: Release, namespace: string): ReleaseRef => ({
  release,
  namespace: release === 'ego' ? OPERATOR_NAMESPACE : namespace,
})

/** The releases that a plan needs. */
export const releasesIn = ({ stages, namespace }: Plan): ReleaseRef[] => {
  const needed = stages.filter(({ objects }) => objects.some(({ kind }) => kind !== 'Namespace'))
  return [...new Set(needed.map(({ release }) => release))].map(release => releaseRef(release, namespace))
}

/** States of a release, uninstalled ones aside: `-a` is no flag of Helm 4, and without these pending ones are not listed. */
const STATES = ['--deployed', '--failed', '--pending', '--uninstalling']

/** The release of that name, or undefined. Throws UserError (exit 3) where it is of another chart than ours. */
export async function findRelease(helm: Helm, { release, namespace }: ReleaseRef): Promise<Listed | undefined> {
  const args = ['list', '-n', namespace, ...STATES, '--filter', `^${release}$`, '-o', 'json']
  const text = await helm.run({ what: `list the releases in namespace ${namespace}`, args })
  const [found] = JSON.parse(text) as Listed[]
  if (found === undefined || new RegExp(`^${CHARTS[release].name}-\\d`).test(found.chart)) return found
  throw new UserError(
    `The Helm release ${release} in namespace ${namespace} was installed from the chart ${oneLine(found.chart)}, not from eg-setup's.`,
    { fix: 'Choose another namespace: -n NAMESPACE', code: EXIT.precondition },
  )
}

/** The user-supplied values of a release; {} if it does not exist. Throws like `findRelease`. */
export async function valuesOfRelease(helm: Helm, target: ReleaseRef): Promise<Tree> {
  if ((await findRelease(helm, target)) === undefined) return {}
  const { release, namespace } = target
  const args = ['get', 'values', release, '-n', namespace, '-o', 'json']
  return JSON.parse(await helm.run({ what: `read the values of the release ${release}`, args })) ?? {}
}

/** How long to wait for a helm process that outlived its eg-setup. */
const ENDING_MS = 10_000
const PAUSE_MS = 500

/**
 * Makes a release that a killed helm left in the middle one that can be upgraded. Does nothing for any other. It goes back to
 * what was deployed, since helm 3 removes only fields that the deployed revision had; where nothing was, its own revision is
 * applied to the end.
 */
export async function repairRelease(helm: Helm, target: Target, reporter: Reporter, io: Io): Promise<void> {
  const { release, namespace, deadline } = target
  const patience = io.clock.now() + ENDING_MS
  let found = await findRelease(helm, target)
  while (found?.status.startsWith('pending-') && io.clock.now() < patience) {
    reporter.reason(`the release ${release} has status ${found.status}`)
    await io.clock.sleep(PAUSE_MS, io.signal)
    found = await findRelease(helm, target)
  }
  if (found?.status === 'uninstalling')
    throw new UserError(`The Helm release ${release} in namespace ${namespace} is only partly uninstalled.`, {
      fix: sh`Finish the removal, then run eg-setup again:\n${PROGRAM} cleanup -n ${namespace}`,
      code: EXIT.precondition,
    })
  if (!found?.status.startsWith('pending-')) return
  reporter.note(`An interrupted helm left the release ${release} ${found.status}. Repairing the release first.`)
  const what = `repair the release ${release}`
  const history: { revision: number; status: string }[] = JSON.parse(
    await helm.run({ what, args: ['history', release, '-n', namespace, '-o', 'json'] }),
  )
  const deployed = history.findLast(({ status }) => status === 'deployed')
  const revision = String(deployed?.revision ?? found.revision)
  const args = ['rollback', release, revision, '-n', namespace, NO_HOOKS, ...timeout(deadline, io)]
  await helm.run({ what, args, deadline })
}

/** Installs or upgrades a release to what the plan of these choices has; does not wait for its pods. */
export async function upgradeRelease(
  helm: Helm,
  target: Target,
  { choices, force }: { choices: Choices; force: boolean },
  io: Io,
): Promise<void> {
  const { release, namespace, deadline } = target
  const folder = await makeTemporaryFolder('eg-setup-chart-')
  try {
    for (const [path, text] of chartFiles(release)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    const args = ['upgrade', '--install', release, folder, '-n', namespace, '-f', '-', NO_HOOKS, '--history-max', '5']
    await helm.run({
      what: `install the release ${release}`,
      // Helm 3 takes fields over without a word.
      args: [...args, ...timeout(deadline, io), ...(force && helm.major > 3 ? ['--force-conflicts'] : [])],
      input: JSON.stringify(chartValues(release, choices)),
      deadline,
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Removes what is left of a release. */
export async function uninstallRelease(helm: Helm, { release, namespace, deadline }: Target, io: Io): Promise<void> {
  const args = [
    'uninstall',
    release,
    '-n',
    namespace,
    NO_HOOKS,
    '--ignore-not-found',
    '--wait',
    ...timeout(deadline, io),
  ]
  await helm.run({ what: `uninstall the release ${release}`, args, deadline })
}

/** Our charts have none but that of `helm test`; those of a stored release would run with the person's permissions. */
const NO_HOOKS = '--no-hooks'

const timeout = (deadline: number, { clock }: Io) => [
  '--timeout',
  `${Math.max(1, Math.ceil((deadline - clock.now()) / 1000))}s`,
]

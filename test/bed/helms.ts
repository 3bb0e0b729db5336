import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

/** Both versions of Helm that people have; the cluster tier needs them on the PATH (README, "Tests"). */
export const HELMS = ['helm3', 'helm4'] as const

/** A PATH on which `helm` is this one. */
export async function pathWith(helm: string): Promise<{ PATH: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'eg-helm-'))
  const { stdout } = await promisify(execFile)('sh', ['-c', `command -v ${helm}`])
  await symlink(stdout.trim(), join(folder, 'helm'))
  return {
    PATH: `${folder}${delimiter}${process.env['PATH']}`,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

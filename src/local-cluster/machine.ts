import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Io } from '../io.ts'

/** Programs that a local cluster is made with; they stand on the PATH. */
const PROGRAMS = ['minikube', 'kind', 'k3d', 'colima', 'docker', 'virsh', 'vfkit'] as const
export type Tool = (typeof PROGRAMS)[number] | 'kvm' | 'hyper-v'

/** Systems that are set up alike. */
export type System = 'fedora' | 'debian' | 'linux' | 'macos' | 'windows'

/** What of this machine matters for a cluster on it; found by looking at files, no program is run. */
export type Machine = {
  system: System
  arm: boolean
  tools: ReadonlySet<Tool>
}

type Host = {
  env: Io['env']
  platform: NodeJS.Platform
  arch: string
  exists: (path: string) => boolean
  read: (path: string) => string
}

/** This machine as Node sees it. */
export const thisHost = ({ env }: Pick<Io, 'env'>): Host => ({
  env,
  platform: process.platform,
  arch: process.arch,
  exists: existsSync,
  read: path => (existsSync(path) ? readFileSync(path, 'utf8') : ''),
})

/** What is there to make a cluster with. */
export function lookAtMachine(host: Host): Machine {
  const { env, platform, arch, exists, read } = host
  const found = new Set<Tool>(PROGRAMS.filter(program => isOnPath(program, host)))
  if (exists('/dev/kvm')) found.add('kvm')
  if (exists(join(env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'vmms.exe'))) found.add('hyper-v')
  return { system: systemOf(platform, read), arm: arch === 'arm64', tools: found }
}

/** Whether a program of that name is on the PATH. */
export function isOnPath(program: string, { env, platform, exists }: Omit<Host, 'read'>): boolean {
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter(Boolean)
  const endings = platform === 'win32' ? ['.exe', '.cmd', '.bat'] : ['']
  return folders.some(folder => endings.some(ending => exists(join(folder, program + ending))))
}

/** os-release(5): ID is the distribution, ID_LIKE what it is made from. */
function systemOf(platform: NodeJS.Platform, read: Host['read']): System {
  if (platform === 'darwin') return 'macos'
  if (platform === 'win32') return 'windows'
  const ids = [...read('/etc/os-release').matchAll(/^ID(?:_LIKE)?="?([^"\n]*)/gm)].flatMap(([, list]) =>
    list!.split(' '),
  )
  if (ids.some(id => ['fedora', 'rhel', 'centos'].includes(id))) return 'fedora'
  return ids.some(id => ['debian', 'ubuntu'].includes(id)) ? 'debian' : 'linux'
}

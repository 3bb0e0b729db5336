import { release } from 'node:os'

/** Where eg-setup runs, as far as it decides which addresses can be reached from here. */
export type Platform = 'linux' | 'darwin' | 'win32' | 'wsl'

export const EVERYWHERE: readonly Platform[] = ['linux', 'darwin', 'win32', 'wsl']

/** The platform of this machine. WSL is a Linux whose kernel release names Microsoft. */
export function thisPlatform(system: string = process.platform, kernel: string = release()): Platform {
  if (system === 'darwin' || system === 'win32') return system
  return /microsoft/i.test(kernel) ? 'wsl' : 'linux'
}

import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'

/**
 * The machine that this process runs on, until its next boot: 32 hex digits, the same for all processes that can see each
 * other by their process ids. Containers of one kernel share its boot id, not the namespace of their process ids. Where the
 * system tells neither without running a program (macOS, Windows), every run has a machine of its own.
 */
export const MACHINE: string = createHash('sha256').update(bootOfThisMachine()).digest('hex').slice(0, 32)

function bootOfThisMachine(): string | Buffer {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return randomBytes(16)
  }
}

/** Whether a process of this machine is there; its process id may have come again. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

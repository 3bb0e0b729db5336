type Env = Readonly<Record<string, string | undefined>>

/** Whether nothing may be drawn that moves the cursor: dumb terminals, and screen readers (ACCESSIBLE=1, as other prompts take it). */
export const isPlain = (env: Env): boolean =>
  env['TERM'] === 'dumb' || !['', '0', 'false'].includes(env['ACCESSIBLE'] ?? '')

/** Signs that a progress line is made of; the old console of Windows and that of a Linux without X have letters only. */
export function signsFor(env: Env, platform: NodeJS.Platform = process.platform) {
  const isModern = env['WT_SESSION'] || env['TERM_PROGRAM'] || env['ConEmuTask'] || env['MSYSTEM'] || env['TERM']
  const hasUnicode = platform === 'win32' ? isModern : env['TERM'] !== 'linux'
  return hasUnicode
    ? { frames: ['◒', '◐', '◓', '◑'], done: '✔', more: '…' }
    : { frames: ['|', '/', '-', '\\'], done: '*', more: '...' }
}

import type { Output } from '../io.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Whether nothing may be drawn that moves the cursor: dumb terminals, and screen readers (ACCESSIBLE=1, as other prompts take it). */
export const isPlain = (env: Env): boolean =>
  env['TERM'] === 'dumb' || !['', '0', 'false'].includes(env['ACCESSIBLE'] ?? '')

/** Columns that a box with labels needs to be readable. */
const NARROW = 50

/** Whether rails, boxes and live lines may be drawn: on a terminal that is wide enough. */
export const canDraw = ({ isTTY, columns = 80 }: Output, env: Env): boolean =>
  isTTY === true && !isPlain(env) && !env['CI'] && columns >= NARROW

/** Symbols of results and progress. The legacy Windows console and the Linux console show letters only. */
export function signsFor(env: Env, platform: NodeJS.Platform = process.platform) {
  const isModern = env['WT_SESSION'] || env['TERM_PROGRAM'] || env['ConEmuTask'] || env['MSYSTEM'] || env['TERM']
  const hasUnicode = platform === 'win32' ? isModern : env['TERM'] !== 'linux'
  return hasUnicode
    ? {
        frames: ['◒', '◐', '◓', '◑'],
        done: '✔',
        step: '◇',
        warning: '▲',
        failed: '✖',
        unknown: '?',
        bar: '│',
        more: '…',
      }
    : {
        frames: ['|', '/', '-', '\\'],
        done: '*',
        step: '*',
        warning: '!',
        failed: 'x',
        unknown: '?',
        bar: '|',
        more: '...',
      }
}

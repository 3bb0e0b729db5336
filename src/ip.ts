/**
 * The family of an IP address, 4 or 6, and 0 for all else. An address with a zone (`%eth0`) is none here: it means an
 * interface of one machine, and not every Node checks what stands in it. node:net is loaded when it is asked: --help does
 * not ask, and would take a quarter more of what it takes beyond Node itself.
 */
export function isIP(text: string): 0 | 4 | 6 {
  return text.includes('%') ? 0 : (process.getBuiltinModule('node:net').isIP(text) as 0 | 4 | 6)
}

/**
 * The family of an IP address, 4 or 6, and 0 for all else. An address with a zone (`%eth0`) is none here: it means an
 * interface of one machine, and not every Node checks what stands in it. node:net is loaded when it is asked: --help does
 * not ask, and would take a quarter more of what it takes beyond Node itself.
 */
export function isIP(text: string): 0 | 4 | 6 {
  return text.includes('%') ? 0 : (process.getBuiltinModule('node:net').isIP(text) as 0 | 4 | 6)
}

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i

/**
 * Whether a text is a DNS name (an RFC 1123 subdomain; a closing dot is allowed). 0x7f.1, 017700000001 and 2130706433 are
 * none: whatever ends in a number is an IPv4 address to many a program (WHATWG URL, "ends in a number").
 */
export function isDnsName(text: string): boolean {
  const name = text.replace(/\.$/, '')
  return (
    name.length <= 253 && name.split('.').every(label => LABEL.test(label)) && !/(^|\.)(\d+|0x[0-9a-f]*)$/i.test(name)
  )
}

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'

/** One DER element: tag, length, content (X.690). */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const length = content.length
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...head]), content])
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts)
const set = (...parts: readonly Buffer[]) => der(0x31, ...parts)
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const octets = (...parts: readonly Buffer[]) => der(0x04, ...parts)
const bits = (content: Buffer, unused = 0) => der(0x03, Buffer.from([unused]), content)
const utf8 = (text: string) => der(0x0c, Buffer.from(text))
const yes = der(0x01, Buffer.from([0xff]))

const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'))

/** RFC 5280 4.1.2.5: two digits of the year up to 2049, four from then on. */
function time(date: Date): Buffer {
  const text = `${date
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:T]/g, '')}`
  return date.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text))
}

/** The bytes of an IP address as certificates carry it. */
function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail] = address.split('::')
  const groups = (text: string | undefined) => (text ? text.split(':') : [])
  const zeros = Array(8 - groups(head).length - groups(tail).length).fill('0')
  const all = tail === undefined ? groups(head) : [...groups(head), ...zeros, ...groups(tail)]
  return Buffer.from(all.map(group => group.padStart(4, '0')).join(''), 'hex')
}

const extension = (id: string, value: Buffer, critical = false) =>
  sequence(oid(id), ...(critical ? [yes] : []), octets(value))

const pem = (label: string, content: Buffer) =>
  `-----BEGIN ${label}-----\n${content
    .toString('base64')
    .match(/.{1,64}/g)!
    .join('\n')}\n-----END ${label}-----\n`

/**
 * A self-signed P-256 certificate and its key in PEM, for servers and clients alike, and its own CA; valid from yesterday
 * for ten years, for 127.0.0.1, ::1 and localhost unless said. `name` is the subject's common name.
 */
export function makeCertificate({
  name = 'simulated-cluster',
  notBefore = new Date(Date.now() - 86_400_000),
  notAfter = new Date(Date.now() + 3650 * 86_400_000),
  hosts = ['127.0.0.1', '::1', 'localhost'],
}: {
  name?: string
  notBefore?: Date
  notAfter?: Date
  hosts?: readonly string[]
} = {}): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = sequence(set(sequence(oid('550403'), utf8(name))))
  const names = hosts.map(host => (isIP(host) ? der(0x87, addressBytes(host)) : der(0x82, Buffer.from(host))))
  const extensions = sequence(
    extension('551d13', sequence(yes), true), // basicConstraints: a CA
    extension('551d0f', bits(Buffer.from([0x84]), 2), true), // keyUsage: digitalSignature, keyCertSign
    extension('551d25', sequence(oid('2b06010505070301'), oid('2b06010505070302'))), // serverAuth, clientAuth
    ...(names.length > 0 ? [extension('551d11', sequence(...names))] : []), // subjectAltName
  )
  const serial = randomBytes(8)
  serial[0] = (serial[0]! & 0x3f) | 0x40 // positive, no leading zero byte
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, serial),
    ECDSA_SHA256,
    subject,
    sequence(time(notBefore), time(notAfter)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  )
  const cert = sequence(body, ECDSA_SHA256, bits(sign('sha256', body, privateKey)))
  return { cert: pem('CERTIFICATE', cert), key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string }
}

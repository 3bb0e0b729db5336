import { oneLine } from '../text/sanitize.ts'

/** What Node says of a certificate that it does not accept (OpenSSL's verification errors), as the end of a clause. */
const REASONS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is not trusted by this machine',
  SELF_SIGNED_CERT_IN_CHAIN: 'is not trusted by this machine',
  UNABLE_TO_GET_ISSUER_CERT: 'is not trusted by this machine',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'is not trusted by this machine',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'is not trusted by this machine',
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another host name',
}

/** How to make this machine and curl accept a certificate. */
export const TRUST_FIX =
  'If you trust the signer, save its certificate as ca.pem. With curl, add --cacert ca.pem. For eg-setup, set:\nexport NODE_EXTRA_CA_CERTS=ca.pem'

const HANDSHAKE_MS = 3_000

/** Why a server's certificate is not accepted, and who signed it, as a clause; undefined for any other error. */
export async function whyUntrusted(code: string, { hostname, port }: URL): Promise<string | undefined> {
  if (!Object.hasOwn(REASONS, code)) return undefined
  const host = hostname.replace(/^\[|\]$/g, '')
  return `the certificate of ${host} ${REASONS[code]}${await signerOf(host, Number(port) || 443)}`
}

/** Who signed the certificate, in brackets; '' where it can't be seen. Nothing is sent over this connection. */
async function signerOf(host: string, port: number): Promise<string> {
  // Loaded only now: help holds the words of this file, and starts faster without TLS.
  const { connect } = await import('node:tls')
  return new Promise(resolve => {
    const socket = connect({ host, port, servername: host, rejectUnauthorized: false, timeout: HANDSHAKE_MS })
    const end = (text: string) => {
      socket.destroy()
      resolve(text)
    }
    socket.on('error', () => end(''))
    socket.on('timeout', () => end(''))
    socket.on('secureConnect', () => {
      const { issuer, subject } = socket.getPeerCertificate()
      const names = [issuer, subject].map(name => oneLine([name?.CN ?? name?.O ?? ''].flat()[0] ?? '', 100))
      end(names[0] === '' ? '' : ` (signed by ${names[0] === names[1] ? 'itself' : names[0]}, for ${names[1]})`)
    })
  })
}

import { readFileSync } from 'node:fs'

/** In every secret that a test makes up; nothing that a person reads may hold it. */
export const MARK = 'S3CRET'

/** What of a kubeconfig, or of the environment's proxy, may never be printed, and by what it is called. */
function secretsIn(text: string): Map<string, string> {
  const secrets = new Map([['a marked secret', MARK]])
  for (const [, name = '', value = ''] of text.matchAll(/^ *"?(token|password|client-key-data)"?: *"?([^\s"]+)/gm)) {
    secrets.set(name, value)
    const lines = name === 'client-key-data' ? Buffer.from(value, 'base64').toString().split('\n') : []
    for (const line of lines.filter(line => /^[\w+/=]{16,}$/.test(line))) secrets.set(`a line of ${name}`, line)
    secrets.set(`${name} in base64`, Buffer.from(value).toString('base64'))
  }
  return secrets
}

/** Throws where something that was printed holds a secret of the kubeconfig that was used. */
export function requireNoSecret(printed: string, args: readonly string[], kubeconfig: string | undefined): void {
  const file = args[args.indexOf('--kubeconfig') + 1 || args.length] ?? kubeconfig ?? ''
  let text = ''
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    // Without a file there is nothing to give away.
  }
  for (const [name, secret] of secretsIn(text))
    if (printed.includes(secret)) throw new Error(`eg-setup ${args.join(' ')} has printed ${name}:\n${printed}`)
}

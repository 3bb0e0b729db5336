/** What a kubeconfig of the simulator says besides the server. */
export type KubeconfigOptions = {
  /** Of the context, which is the current one; also the cluster's and the user's unless given. */
  context?: string
  cluster?: string
  user?: string
  namespace?: string
  /** Of the cluster, as minikube and others mark their entries. */
  extensions?: readonly { name: string; extension: unknown }[]
}

export type Credentials = { token?: string; clientCertificate?: { cert: string; key: string } }

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A kubeconfig in YAML. */
export function writeKubeconfig(
  { server, ca }: { server: string; ca: string },
  { token, clientCertificate }: Credentials,
  { context = 'demo', cluster = context, user = context, namespace, extensions }: KubeconfigOptions = {},
): string {
  const say = JSON.stringify // JSON's strings are YAML's
  const credentials = clientCertificate
    ? `    client-certificate-data: ${base64(clientCertificate.cert)}
    client-key-data: ${base64(clientCertificate.key)}
`
    : `    token: ${say(token ?? '')}
`
  const marks = extensions
    ? `    extensions:
${extensions.map(({ name, extension }) => `    - name: ${say(name)}\n      extension: ${say(extension)}\n`).join('')}`
    : ''
  return `apiVersion: v1
kind: Config
clusters:
- name: ${say(cluster)}
  cluster:
    server: ${server}
    certificate-authority-data: ${base64(ca)}
${marks}contexts:
- name: ${say(context)}
  context:
    cluster: ${say(cluster)}
    user: ${say(user)}
${namespace ? `    namespace: ${say(namespace)}\n` : ''}current-context: ${say(context)}
users:
- name: ${say(user)}
  user:
${credentials}`
}

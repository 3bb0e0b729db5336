/** A kubeconfig in YAML; cluster and user are called like the context. */
export function writeKubeconfig(context: string, server: string, token: string, ca: string | undefined): string {
  const authority = ca ? `\n    certificate-authority-data: ${Buffer.from(ca).toString('base64')}` : ''
  return `apiVersion: v1
kind: Config
clusters:
- name: ${context}
  cluster:
    server: ${server}${authority}
contexts:
- name: ${context}
  context:
    cluster: ${context}
    user: ${context}
current-context: ${context}
users:
- name: ${context}
  user:
    token: ${token}
`
}

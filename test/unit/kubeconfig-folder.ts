import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { EXIT, UserError } from '../../src/errors.ts'
import { loadKubeconfig } from '../../src/kube/login/kubeconfig.ts'
import { chooseTarget } from '../../src/kube/login/target.ts'

export const SECRET = 'hunter2'

/** The temporary folder of the test that runs. */
export let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

export function write(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
}

/** A kubeconfig of one cluster, user and context of this name. */
export const config = (
  name: string,
  { server = `https://${name}`, user = `{token: ${SECRET}}`, current = name, more = '' } = {},
) => `
clusters: [{name: ${name}, cluster: {server: "${server}"${more}}}]
users: [{name: ${name}, user: ${user}}]
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}}}]
current-context: "${current}"
`

export const list = (...names: readonly string[]) => names.map(name => join(folder, name)).join(delimiter)

export type Choice = { kubeconfig?: string; context?: string; namespace?: string }

export async function target(env: Record<string, string>, choice: Choice = {}) {
  return chooseTarget(await loadKubeconfig(choice.kubeconfig, { HOME: folder, ...env }), choice)
}

export async function failure(
  env: Record<string, string>,
  choice: Choice = {},
): Promise<{ message: string; fix: string }> {
  try {
    await target(env, choice)
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    const { message, fix, code, cause } = error as UserError
    expect(code).toBe(EXIT.precondition)
    expect(`${message}${fix}${cause}`).not.toContain(SECRET)
    expect(message).not.toContain('\n')
    expect(fix).toMatch(/^.+(\n(kubectl|minikube) .+)?$/)
    return { message: message.replaceAll(folder, ''), fix: fix.replaceAll(folder, '') }
  }
  throw new Error('nothing was refused')
}

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { openTerminal } from '../bed/terminal.ts'

const NAMESPACE = 'egp'
let bed: Bed

beforeAll(async () => {
  bed = await openBed()
})
afterAll(async () => {
  await run(['cleanup', '--yes', '--delete-data', '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })
  await bed.close()
})

test('setup offers to forward the ports of a gateway inside the cluster, until Ctrl-C', async () => {
  const terminal = openTerminal(['-n', NAMESPACE, '--expose', 'cluster-ip'], { env: { KUBECONFIG: bed.kubeconfig } })
  await terminal.shows('Install into namespace')
  terminal.press('enter')
  await terminal.shows('ports to this machine')
  terminal.press('enter')
  await terminal.shows('Forwarding until Ctrl-C')
  terminal.press('ctrlC')
  const { code, stdout } = await terminal.ended
  expect(code).toBe(130)
  expect(stdout).toMatch(/^export EVENT_GATEWAY_URL='127\.0\.0\.1';\n(export EVENT_GATEWAY_\w+='\d+';\n){2}$/)
})

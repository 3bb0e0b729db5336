import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { run } from '../bed/command.ts'
import { names, ours } from '../bed/objects.ts'
import { openTerminal } from '../bed/terminal.ts'

const NAMESPACE = 'egw'
let bed: Bed
const wizard = (columns = 80) => openTerminal([], { columns, env: { KUBECONFIG: bed.kubeconfig } })

beforeAll(async () => {
  bed = await openBed()
})
afterEach(async () => {
  await run(['cleanup', '--yes', '--delete-data', '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })
})
afterAll(() => bed.close())

test('answered with keys, the wizard installs and prints the exports on stdout', async () => {
  const terminal = wizard()
  await terminal.shows('Namespace for the Event Gateway')
  terminal.press('ctrlU')
  terminal.type(NAMESPACE)
  terminal.press('enter')
  await terminal.shows('How shall the gateway be reached?')
  terminal.press('enter')
  await terminal.shows('Install into namespace')
  terminal.press('enter')
  const { code, stdout, restored } = await terminal.ended
  expect({ code, restored }).toEqual({ code: 0, restored: true })
  expect(stdout).toMatch(/^export EVENT_GATEWAY_URL='[\w.]+';\n(export EVENT_GATEWAY_\w+='\d+';\n){2}$/)
})

test('Ctrl-C at the confirmation ends with 130, the terminal restored and nothing written', async () => {
  const terminal = wizard()
  await terminal.shows('Namespace for the Event Gateway')
  terminal.press('enter')
  await terminal.shows('How shall the gateway be reached?')
  terminal.press('enter')
  await terminal.shows('Install into namespace')
  terminal.press('ctrlC')
  expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
  expect(names(await ours(bed))).toEqual([])
})

import { expect, test } from 'vitest'
import { openTerminal } from '../bed/terminal.ts'

test('one Ctrl-C ends the demo while its gateway answers', async () => {
  const terminal = openTerminal(['demo'])
  for (const question of ['Namespace', 'clients reach', 'Install into']) {
    await terminal.shows(new RegExp(question))
    terminal.press('enter')
  }
  await terminal.shows('until you press Enter')
  terminal.press('ctrlC')
  expect(await terminal.ended).toMatchObject({ code: 130, restored: true })
})

test('Ctrl-C while the demo installs names no command for a cluster that is gone', async () => {
  const terminal = openTerminal(['demo'])
  for (const question of ['Namespace', 'clients reach', 'Install into']) {
    await terminal.shows(new RegExp(question))
    terminal.press('enter')
  }
  await terminal.shows(/[◒◐◓◑] {2}/)
  terminal.press('ctrlC')
  expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
  expect(terminal.screen()).not.toContain('--kubeconfig')
})

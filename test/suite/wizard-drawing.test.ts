import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Bed } from '../bed/bed.ts'
import { BIN, NODE, run } from '../bed/command.ts'
import { names, ours } from '../bed/objects.ts'
import { openSimulatorBed } from '../bed/simulator.ts'
import { openTerminal } from '../bed/terminal.ts'
import { accept, chooseNamespace, EXPORTS } from '../bed/wizard.ts'

/** What the wizard draws: the same whichever cluster answers, so it is a simulated one in either tier. */
const NAMESPACE = 'egw'

let bed: Bed
const eg = (...args: string[]) => run([...args, '-n', NAMESPACE], { env: { KUBECONFIG: bed.kubeconfig } })
const wizard = (columns = 80, args: readonly string[] = [], env = {}) =>
  openTerminal(args, { columns, env: { KUBECONFIG: bed.kubeconfig, ...env } })

beforeAll(async () => {
  bed = await openSimulatorBed()
})
afterEach(() => eg('cleanup', '--yes', '--delete-data'))
afterAll(() => bed.close())

/** Lines that have to stay whole, since people paste them. */
const PASTED = /^(│ .* | {2})(eg-setup|curl) /

describe.each([120, 40])('at %i columns', columns => {
  test('answered with keys, the wizard installs and prints the exports on stdout', async () => {
    const terminal = wizard(columns)
    await chooseNamespace(terminal, NAMESPACE)
    await accept(terminal, 'How should clients reach', 'Install into')
    const { code, stdout, restored } = await terminal.ended
    expect({ code, restored }).toEqual({ code: 0, restored: true })
    expect(stdout).toMatch(EXPORTS)
    expect(terminal.broken().filter(line => !PASTED.test(line))).toEqual([])
  })

  test('Esc goes back to the question before, which has the former answer', async () => {
    const terminal = wizard(columns)
    await chooseNamespace(terminal, NAMESPACE)
    await terminal.shows('How should clients reach')
    terminal.press('up', 'enter')
    await terminal.shows(`Install into namespace ${NAMESPACE}`)
    terminal.press('escape')
    await terminal.shows('How should clients reach')
    await terminal.shows('● Load balancer')
    terminal.press('escape')
    await terminal.shows('Namespace')
    await terminal.shows(`${NAMESPACE}█`)
    terminal.type('2')
    await accept(terminal, `${NAMESPACE}2█`, 'How should clients reach')
    await terminal.shows(`Install into namespace ${NAMESPACE}2`)
    terminal.press('escape')
    await terminal.shows('How should clients reach')
    terminal.press('escape')
    await terminal.shows('Namespace')
    terminal.press('escape')
    expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
    expect(names(await ours(bed))).toEqual([])
  })

  test.each([0, 1, 2])('Ctrl-C after %i answers ends with 130 and nothing written', async answers => {
    const terminal = wizard(columns)
    const questions = ['Namespace', 'How should clients reach', 'Install into']
    await accept(terminal, ...questions.slice(0, answers))
    await terminal.shows(questions[answers]!)
    terminal.press('ctrlC')
    expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
    expect(names(await ours(bed))).toEqual([])
  })
})

test('keys pressed while nothing is asked answer nothing and draw nothing', async () => {
  const terminal = wizard()
  await terminal.shows('until you confirm')
  terminal.press('enter', 'enter', 'enter', 'enter')
  await chooseNamespace(terminal, NAMESPACE)
  await accept(terminal, 'How should clients reach', 'Install into')
  await terminal.shows('etcd operator')
  terminal.press('enter', 'enter')
  terminal.type('typed ahead')
  expect(await terminal.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(EXPORTS), restored: true })
  expect(terminal.screen()).not.toContain('typed ahead')
  expect(terminal.screen()).not.toMatch(/^[◒◐◓◑]/m)
})

test('a terminal that becomes narrower while it installs keeps no remains of the live line', async () => {
  const terminal = wizard(120)
  await chooseNamespace(terminal, NAMESPACE)
  await accept(terminal, 'How should clients reach', 'Install into')
  await terminal.shows('etcd operator')
  terminal.resize(44)
  expect(await terminal.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(EXPORTS), restored: true })
  expect(terminal.screen()).not.toMatch(/^[◒◐◓◑]/m)
})

describe('without drawing on the screen', () => {
  test.each([{ TERM: 'dumb' }, { ACCESSIBLE: '1' }])(
    'with %o it asks in plain lines, without moving the cursor',
    async env => {
      const terminal = wizard(80, [], env)
      await terminal.shows('[default]:')
      terminal.type(`${NAMESPACE}\r`)
      await terminal.shows('Number [2]:')
      terminal.type('<\r')
      await terminal.shows(`[${NAMESPACE}]:`)
      terminal.type('\r')
      await terminal.shows('Number [2]:')
      terminal.type('7\r')
      await terminal.shows('Enter a number from 1 to 5.')
      terminal.type('2\r')
      await terminal.shows('[yes]:')
      terminal.type('y\r')
      expect(await terminal.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(EXPORTS) })
      expect(terminal.raw()).not.toMatch(/\x1b(?!\[[\d;]*m)/)
    },
  )

  test.each([
    ['Ctrl-C', '\x03'],
    ['the end of the input', '\x04'],
  ])('%s ends it with 130', async (_name, key) => {
    const terminal = wizard(80, [], { TERM: 'dumb' })
    await terminal.shows('[default]:')
    terminal.type(key)
    expect(await terminal.ended).toMatchObject({ code: 130, stdout: '', restored: true })
  })

  /** Clack decides by stdout, which is the terminal here. */
  const command = ['sh', '-c', 'exec "$0" "$@" >/dev/tty', NODE, BIN]
  const COLOR = /\x1b\[(3|4|9|10)\d(;\d+)*m/
  test.each([
    [{ NO_COLOR: '1' }, [], false],
    [{}, ['--no-color'], false],
    [{ FORCE_COLOR: '1' }, ['--no-color'], false],
    [{}, [], true],
  ])('with %j %j it asks the same; in color: %s', async (env, args, isColored) => {
    const terminal = openTerminal(args, { command, env: { KUBECONFIG: bed.kubeconfig, ...env } })
    await accept(terminal, 'Namespace', 'How should clients reach')
    await terminal.shows('Install into')
    terminal.press('ctrlC')
    await terminal.ended
    expect(COLOR.test(terminal.raw())).toBe(isColored)
  })

  test.each([
    ['setup', 'Confirmation required'],
    ['cleanup', 'Confirmation required to remove'],
  ])('%s says what keeps it from asking', async (command, message) => {
    expect(await eg('--yes')).toMatchObject({ code: 0 })
    const terminal = wizard(80, [command, '-n', NAMESPACE], { CI: 'true' })
    expect(await terminal.ended).toMatchObject({ code: 2, stdout: '' })
    expect(terminal.screen().replaceAll('\n', ' ')).toMatch(
      RegExp(`${message}.*: the environment variable CI is set\\.`),
    )
    const log = await eg(command)
    expect(log).toMatchObject({ code: 2, stdout: '' })
    expect(log.stderr).toMatch(RegExp(`${message}.*: this is not a terminal\\.`))
  })
})

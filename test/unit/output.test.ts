import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { BIN, NODE } from '../bed/command.ts'

const shell = (line: string) =>
  spawnSync('bash', ['-c', `set -o pipefail; ${line}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], NODE, BIN },
  })

const PRINTING = ['--help', '--version', 'env --unset', 'render --expose cluster-ip', 'completion bash']

test.each(PRINTING)("a result that can't be written is an error: %s", words => {
  const { status, stderr } = shell(`"$NODE" "$BIN" ${words} >/dev/full`)
  expect(stderr).toMatch(/^✖ {2}Can't write the result: ENOSPC.*\n {3}\S.*\n$/)
  expect(status).toBe(1)
})

test.each(PRINTING)('a reader that reads nothing is none: %s', words => {
  const { status, stderr } = shell(`"$NODE" "$BIN" ${words} | true`)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

test('help comes whole to a reader that takes its time', () => {
  const { stdout } = shell(`"$NODE" "$BIN" setup --help | { sleep 0.3; cat; }`)
  expect(stdout).toBe(shell(`"$NODE" "$BIN" setup --help`).stdout)
})

test("talk that can't be written does not change how a command ends", () => {
  expect(shell(`"$NODE" "$BIN" nonsense 2>/dev/full`)).toMatchObject({ status: 2 })
})

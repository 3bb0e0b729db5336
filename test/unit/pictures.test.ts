import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { NODE } from '../bed/command.ts'

const DRAW = fileURLToPath(new URL('../pictures/draw.js', import.meta.url))

test("README's pictures show what eg-setup prints today (npm run pictures draws them again)", async () => {
  const { stderr } = await promisify(execFile)(NODE, [DRAW, '--check'])
  expect(stderr).toBe('')
}, 180_000)

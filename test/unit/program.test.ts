import { expect, test } from 'vitest'
import { programOf } from '../../src/text/program.ts'

const npm = { npm_config_user_agent: 'npm/11.0.0 node/v22.0.0 linux x64' }
const npx = { ...npm, npm_command: 'exec' }

test.each([
  ['npx', '/home/a/.npm/_npx/0f/node_modules/.bin/eg-setup', npx, '/home/a', 'npx eg-setup'],
  ['npx on Windows', 'C:\\npm\\_npx\\0f\\node_modules\\eg-setup\\bin\\eg-setup.js', npx, 'C:\\', 'npx eg-setup'],
  ['npx in a project', '/p/node_modules/.bin/eg-setup', npx, '/p', 'npx eg-setup'],
  ['npx in a project on Windows', 'C:\\p\\node_modules\\eg-setup\\bin\\eg-setup.js', npx, 'C:\\p', 'npx eg-setup'],
  ['an npm script', '/p/node_modules/.bin/eg-setup', { ...npm, npm_command: 'run-script' }, '/p', 'npx eg-setup'],
  [
    'pnpm dlx',
    '/home/a/.cache/pnpm/dlx/1/node_modules/eg-setup/bin/eg-setup.js',
    { npm_config_user_agent: 'pnpm/10.0.0 npm/?' },
    '/',
    'pnpm dlx eg-setup',
  ],
  [
    'bunx',
    '/tmp/bunx-0-eg-setup@latest/node_modules/.bin/eg-setup',
    { npm_config_user_agent: 'bun/1.3' },
    '/',
    'bunx eg-setup',
  ],
  ['an installed program', '/usr/local/bin/eg-setup', {}, '/home/a', 'eg-setup'],
  ['an installed program in a shell of npm exec', '/usr/local/bin/eg-setup', npx, '/home/a', 'eg-setup'],
  ['an installed program on Windows', 'C:\\npm\\node_modules\\eg-setup\\bin\\eg-setup.js', {}, 'C:\\', 'eg-setup'],
  ['a clone', '/home/a/eg/bin/eg-setup.js', {}, '/home/a/eg', 'node bin/eg-setup.js'],
  [
    'npm run demo in a clone',
    '/c/bin/eg-setup.js',
    { ...npm, npm_command: 'run-script' },
    '/c',
    'node bin/eg-setup.js',
  ],
  ['a clone that is elsewhere', '/home/a/eg/bin/eg-setup.js', {}, '/home/b', 'node /home/a/eg/bin/eg-setup.js'],
  ['a clone, from a folder that is gone', '/c/bin/eg-setup.js', {}, '', 'node /c/bin/eg-setup.js'],
  ['something else, such as a test', '/p/node_modules/vitest/worker.js', npx, '/p', 'eg-setup'],
])('after a start by %s, commands to paste begin the same way', (_name, file, env, folder, words) => {
  expect(programOf({ file, env, folder }).join(' ')).toBe(words)
})

import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { parseRequest } from '../../src/cli/args.ts'
import { commandLine } from '../../src/cli/command-line.ts'

test.each([
  ['setup', {}],
  ['setup', { yes: true, context: 'arn:aws:eks:eu:1:cluster/x', namespace: 'egw', expose: 'node-port' }],
  [
    'setup',
    { values: ['a.yaml', 'my values.yaml'], set: ['replicaCount=2', '-x=y', "a=it's; $(id)"], timeout: 90_000 },
  ],
  ['setup', { 'allow-from': ['192.0.2.0/24', '2001:db8::/32'], 'private-config': true }],
  ['cleanup', { kubeconfig: '/my files/config', 'dry-run': true, 'delete-data': true }],
] as const)('a shell and the parser take "%s %j" back as it was', (command, flags) => {
  const line = commandLine(command, flags)
  const script = `set -- ${line.replace(/^eg-setup/, '')}; [ $# -eq 0 ] || printf '%s\\0' "$@"`
  const words = execFileSync('sh', ['-c', script], { encoding: 'utf8' })
  expect(parseRequest(words.split('\0').slice(0, -1))).toEqual({ command, flags, rest: [] })
})

test('values without a flag of the command are skipped', () => {
  expect(commandLine('cleanup', { next: 'remove', yes: undefined, expose: 'ingress' })).toBe('eg-setup cleanup')
})

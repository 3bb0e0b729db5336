import { describe, expect, test } from 'vitest'
import { guidesFor } from '../../src/local-cluster/guides.ts'
import { lookAtMachine, type Machine, type Tool } from '../../src/local-cluster/machine.ts'
import { waysToStart, wayToRestart } from '../../src/local-cluster/start-commands.ts'

const machine = (system: Machine['system'], arm: boolean, ...tools: Tool[]): Machine => ({
  system,
  arm,
  tools: new Set(tools),
})
const MACHINES = (['fedora', 'debian', 'linux', 'macos', 'windows'] as const).flatMap(system =>
  // minikube is not made for Windows on ARM.
  (system === 'windows' ? [false] : [false, true]).map(arm => ({ system, arm, machine: machine(system, arm) })),
)

test.each([
  ['Fedora', 'ID=fedora\n', 'fedora'],
  ['RHEL', 'ID="rhel"\nID_LIKE="fedora"\n', 'fedora'],
  ['Rocky', 'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\n', 'fedora'],
  ['Debian', 'VERSION_ID="12"\nID=debian\n', 'debian'],
  ['Ubuntu', 'ID=ubuntu\nID_LIKE=debian\n', 'debian'],
  ['Mint', 'ID=linuxmint\nID_LIKE="ubuntu debian"\n', 'debian'],
  ['Arch', 'ID=arch\n', 'linux'],
  ['nothing', '', 'linux'],
])('%s is known by its os-release', (_name, release, system) => {
  const host = { env: {}, platform: 'linux', arch: 'x64', exists: () => false, read: () => release } as const
  expect(lookAtMachine(host)).toEqual({ system, arm: false, tools: new Set() })
})

test.each([
  ['linux', 'x64', { PATH: '/a:/b' }, ['/b/minikube', '/a/docker', '/dev/kvm'], ['minikube', 'docker', 'kvm']],
  ['darwin', 'arm64', { PATH: '/opt/homebrew/bin' }, ['/opt/homebrew/bin/vfkit'], ['vfkit']],
  ['linux', 'x64', {}, ['/b/minikube', 'minikube'], []],
] as const)('on %s %s its programs are found on the PATH', (platform, arch, env, files: readonly string[], tools) => {
  const host = { env, platform, arch, exists: (path: string) => files.includes(path), read: () => '' }
  expect([...lookAtMachine(host).tools].toSorted()).toEqual([...tools].toSorted())
})

test.each([
  ['fedora', false, ['minikube', 'virsh', 'kvm', 'docker'], 'minikube start --driver=kvm2'],
  ['fedora', true, ['minikube', 'virsh', 'kvm', 'docker'], 'minikube start --driver=docker'],
  ['debian', false, ['minikube', 'docker', 'kind'], 'minikube start --driver=docker'],
  ['debian', false, ['minikube'], undefined],
  ['debian', false, ['kind', 'docker', 'k3d'], 'kind create cluster'],
  ['linux', false, ['k3d', 'docker'], 'k3d cluster create'],
  ['macos', true, ['minikube', 'vfkit'], 'minikube start --driver=vfkit --rosetta'],
  ['macos', false, ['minikube', 'vfkit'], 'minikube start --driver=vfkit'],
  ['windows', false, ['minikube', 'docker'], 'minikube start --driver=docker'],
] as const)('on %s (arm: %s) with %j the first offer is %s', (system, arm, tools, command) => {
  expect(waysToStart(machine(system, arm, ...tools))[0]?.command.join(' ')).toBe(command)
})

test.each([
  ['minikube', 'minikube start -p minikube'],
  ['kind-a.b', 'docker start a.b-control-plane'],
  ['k3d-dev', 'k3d cluster start dev'],
  ['colima', 'colima start'],
  ['kind---privileged', undefined],
  ['kind-$(id)', undefined],
  ['docker-desktop', undefined],
  ['prod', undefined],
])('a stopped %s is started by %s', (name, command) => {
  const all = machine('linux', false, 'minikube', 'docker', 'k3d', 'colima')
  expect(wayToRestart({ name }, all)?.command.join(' ')).toBe(command)
  expect(wayToRestart({ name }, machine('linux', false))).toBeUndefined()
})

describe.each(MACHINES)('on $system (arm: $arm)', ({ system, arm, machine: bare }) => {
  const commands = guidesFor(bare).map(({ steps }) => steps.map(({ command }) => command))

  test('there is a guide, and each ends with the start of minikube', () => {
    expect(commands.length).toBeGreaterThan(0)
    for (const steps of commands) expect(steps.at(-1)).toMatch(/^minikube start --driver=\w+( --rosetta)?$/)
  })

  test('its steps are those of the system and the processor', () => {
    const foreign = {
      fedora: /apt|brew|winget/,
      debian: /dnf|rpm|brew|winget/,
      linux: /apt|dnf|brew/,
      macos: /sudo/,
      windows: /sudo|brew/,
    }
    for (const command of commands.flat()) {
      expect(command).not.toMatch(foreign[system])
      expect(command).not.toMatch(arm ? /amd64|x86|kvm2/ : /arm64|aarch64|rosetta/)
    }
  })

  test('what is there is not installed again', () => {
    const all = guidesFor(machine(system, arm, 'minikube', 'docker', 'virsh', 'vfkit', 'hyper-v'))
    for (const { steps } of all) expect(steps.map(({ text }) => text)).not.toContain('Install minikube')
    expect(all.flatMap(({ steps }) => steps).length).toBeLessThan(commands.flat().length)
  })
})

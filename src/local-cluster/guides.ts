import type { Machine, System, Tool } from './machine.ts'

/** A step that a person takes: with `sudo` and the like it is never run by us. `has`: not needed where that is there. */
type Step = { text: string; command: string; has?: Tool }

type GuideRow = {
  id: string
  title: string
  on: System
  /** For amd64 only. */
  amd?: true
  steps: (arm: boolean) => readonly Step[]
}

const PACKAGES = 'https://storage.googleapis.com/minikube/releases/latest'
const BINARIES = 'https://github.com/kubernetes/minikube/releases/latest/download'

const minikube = (command: string): Step => ({ text: 'Install minikube', command, has: 'minikube' })
const fetched = (url: string, install: string): Step =>
  minikube(`curl -LO ${url} && sudo ${install.replace('FILE', url.split('/').at(-1)!)}`)
const rpm = (arm: boolean) => fetched(`${PACKAGES}/minikube-latest.${arm ? 'aarch64' : 'x86_64'}.rpm`, 'rpm -Uvh FILE')
const deb = (arm: boolean) => fetched(`${PACKAGES}/minikube_latest_${arm ? 'arm64' : 'amd64'}.deb`, 'dpkg -i FILE')
const binary = (arm: boolean) =>
  fetched(`${BINARIES}/minikube-linux-${arm ? 'arm64' : 'amd64'}`, 'install FILE /usr/local/bin/minikube')
const brew = minikube('brew install minikube')
const winget = minikube('winget install Kubernetes.minikube')

const docker = (command: string): Step => ({ text: 'Install Docker', command, has: 'docker' })
const desktop: Step = {
  text: 'Install and start Docker Desktop, then check that it is running',
  command: 'docker info',
}
const kvm = (command: string): Step => ({ text: 'Install KVM', command, has: 'virsh' })
const processor: Step = {
  text: 'Check that the processor supports virtual machines (must print yes)',
  command: "grep -E -q 'vmx|svm' /proc/cpuinfo && echo yes || echo no",
}
const group = (name: string): Step => ({
  text: `Add yourself to the ${name} group, then log out and back in`,
  command: `sudo usermod -aG ${name} $(whoami)`,
})
const start = (driver: string): Step => ({ text: 'Start the cluster', command: `minikube start --driver=${driver}` })

/**
 * How a machine gets to a first cluster, a row for each system and way, the best way of a system first. After minikube's
 * own pages (minikube.sigs.k8s.io/docs/start and /docs/drivers).
 */
// biome-ignore format: a table
const GUIDES: readonly GuideRow[] = [
  { id: 'fedora-kvm', on: 'fedora', amd: true, title: 'minikube in a virtual machine (KVM)', steps: arm => [
    processor,
    kvm('sudo dnf install -y libvirt-daemon-kvm libvirt-client qemu-kvm'),
    { text: 'Start the libvirt daemon', command: 'sudo systemctl enable --now libvirtd' },
    group('libvirt'), rpm(arm), start('kvm2'),
  ] },
  { id: 'fedora-docker', on: 'fedora', title: 'minikube in Docker', steps: arm => [
    docker('sudo dnf install -y moby-engine && sudo systemctl enable --now docker'),
    group('docker'), rpm(arm), start('docker'),
  ] },
  { id: 'debian-docker', on: 'debian', title: 'minikube in Docker', steps: arm => [
    docker('sudo apt-get update && sudo apt-get install -y docker.io'),
    group('docker'), deb(arm), start('docker'),
  ] },
  { id: 'debian-kvm', on: 'debian', amd: true, title: 'minikube in a virtual machine (KVM)', steps: arm => [
    processor,
    kvm('sudo apt-get install -y qemu-system-x86 libvirt-daemon-system libvirt-clients'),
    group('libvirt'), deb(arm), start('kvm2'),
  ] },
  { id: 'linux-docker', on: 'linux', title: 'minikube in Docker', steps: arm => [
    group('docker'), binary(arm), start('docker'),
  ] },
  { id: 'macos-vfkit', on: 'macos', title: 'minikube in a virtual machine (vfkit)', steps: arm => [
    brew,
    { text: 'Install vfkit', command: 'brew install vfkit', has: 'vfkit' },
    // The gateway's image is for amd64.
    start(arm ? 'vfkit --rosetta' : 'vfkit'),
  ] },
  { id: 'macos-docker', on: 'macos', title: 'minikube in Docker Desktop', steps: () => [desktop, brew, start('docker')] },
  { id: 'windows-hyperv', on: 'windows', amd: true, title: 'minikube in a virtual machine (Hyper-V)', steps: () => [
    { text: 'Enable Hyper-V in PowerShell as Administrator, then restart Windows', has: 'hyper-v',
      command: 'Enable-WindowsOptionalFeature -Online -FeatureName Microsoft-Hyper-V -All' },
    winget,
    { text: 'Start the cluster as Administrator or a member of Hyper-V Administrators', command: 'minikube start --driver=hyperv' },
  ] },
  { id: 'windows-docker', on: 'windows', amd: true, title: 'minikube in Docker Desktop', steps: () => [
    desktop, winget, start('docker'),
  ] },
]

export type Guide = Pick<GuideRow, 'id' | 'title'> & { steps: readonly Step[] }

/** The ways to a first cluster on this machine, the best first, without the steps that are taken already. */
export const guidesFor = ({ system, arm, tools }: Machine): Guide[] =>
  GUIDES.filter(({ on, amd }) => on === system && !(amd && arm)).map(({ id, title, steps }) => ({
    id,
    title,
    steps: steps(arm).filter(({ has }) => has === undefined || !tools.has(has)),
  }))

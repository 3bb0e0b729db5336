// Every number that is held, a row each: the measured may be at most `bar` times what it is measured against.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readLogin } from './cluster.js'
import { canStart, crowd, playNode, startControlPlane } from './filled.js'
import {
  BIN,
  byHelm,
  byKubectl,
  eg,
  INSTALL,
  NAMESPACE,
  NODE,
  REMOVE,
  remove,
  requireFree,
  SETUP,
  writeSources,
} from './installation.js'
import { ratio, run } from './measure.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SERVICE = `/api/v1/namespaces/${NAMESPACE}/services/eg-event-gateway`
const temporary = () => mkdtempSync(join(tmpdir(), 'eg-bench-'))

/** The guide's own way to the exports; `minikube ip` is a kubectl for the node's address. */
const port = name =>
  `$(kubectl get svc eg-event-gateway -n ${NAMESPACE} -o json | jq -r '.spec.ports[] | select(.name=="${name}") | .nodePort | tostring')`
const GUIDE = `
export EVENT_GATEWAY_URL=$(kubectl get nodes -o jsonpath='{.items[0].status.addresses[?(@.type=="InternalIP")].address}')
export EVENT_GATEWAY_CONFIG_API_PORT=${port('config')}
export EVENT_GATEWAY_EVENTS_API_PORT=${port('events')}`
const SHOW = 'env | grep ^EVENT_GATEWAY | sort'

/** Where rows are measured: what is there while they are. */
export const PLACES = {
  alone: { open: async () => ({}), close: async () => {} },
  package: {
    async open() {
      const folder = temporary()
      const pack = from =>
        join(
          folder,
          JSON.parse(
            execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: from }),
          )[0].filename,
        )
      const other = join(folder, 'one-file')
      mkdirSync(other)
      writeFileSync(join(other, 'package.json'), '{ "name": "one-file", "version": "1.0.0", "bin": "one.js" }')
      writeFileSync(join(other, 'one.js'), "#!/usr/bin/env node\nconsole.log('1.0.0')\n")
      return { folder, tarball: pack(ROOT), one: pack(other) }
    },
    close: async ({ folder }) => rmSync(folder, { recursive: true }),
  },
  setup: {
    async open() {
      await requireFree()
      const folder = writeSources()
      return { folder, before: () => remove(folder) }
    },
    close: ({ folder }) => remove(folder),
  },
  cluster: {
    async open() {
      await requireFree()
      await run('command -v jq || { echo "installing jq" >&2; apt-get -q -y install jq; }')
      const folder = writeSources()
      await run(SETUP)
      const [mine, guide] = [`eval "$(${eg('env').join(' ')})"; ${SHOW}`, `${GUIDE}\n${SHOW}`]
      const [a, b] = [await run(mine), await run(guide)]
      if (a.stdout !== b.stdout) throw new Error(`env and the guide differ:\n${a.stdout}\n${b.stdout}`)
      const { server, ...files } = readLogin(process.env.KUBECONFIG)
      for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, `${name}.pem`), content)
      const bare = [NODE, fileURLToPath(new URL('bare-request.js', import.meta.url)), server, folder, SERVICE]
      return { folder, mine, guide, bare }
    },
    close: ({ folder }) => remove(folder),
  },
  crowd: {
    async open() {
      if (!canStart())
        throw new Error('set EG_BENCH_CONTROL_PLANE to a folder with the programs up and down of a control plane')
      const planes = [await startControlPlane('empty', 17_443), await startControlPlane('full', 18_443, crowd)]
      const over = new AbortController()
      const playing = planes.map(({ api }) => playNode(api, temporary(), over.signal))
      const [empty, full] = planes.map(({ kubeconfig }, index) => ({
        env: { KUBECONFIG: kubeconfig },
        // Both gateways answer on this one machine: they must not be given the same nodePort.
        nodePorts: ['config', 'events'].flatMap((name, n) => [
          '--set',
          `service.${name}.nodePort=${30_001 + 2 * index + n}`,
        ]),
      }))
      const close = async () => {
        over.abort()
        await Promise.all(playing)
        await Promise.all(planes.map(({ down }) => down()))
      }
      return { empty, full, close }
    },
    close: ({ close }) => close(),
  },
}

/** The same etcd in both: a thousand nodes would get three members, a single one gets one. */
const CROWD_INSTALL = [...INSTALL, '--set', 'etcd.size=1']

/** No etcd answers in either; that of a StatefulSet is believed by its pods, the operator's is asked for a second or two. */
const OWN_ETCD = ['--etcd', 'statefulset']

/** A command in both of the planes; `before` is another one that puts things in order. */
const crowdRow = (args, { before, times = 11 } = {}) => ({
  place: 'crowd',
  name: `\`eg-setup ${args.join(' ')}\` in a crowd`,
  against: 'in an empty cluster',
  bar: 1.2,
  measure: ({ empty, full }) => {
    const side = ({ env, nodePorts }) => {
      const command = words => eg(...words, ...(words.includes('--set') ? nodePorts : []))
      return {
        run: command(args),
        options: { env },
        before: before && (() => run(command(before), { env, codes: [0, 3] })),
      }
    }
    return ratio(side(full), side(empty), { times })
  },
})

/** Requests that a command says it made (-v). */
async function requests(args, options) {
  const { stderr } = await run(eg(...args, '-v'), options)
  const calls = stderr.match(/^(GET|POST|PUT|PATCH|DELETE) \/\S* \d+ \d+ms$/gm) ?? []
  return {
    value: calls.length,
    shown: calls.map(call => call.split(' ')[1].split('?')[0].split('/').at(-1)).join(', '),
  }
}

export const ROWS = [
  {
    place: 'alone',
    name: '`eg-setup --help`',
    against: '`node -e 0`',
    bar: 1.4,
    measure: () => ratio([NODE, BIN, '--help'], [NODE, '-e', '0'], { times: 151 }),
  },
  {
    place: 'alone',
    name: '`eg-setup --version`',
    against: '`node -e 0`',
    bar: 1.4,
    measure: () => ratio([NODE, BIN, '--version'], [NODE, '-e', '0'], { times: 151 }),
  },
  {
    place: 'package',
    name: 'packed size',
    against: 'kB',
    bar: 700,
    measure: ({ tarball }) => ({ value: statSync(tarball).size / 1000, shown: '' }),
  },
  {
    place: 'package',
    name: 'run-time dependencies',
    against: 'packages',
    bar: 0,
    measure: () => {
      const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
        readFileSync(join(ROOT, 'package.json'), 'utf8'),
      )
      return { value: Object.keys({ ...dependencies, ...optionalDependencies }).length, shown: '' }
    },
  },
  {
    place: 'package',
    name: '`npx eg-setup --version`, empty cache',
    against: '`npx` of a one-file package',
    bar: 1.5,
    measure: ({ folder, tarball, one }) => {
      const cache = join(folder, 'cache')
      const npx = (file, program) => ({
        before: () => rmSync(cache, { recursive: true, force: true }),
        run: ['npx', '--yes', '--cache', cache, `--package=${file}`, program, '--version'],
      })
      return ratio(npx(tarball, 'eg-setup'), npx(one, 'one-file'), { times: 7 })
    },
  },
  {
    place: 'setup',
    name: '`eg-setup --yes`, images present',
    against: '`kubectl apply` and `rollout status`, the same objects and order',
    bar: 1.1,
    measure: ({ folder, before }) =>
      ratio({ before, run: SETUP }, { before, run: byKubectl(folder) }, { times: 5, warm: false }),
  },
  ...['helm3', 'helm4'].map(helm => ({
    place: 'setup',
    name: '`eg-setup --yes`, images present',
    against: `\`${helm} upgrade --install --wait\``,
    bar: Number.POSITIVE_INFINITY,
    measure: ({ folder, before }) =>
      ratio({ before, run: SETUP }, { before, run: byHelm(helm, folder) }, { times: 1, warm: false }),
  })),
  {
    place: 'cluster',
    name: '`eval "$(eg-setup env)"`',
    against: "the guide's three `kubectl` and two `jq`",
    bar: 0.7,
    measure: ({ mine, guide }) => ratio(mine, guide, { times: 41 }),
  },
  {
    place: 'cluster',
    name: '`eg-setup env`',
    against: 'a bare Node script with one HTTPS request',
    bar: 1.6,
    measure: ({ bare }) => ratio(eg('env'), bare, { times: 41 }),
  },
  {
    place: 'cluster',
    name: '`eg-setup env`',
    against: 'API requests',
    bar: 4,
    measure: () => requests(['env'], {}),
  },
  crowdRow([...CROWD_INSTALL, ...OWN_ETCD], { before: REMOVE, times: 41 }),
  crowdRow(REMOVE, { before: [...CROWD_INSTALL, ...OWN_ETCD], times: 61 }),
  crowdRow(CROWD_INSTALL),
  {
    place: 'crowd',
    name: '`eg-setup env` in a crowd',
    against: 'API requests',
    bar: 4,
    measure: ({ full: { env } }) => requests(['env'], { env }),
  },
  crowdRow(['env'], { times: 41 }),
  crowdRow(['check']),
  crowdRow(['status']),
  crowdRow(['setup', ...CROWD_INSTALL, '--dry-run']),
  crowdRow(['cleanup', '--dry-run']),
]

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, openBed } from '../bed/bed.ts'
import { type Outcome, run } from '../bed/command.ts'
import { names, ours } from '../bed/objects.ts'

/** How many pairs of each kind; EG_PAIRS asks for more. */
const PAIRS = Number(process.env['EG_PAIRS'] ?? 2)
/** How long after the one the other begins, in ms: spread over what a cleanup takes. */
const SPREAD_MS = 12_000
const LIMIT_MS = 60_000 + PAIRS * 60_000
const [HERE, THERE] = ['eg-pair-a', 'eg-pair-b']
let bed: Bed
const eg = (...args: string[]) => run(args, { env: { KUBECONFIG: bed.kubeconfig } })
const setup = (namespace: string) => eg('--yes', '--expose', 'node-port', '--set', 'replicaCount=1', '-n', namespace)
const cleanup = (namespace: string) => eg('cleanup', '--yes', '--delete-data', '-n', namespace)
const offsets = Array.from({ length: PAIRS }, (_, index) => Math.round((SPREAD_MS * index) / Math.max(PAIRS - 1, 1)))
const requireDone = (offset: number, ...outcomes: Outcome[]) => {
  const said = outcomes.map(({ stderr }) => stderr).join('---\n')
  expect(
    outcomes.map(({ code }) => code),
    `${offset} ms apart:\n${said}`,
  ).toEqual(outcomes.map(() => 0))
}

beforeAll(async () => {
  bed = await openBed()
})
afterAll(async () => {
  for (const namespace of [HERE, THERE]) await cleanup(namespace)
  await bed.close()
})

test('a cleanup in one namespace and a setup in another both succeed, and the etcd of the second has its operator', {
  timeout: LIMIT_MS,
}, async () => {
  let [installed, other] = [HERE, THERE]
  expect(await setup(installed)).toMatchObject({ code: 0 })
  for (const offset of offsets) {
    const [removed, made] = await Promise.all([cleanup(installed), sleep(offset).then(() => setup(other))])
    requireDone(offset, removed, made)
    const there = names(await ours(bed)).join('\n')
    expect(there).toContain('deployments etcd-operator-system/etcd-operator-controller-manager')
    expect(there).toContain(`etcdclusters ${other}/eg-etcd-cluster`)
    expect(there).not.toContain(`${installed}/`)
    ;[installed, other] = [other, installed]
  }
  expect(await cleanup(installed)).toMatchObject({ code: 0 })
  expect(names(await ours(bed))).toEqual([])
})

test('a cleanup and a setup in one namespace both succeed, whichever comes first', { timeout: LIMIT_MS }, async () => {
  for (const offset of offsets) {
    const [removed, made] = await Promise.all([sleep(offset / 4).then(() => cleanup(HERE)), setup(HERE)])
    requireDone(offset, removed, made)
    const [again, gone] = await Promise.all([sleep(offset).then(() => setup(HERE)), cleanup(HERE)])
    requireDone(offset, again, gone)
  }
  expect(await setup(HERE)).toMatchObject({ code: 0 })
  expect(await cleanup(HERE)).toMatchObject({ code: 0 })
  expect(names(await ours(bed))).toEqual([])
})

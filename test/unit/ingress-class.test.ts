import { describe, expect, test } from 'vitest'
import type { Flavour } from '../../src/cluster/detect-flavour.ts'
import type { ClusterFacts } from '../../src/cluster/facts.ts'
import { chooseIngressClass, ingressCommand } from '../../src/cluster/ingress-class.ts'

const labels = { 'minikube.k8s.io/name': 'work' }
const minikube = {
  facts: { nodes: [{ labels }] } as unknown as ClusterFacts,
  flavour: { ingress: ['minikube', 'addons', 'enable', 'ingress'] } as unknown as Flavour,
}
const other = { facts: {} as ClusterFacts, flavour: {} as Flavour }
const classes = (names: string[], hasDefault = false) => ({ names, hasDefault })

describe('the class of the Ingress', () => {
  test.each([
    ['the one asked for', classes(['a', 'b'], true), 'b', 'b'],
    ["none, where the cluster has a default's", classes(['a', 'b'], true), '', ''],
    ['the only one', classes(['a']), '', 'a'],
    ['the one asked for, where nobody may look', undefined, 'x', 'x'],
    ['none, where nobody may look', undefined, '', ''],
  ])('is %s', (_, there, asked, chosen) => {
    expect(chooseIngressClass(there, asked, other)).toBe(chosen)
  })

  test.each([
    ['none is there', classes([]), '', 3, /ingress-nginx/],
    ['the one asked for is not there', classes(['a']), 'x', 3, /--ingress-class/],
    ['none of several is the default', classes(['a', 'b']), '', 2, /--ingress-class/],
  ])('is refused where %s', (_, there, asked, code, fix) => {
    const refused = expect.objectContaining({ code, fix: expect.stringMatching(fix) })
    expect(() => chooseIngressClass(there, asked, other)).toThrow(refused)
  })
})

test('minikube installs a controller by its addon, for its own profile', () => {
  expect(ingressCommand(minikube)).toEqual(['minikube', 'addons', 'enable', 'ingress', '-p', 'work'])
  expect(() => chooseIngressClass(classes([]), '', minikube)).toThrow(
    expect.objectContaining({ fix: expect.stringContaining('minikube addons enable ingress -p work') }),
  )
})

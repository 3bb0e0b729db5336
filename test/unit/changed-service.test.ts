import { expect, test } from 'vitest'
import { type ServiceChange, serviceChangesOf } from '../../src/endpoints/changed-service.ts'
import type { KubeObject } from '../../src/kube/object.ts'

const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: {
    template: {
      metadata: { labels: { app: 'eg', tier: 'gateway' } },
      spec: {
        containers: [
          {
            ports: [
              { name: 'config', containerPort: 4001 },
              { name: 'events', containerPort: 4000 },
            ],
          },
        ],
      },
    },
  },
}
const managedFields = [
  { manager: 'eg-setup', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:type': {} } } },
  { manager: 'kubectl-edit', operation: 'Update', fieldsV1: { 'f:spec': { 'f:selector': {} } } },
  {
    manager: 'argocd',
    operation: 'Apply',
    fieldsV1: { 'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:targetPort': {} } } } },
  },
]
const service = (spec: object, metadata: object = { managedFields }): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's', ...metadata },
  spec: { selector: { app: 'eg' }, ports: [], ...spec },
})
const port = (name: string, targetPort?: number | string) => ({
  ports: [{ name, port: 80, protocol: 'TCP', ...(targetPort !== undefined && { targetPort }) }],
})

const selector = (value: string, managers = ['kubectl-edit']) => [{ field: '.spec.selector', value, managers }]
const target = (value: string) => [{ field: '.spec.ports[events].targetPort', value, managers: ['argocd'] }]

test.each<[what: string, service: KubeObject, detours: ServiceChange[]]>([
  ['as it was made', service(port('events', 'events')), []],
  ['the same port by its number', service(port('events', 4000)), []],
  ['a narrower selector', service({ selector: { app: 'eg', tier: 'gateway', 'pod-template-hash': 'x' } }), []],
  ['a port of somebody else', service(port('metrics', 9090)), []],
  ['another selector', service({ selector: { app: 'x', b: 'c' } }), selector('app=x,b=c')],
  ['no selector', service({ selector: undefined }), selector('nothing')],
  ['another selector of nobody', service({ selector: { app: 'x' } }, {}), selector('app=x', [])],
  ['another port', service(port('events', 4999)), target('4999')],
  ['the port of the other API', service(port('events', 'config')), target('config')],
  ['no port, which means that of the Service', service(port('events')), target('80')],
])('what leads elsewhere: %s', (_what, changed, detours) => {
  expect(serviceChangesOf(changed, deployment)).toEqual(detours)
})

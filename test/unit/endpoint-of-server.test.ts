import { expect, test } from 'vitest'
import type { Exposure } from '../../src/cluster/exposures.ts'
import { endpointOfServer } from '../../src/endpoints/resolve.ts'
import type { Kube } from '../../src/kube/request/client.ts'

const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'eg-event-gateway' },
  spec: {
    ports: [
      { name: 'config', port: 4001, nodePort: 30001 },
      { name: 'events', port: 4000, nodePort: 30000 },
    ],
  },
}
const PORTS = { config: 30001, events: 30000 }

test.each<[server: string, exposure: Exposure, expected: object | undefined]>([
  ['https://192.0.2.7:6443', 'node-port', { host: '192.0.2.7', ...PORTS }],
  ['https://[2001:db8::7]:6443', 'node-port', { host: '2001:db8::7', ...PORTS }],
  ['https://192.0.2.7:6443', 'load-balancer', undefined],
  ['https://127.0.0.1:6443', 'node-port', undefined],
  ['https://0.0.0.0:6443', 'node-port', undefined],
  ['https://[::1]:6443', 'node-port', undefined],
  ['https://kubernetes.example', 'node-port', undefined],
])('beside the API server %s with %s', (server, exposure, expected) => {
  expect(endpointOfServer({ connection: { server } } as Kube, SERVICE, exposure)).toEqual(expected)
})

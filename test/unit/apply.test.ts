import { expect, test } from 'vitest'
import { applyOne } from '../../src/engines/builtin.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import type { Kube } from '../../src/kube/request/client.ts'
import { ApiError } from '../../src/kube/request/connection.ts'

const service: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'eg-event-gateway', namespace: 'eg' },
  spec: { ports: [{ name: 'config', nodePort: 30001 }, { name: 'events' }] },
}

test.each([[[]], [['config']], [['config', 'events']]])(
  'a server that refuses node ports for ever is asked at most twice (former: %j)',
  async formerNodePorts => {
    const applied: KubeObject[] = []
    const causes = [
      { field: 'spec.ports[0].nodePort', message: 'Invalid value: 30001: provided port is already allocated' },
    ]
    const apply: Kube['apply'] = async object => {
      applied.push(object)
      throw new ApiError({ method: 'PATCH', path: '/' }, 422, { reason: 'Invalid', message: 'nodePort', causes })
    }
    const kube = { apply, list: async () => [] } as unknown as Kube
    const reporter = { warn: () => {} }
    await expect(applyOne(kube, service, { force: false, reporter, formerNodePorts })).rejects.toMatchObject({
      message: 'The API server rejected service/eg-event-gateway -n eg: nodePort',
    })
    expect(applied).toHaveLength(formerNodePorts.length === 0 ? 1 : 2)
  },
)

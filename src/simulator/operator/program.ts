import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { Refusal } from '../api/refusal.ts'
import type { Registry } from '../api/registry.ts'
import type { Process, Program } from '../node/programs.ts'
import { flagOf } from '../node/programs.ts'
import type { Etcd } from './etcd.ts'
import { runOperator } from './loop.ts'
import type { OperatorKube } from './operator.ts'

/** The operator's access to the simulated API, past HTTP but with its own field manager. */
function kubeOf({ cluster }: Process, registry: Registry): OperatorKube {
  const kindOf = (kind: string) => registry.store.kinds().find(each => each.kind === kind)!
  const access = { manager: 'manager' }
  return {
    get: async (kind, namespace, name) => cluster.get(kind, namespace, name),
    clusters: async () => {
      const kind = registry.store.kindOf('operator.etcd.io', 'etcdclusters')
      if (!kind) throw new Error('no matches for kind "EtcdCluster" in version "operator.etcd.io/v1alpha1"')
      return registry.store.list(kind)
    },
    create: async object => void registry.create(kindOf(object.kind), object, access),
    update: async object => void registry.replace(kindOf(object.kind), object, access),
  }
}

/** The etcd operator in a simulated pod. */
export function operatorProgram(registry: Registry, etcd: Etcd): Program {
  return {
    matches: ({ image }) => /(^|\/)etcd-operator(:|@|$)/.test(image),
    start: process => {
      const { cluster, args, log } = process
      const stopped = new AbortController()
      process.onEnd(() => stopped.abort())
      const sleep = (ms: number) => setTimeout(cluster.real(ms), undefined, { signal: stopped.signal })
      const server = createServer((_, response) => response.end('ok'))
      process.onEnd(() => server.closeAllConnections())
      const port = /:(\d+)$/.exec(flagOf(args, 'health-probe-bind-address') ?? ':8081')?.[1]
      process.listen(Number(port), server)
      const imageRegistry = flagOf(args, 'image-registry')
      const options = {
        kube: kubeOf(process, registry),
        etcd: etcd.membership,
        sleep,
        log: (line: object) => log(JSON.stringify(line)),
        ...(imageRegistry ? { imageRegistry } : {}),
      }
      const now = () => Date.now() / cluster.real(1)
      runOperator(options, now).catch(error => {
        if (!stopped.signal.aborted && !(error instanceof Refusal)) throw error
      })
    },
  }
}

import { imagesOf } from '../cluster/find-operator.ts'
import type { KubeObject } from '../kube/object.ts'
import { GATEWAY } from '../names.ts'
import type { Plan } from '../plan/plan.ts'
import type { Check } from './check.ts'

/** The versions of Event Gateway that eg-setup knows, and what changes when people upgrade to them (its CHANGELOG). */
const GATEWAY_VERSIONS: Readonly<Record<string, string>> = {
  '0.9.0': 'sync subscriptions get ids that contain the function, and metrics names begin with gateway_',
  '0.9.1': 'sync subscriptions get ids without the function, and metrics names begin with eventgateway_',
}

const isGateway = ({ kind, metadata }: KubeObject) => kind === 'Deployment' && metadata.name === GATEWAY

/** The tag of an image, its digest, or both. */
function tagOf(image = ''): string {
  const name = image.slice(image.lastIndexOf('/') + 1)
  const at = name.search(/[:@]/)
  return at === -1 ? 'latest' : name.slice(at + 1)
}

const planned = (plan: Plan): KubeObject[] => plan.stages.flatMap(({ objects }) => objects)

/** The version of the etcd that an object runs, "v3.6.14": of an EtcdCluster, or of a StatefulSet by its image. */
function etcdVersionOf({ kind, spec }: KubeObject): string | undefined {
  if (kind === 'EtcdCluster') return spec?.version
  const image: string | undefined = kind === 'StatefulSet' ? spec?.template?.spec?.containers?.[0]?.image : undefined
  return image && tagOf(image)
}

const minorOf = (version: string): number | undefined => {
  const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(version) ?? []
  return major === undefined ? undefined : Number(major) * 1000 + Number(minor)
}

/** What the plan changes about the versions that run. */
export const VERSIONS: readonly Check[] = [
  {
    id: 'gateway-version',
    group: 'Existing installation',
    title: 'Event Gateway version',
    severity: 'warning',
    question: ({ plan, existing }) => {
      const [wanted, live] = [planned(plan), existing].map(objects => objects.find(isGateway))
      const [next, now] = [wanted, live].map(object => object && tagOf(imagesOf(object)))
      if (next === undefined || next === now) return { ok: now ?? 'not part of the plan' }
      const changes = GATEWAY_VERSIONS[next]
      if (changes === undefined)
        return {
          message: `eg-setup doesn't know Event Gateway ${next}.`,
          fix: `Use a known version (${Object.keys(GATEWAY_VERSIONS).join(', ')}), or run eg-setup verify after the installation.`,
        }
      if (now === undefined) return { ok: next }
      return {
        message: `Event Gateway changes from ${now} to ${next}: ${changes}.`,
        fix: `Back up the registrations first:\neg-setup backup -n ${live!.metadata.namespace}`,
      }
    },
  },
  {
    id: 'etcd-version',
    group: 'Existing installation',
    title: 'etcd version',
    severity: 'fatal',
    question: ({ plan, existing }) => {
      for (const object of planned(plan)) {
        const live = existing.find(
          ({ kind, metadata }) => kind === object.kind && metadata.name === object.metadata.name,
        )
        const [next, now] = [etcdVersionOf(object), live && etcdVersionOf(live)]
        const [to, from] = [minorOf(next ?? ''), minorOf(now ?? '')]
        if (to === undefined || from === undefined || to >= from) continue
        return {
          message: `etcd ${next} can't read the data of etcd ${now}: a downgrade of the minor version is not supported.`,
          fix: `Keep the current version: --set etcd.version=${now}`,
        }
      }
      return { ok: 'no downgrade' }
    },
  },
]

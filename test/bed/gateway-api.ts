import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject } from '../../src/kube/object.ts'
import type { Bed } from './bed.ts'
import { makeCertificate } from './certificate.ts'
import { until } from './objects.ts'

/** A Gateway API controller of a bed: Traefik where the cluster has it as an add-on, else one that answers as Traefik does. */
export type GatewayApi = {
  className: string
  /** Where its Gateways answer. */
  address: string
  /** A host name of that address. */
  host: string
  /** The port that a listener can have, as Traefik can only have those of its entry points. */
  port: number
  /** The same for HTTPS, with a certificate for the host name that signed itself; its listeners need it in a Secret. */
  securePort: number
  certificate: { cert: string; key: string }
  close: () => Promise<void>
}

export const GATEWAY_API = '/apis/gateway.networking.k8s.io/v1'
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const KINDS = [
  { kind: 'GatewayClass', plural: 'gatewayclasses', scope: 'Cluster' },
  { kind: 'Gateway', plural: 'gateways', scope: 'Namespaced' },
  { kind: 'HTTPRoute', plural: 'httproutes', scope: 'Namespaced' },
]
const CLASS = 'traefik'
const HOST = '127.0.0.1'
const CONTROLLER = 'traefik.io/gateway-controller'

/** The controller; it leads to the gateway's pods of one namespace. */
export async function openGatewayApi(bed: Bed, namespace: string): Promise<GatewayApi> {
  const hasTraefik = bed.kind === 'cluster' && process.env['EG_ADDONS']?.includes('traefik')
  const host = hasTraefik ? bed.loadBalancer.hostname : 'localhost'
  const certificate = makeCertificate({ name: 'suite', hosts: [host] })
  if (hasTraefik)
    return {
      ...{ className: CLASS, address: bed.loadBalancer.ip, host, port: 80, securePort: 443, certificate },
      close: async () => {},
    }
  for (const { kind, plural, scope } of KINDS) await define(bed, kind, plural, scope)
  await bed.api('POST', `${GATEWAY_API}/gatewayclasses`, {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: CLASS },
    spec: { controllerName: CONTROLLER },
  })
  await setStatus(bed, `${GATEWAY_API}/gatewayclasses/${CLASS}`, {
    conditions: [condition('Accepted', 'Handled', 'Handled by Traefik controller')],
  })
  const nodePorts = await openWayToPods(bed, namespace)
  const answer = (...exchange: [IncomingMessage, ServerResponse]) => void serve(bed, namespace, nodePorts, exchange)
  const servers = [createServer(answer), createSecureServer(certificate, answer)]
  const [port = 0, securePort = 0] = await Promise.all(servers.map(server => listen(server)))
  const ended = new AbortController()
  const loop = reconcileUntil(bed, HOST, ended.signal)
  return {
    className: CLASS,
    address: HOST,
    ...{ host, port, securePort, certificate },
    close: async () => {
      ended.abort()
      await loop
      for (const server of servers) server.close()
      for (const { plural } of KINDS) await bed.api('DELETE', `${DEFINITIONS}/${plural}.gateway.networking.k8s.io`)
      await bed.api('DELETE', `/api/v1/namespaces/${namespace}/services/controller`)
    },
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, HOST)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function define(bed: Bed, kind: string, plural: string, scope: string): Promise<void> {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  await bed.api('POST', DEFINITIONS, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.gateway.networking.k8s.io`,
      annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/gateway-api/pull/3328' },
    },
    spec: {
      group: 'gateway.networking.k8s.io',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      scope,
      versions: [{ name: 'v1', served: true, storage: true, schema, subresources: { status: {} } }],
    },
  })
  await until(async () => ((await bed.api('GET', `${GATEWAY_API}/${plural}`)).status === 200 ? true : undefined), kind)
}

/** What leads from here to the pods: their own addresses are not reached from everywhere. */
async function openWayToPods(bed: Bed, namespace: string): Promise<Record<string, number>> {
  const { body } = await bed.api('POST', `/api/v1/namespaces/${namespace}/services`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'controller' },
    spec: {
      type: 'NodePort',
      selector: { 'app.kubernetes.io/component': 'gateway', 'app.kubernetes.io/instance': 'eg' },
      ports: ['config', 'events'].map((name, index) => ({ name, port: index + 1, targetPort: name })),
    },
  })
  return Object.fromEntries(
    body.spec.ports.map(({ name, nodePort }: { name: string; nodePort: number }) => [name, nodePort]),
  )
}

async function serve(
  bed: Bed,
  namespace: string,
  nodePorts: Record<string, number>,
  [incoming, answer]: [IncomingMessage, ServerResponse],
): Promise<void> {
  const routes = (await bed.api('GET', `${GATEWAY_API}/namespaces/${namespace}/httproutes`)).body.items ?? []
  const host = incoming.headers.host?.replace(/:\d+$/, '')
  const isServed = ({ spec, status }: KubeObject) =>
    (spec.hostnames?.includes(host) ?? true) &&
    status?.parents?.[0]?.conditions.every(({ status }: { status: string }) => status === 'True')
  type Rule = { matches: { path: { value: string } }[]; backendRefs: { name: string; port: number }[] }
  const rules: Rule[] = routes.filter(isServed).flatMap(({ spec }) => spec.rules)
  const rule = rules.find(({ matches }) => incoming.url?.startsWith(matches[0]!.path.value))
  if (rule === undefined) return void answer.writeHead(404).end('404 page not found\n')
  const [{ name, port }] = rule.backendRefs as [{ name: string; port: number }]
  const { body } = await bed.api('GET', `/api/v1/namespaces/${namespace}/services/${name}`)
  const { name: portName } = body.spec.ports.find((each: { port: number }) => each.port === port)
  const target = { host: bed.loadBalancer.ip, port: nodePorts[portName] }
  const { url: path, method, headers } = incoming
  const forwarded = request({ ...target, path, method, headers }, from =>
    from.pipe(answer.writeHead(from.statusCode ?? 502, from.headers)),
  )
  forwarded.on('error', () => answer.writeHead(502).end('Bad Gateway'))
  incoming.pipe(forwarded)
}

const condition = (type: string, reason: string, message = '', status = 'True') => ({
  type,
  status,
  reason,
  message,
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
})

const setStatus = (bed: Bed, path: string, status: object) =>
  bed.api('PATCH', `${path}/status`, { status }, 'application/merge-patch+json')

/** Writes the status of Gateways and routes as Traefik 3.6 does (measured), until the signal. */
async function reconcileUntil(bed: Bed, address: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const gateways = (await bed.api('GET', `${GATEWAY_API}/gateways`)).body.items ?? []
    const ours = gateways.filter(({ spec }) => spec.gatewayClassName === CLASS)
    for (const gateway of ours) await writeStatus(bed, 'gateways', gateway, gatewayStatus(gateway, address))
    const routes = (await bed.api('GET', `${GATEWAY_API}/httproutes`)).body.items ?? []
    for (const route of routes) {
      const { name, namespace = route.metadata.namespace } = route.spec.parentRefs[0]
      const gateway = ours.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace)
      if (gateway !== undefined) await writeStatus(bed, 'httproutes', route, await routeStatus(bed, route, gateway))
    }
    await sleep(100)
  }
}

async function writeStatus(bed: Bed, plural: string, { metadata, status: old }: KubeObject, status: object) {
  const seen = JSON.stringify(status).replaceAll(
    '"observedGeneration":1',
    `"observedGeneration":${metadata.generation}`,
  )
  if (JSON.stringify(old) === seen) return
  const path = `${GATEWAY_API}/namespaces/${metadata.namespace}/${plural}/${metadata.name}`
  await setStatus(bed, path, JSON.parse(seen))
}

function gatewayStatus({ spec }: KubeObject, value: string): object {
  const scheduled = 'Gateway successfully scheduled'
  const fine = ['Accepted', 'ResolvedRefs', 'Programmed'].map(type => condition(type, type, 'No error found'))
  return {
    addresses: [{ type: 'IPAddress', value }],
    conditions: [condition('Accepted', 'Accepted', scheduled), condition('Programmed', 'Programmed', scheduled)],
    listeners: spec.listeners.map(({ name }: { name: string }) => ({
      name,
      attachedRoutes: 0,
      supportedKinds: [],
      conditions: fine,
    })),
  }
}

type Listener = { name: string; hostname?: string; allowedRoutes?: { namespaces?: { from?: string } } }

async function routeStatus(bed: Bed, { metadata, spec }: KubeObject, gateway: KubeObject): Promise<object> {
  const [parentRef] = spec.parentRefs
  const named = (gateway['spec'].listeners as Listener[]).filter(
    ({ name }) => parentRef.sectionName === undefined || name === parentRef.sectionName,
  )
  const admitting = named.filter(
    ({ allowedRoutes }) =>
      allowedRoutes?.namespaces?.from === 'All' || metadata.namespace === gateway.metadata.namespace,
  )
  const [host] = spec.hostnames ?? []
  const meeting = admitting.filter(({ hostname = host }) => host === undefined || hostname === host)
  const refusal =
    named.length === 0
      ? 'NoMatchingParent'
      : admitting.length === 0
        ? 'NotAllowedByListeners'
        : meeting.length === 0
          ? 'NoMatchingListenerHostname'
          : undefined
  const accepted =
    refusal === undefined ? condition('Accepted', 'Accepted') : condition('Accepted', refusal, '', 'False')
  const { name } = spec.rules[0].backendRefs[0]
  const { status } = await bed.api('GET', `/api/v1/namespaces/${metadata.namespace}/services/${name}`)
  const resolved =
    status === 200
      ? condition('ResolvedRefs', 'ResolvedRefs')
      : condition(
          'ResolvedRefs',
          'BackendNotFound',
          `Cannot load HTTPBackendRef ${metadata.namespace}/${name}`,
          'False',
        )
  return { parents: [{ parentRef, controllerName: CONTROLLER, conditions: [accepted, resolved] }] }
}

import { describe, expect, test } from 'vitest'
import { etcdEndpoints } from '../../src/settings/etcd-endpoints.ts'
import { gatewayArgs, gatewayPorts } from '../../src/settings/gateway-args.ts'
import { givenFrom } from '../../src/settings/given.ts'
import { networks } from '../../src/settings/networks.ts'
import { configurationTable, SETTINGS, shownDefault } from '../../src/settings/setting-rows.ts'
import { exposeOf, settingsFrom } from '../../src/settings/settings-from.ts'

const fromYaml = (...texts: string[]) =>
  givenFrom({ values: texts.map((text, index) => ({ name: `${index + 1}.yaml`, text })) })
const fromSet = (...set: string[]) => givenFrom({ set })
const usual = settingsFrom({})

describe.each(SETTINGS.map(row => [row.path, row] as const))('the row %s', (path, row) => {
  test('has a default that fits', () => {
    expect(row.type.read(row.default)).toEqual({ value: row.default })
    expect(usual[path]).toEqual(row.default)
  })

  test.each([{ nested: { deeper: 'x' } }, [['x']], row.default === false ? 1 : true])('refuses %j', value => {
    expect(row.type.read(value)).toHaveProperty('problem')
  })

  test('takes its names, dotted and nested', () => {
    for (const name of [path, ...(row.aliases ?? [])]) {
      const nested = name.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), row.default)
      const expected = { [path]: { value: row.default, from: 'in 1.yaml' } }
      expect(fromYaml(JSON.stringify({ [name]: row.default }))).toEqual(expected)
      expect(fromYaml(JSON.stringify(nested))).toEqual(expected)
    }
  })

  test('goes back to its default with null', () => {
    const [name = path] = row.aliases ?? []
    expect(givenFrom({ recorded: { [path]: row.default }, set: [`${name}=null`] })).toEqual({})
    expect(fromYaml(JSON.stringify({ [path]: row.default }), `${path}:`)).toEqual({})
  })
})

test("the guide's parameters have the guide's defaults", () => {
  expect(SETTINGS.filter(row => row.guide).map(row => [row.path, shownDefault(row)])).toEqual([
    ['images.repository', 'serverless/event-gateway'],
    ['images.tag', '0.9.0'],
    ['replicaCount', '3'],
    ['service.type', 'LoadBalancer'],
    ['service.annotations', '[]'],
    ['service.config.port', '4001'],
    ['service.events.port', '4000'],
    ['resources.limits.cpu', '200m'],
    ['resources.limits.memory', '256Mi'],
    ['resources.requests.cpu', '200m'],
    ['resources.requests.memory', '256Mi'],
    ['command', '[-db-hosts=eg-etcd-cluster-client:2379, -log-level=debug]'],
    ['etcd_cluster_name', 'eg-etcd-cluster'],
  ])
})

test('the configuration table has a line for every row', () => {
  expect(configurationTable().split('\n')).toHaveLength(SETTINGS.length + 1)
  expect(configurationTable()).toContain('| `replicaCount` | Number of gateway replicas | `3` |\n')
})

describe('settings together', () => {
  test.each([
    [[], 'auto', 'LoadBalancer'],
    [['service.type=NodePort'], 'node-port', 'NodePort'],
    [['expose=auto', 'service.type=NodePort'], 'node-port', 'NodePort'],
    [['service.type=ClusterIP'], 'cluster-ip', 'ClusterIP'],
    [['expose=node-port'], 'node-port', 'NodePort'],
    [['gatewayApi.gateway=web'], 'gateway-api', 'ClusterIP'],
    [['gatewayApi.className=a'], 'gateway-api', 'ClusterIP'],
    [['gatewayApi.className=a', 'expose=ingress'], 'ingress', 'ClusterIP'],
    [['expose=load-balancer', 'service.type=LoadBalancer'], 'load-balancer', 'LoadBalancer'],
  ])('%j means expose %s and service.type %s', (set, expose, type) => {
    const given = fromSet(...set)
    expect(exposeOf(given)).toBe(expose)
    expect(settingsFrom(given)).toMatchObject({ expose, 'service.type': type })
  })

  test.each([
    [
      ['expose=node-port', 'service.type=LoadBalancer'],
      'expose is node-port (from --set), but service.type is LoadBalancer (from --set).',
    ],
    [
      ['gatewayApi.gateway=web', 'gatewayApi.className=a'],
      'gatewayApi.gateway is web (from --set), but gatewayApi.className is a (from --set).',
    ],
    [
      ['gatewayApi.gateway=web', 'tls.secretName=a', 'host=a.example'],
      'gatewayApi.gateway is web (from --set), but tls.secretName is a (from --set).',
    ],
    [['tls.secretName=a'], 'tls.secretName is set, but host is empty.'],
    [['service.config.port=4000'], 'service.config.port and service.events.port must differ, but both are 4000.'],
    [
      ['service.config.nodePort=30000', 'service.events.nodePort=30000'],
      'service.config.nodePort and service.events.nodePort must differ, but both are 30000',
    ],
    [
      ['command={-config-port=4000}'],
      'the setting "command" uses port 4000 for both the config API and the events API.',
    ],
    [['resources.requests.cpu=0.3'], 'resources.requests.cpu (0.3) is more than resources.limits.cpu (200m).'],
    [
      ['resources.limits.memory=200M'],
      'resources.requests.memory (256Mi) is more than resources.limits.memory (200M).',
    ],
  ])('%j are refused', (set, message) => {
    expect(() => settingsFrom(fromSet(...set))).toThrow(
      expect.objectContaining({ code: 2, message: expect.stringContaining(message) }),
    )
  })

  test('are all named when several do not go together', () => {
    expect(() => settingsFrom(fromSet('service.config.port=4000', 'resources.requests.cpu=2'))).toThrow(
      '2 settings are invalid:',
    )
  })
})

describe("the gateway's options", () => {
  test.each([
    [[], ['-db-hosts=eg-etcd-cluster-client:2379']],
    [['-log-level=debug'], ['-db-hosts=eg-etcd-cluster-client:2379', '-log-level=debug']],
    [['-db-hosts=a:1'], ['-db-hosts=a:1']],
    [
      ['--db-hosts', 'a:1', '-dev'],
      ['--db-hosts', 'a:1', '-dev'],
    ],
  ])('%j become %j', (command, expected) => {
    expect(gatewayArgs({ ...usual, command })).toEqual(expected)
  })

  test('name the etcd that is there already', () => {
    const external = settingsFrom(fromSet('etcd.mode=external', 'etcd.endpoints={10.0.0.1:2379,[fd00::1]:2379}'))
    expect(gatewayArgs(external)[0]).toBe('-db-hosts=10.0.0.1:2379,[fd00::1]:2379')
  })

  test('follow the name of the etcd cluster', () => {
    expect(gatewayArgs(settingsFrom(fromSet('etcd_cluster_name=mine')))[0]).toBe('-db-hosts=mine-client:2379')
  })

  test('say on which ports the container listens; the last one wins', () => {
    expect(gatewayPorts(usual)).toEqual({ config: 4001, events: 4000 })
    expect(gatewayPorts({ command: ['-config-port=1', '-config-port', '5001'] })).toEqual({
      config: 5001,
      events: 4000,
    })
  })

  test.each([
    [
      ['-log-level=err'],
      'command sets -log-level, which must be one of: debug, info, warn, error; got "err"',
      'Did you mean error?',
    ],
    [['-log-format=xml'], 'command sets -log-format, which must be one of: text, json; got "xml"', ''],
    [
      ['-log-levle=info'],
      'command contains -log-levle, which is not an option of event-gateway',
      'Did you mean -log-level=VALUE?',
    ],
    [
      ['-log-level debug'],
      'command contains -log-level debug, which is not an option',
      'Did you mean -log-level=VALUE?',
    ],
    [['-version'], 'command contains -version, which is not an option of event-gateway', ''],
    [['-config-port=x'], 'command sets -config-port, which must be an integer from 1 to 65535; got "x"', ''],
    [['-events-port'], 'command contains -events-port without a value', ''],
    [['-dev=maybe'], 'command sets -dev, which takes no value', ''],
    [['-dev', 'false'], 'command contains "false", which is not an option', ''],
    [['log-level=info'], 'command contains "log-level=info", which is not an option', ''],
    [['---dev'], 'command contains "---dev", which is not an option', ''],
  ])('%j are refused, since the gateway would end', (command, message, fix) => {
    const expected = { code: 2, message: expect.stringContaining(message), fix: expect.stringContaining(fix) }
    expect(() => fromYaml(JSON.stringify({ command }))).toThrow(expect.objectContaining(expected))
  })
})

describe('who may reach the gateway', () => {
  test.each([
    ['192.0.2.0/24,2001:db8::/32', ['192.0.2.0/24', '2001:db8::/32']],
    ['192.0.2.1', ['192.0.2.1/32']],
    [['2001:db8::1'], ['2001:db8::1/128']],
    ['any', ['any']],
    ['', []],
  ])('%j is %j', (value, expected) => {
    expect(networks.read(value)).toEqual({ value: expected })
  })

  test.each([
    ['192.0.2.0/33', 'not a CIDR'],
    ['2001:db8::/129', 'not a CIDR'],
    ['192.0.2.0/24/8', 'not a CIDR'],
    ['192.0.2/24', 'not a CIDR'],
    ['fe80::1%eth0', 'not a CIDR'],
    ['example.com', 'not a CIDR'],
    ['any,192.0.2.0/24', 'combines any with networks'],
    [true, 'must be CIDRs'],
  ])('%j is refused', (value, problem) => {
    expect(networks.read(value)).toMatchObject({ problem: expect.stringContaining(problem) })
  })
})

describe('the endpoints of an etcd', () => {
  test.each([
    ['etcd.example.com:2379', ['etcd.example.com:2379']],
    ['10.0.0.1:2379,[2001:db8::1]:2379', ['10.0.0.1:2379', '[2001:db8::1]:2379']],
    [
      ['a.b:1', ' c:65535 '],
      ['a.b:1', 'c:65535'],
    ],
    ['', []],
  ])('%j are %j', (value, expected) => {
    expect(etcdEndpoints.read(value)).toEqual({ value: expected })
  })

  test.each([
    ['etcd', 'not HOST:PORT'],
    ['etcd:0', 'not HOST:PORT'],
    ['etcd:65536', 'not HOST:PORT'],
    ['2001:db8::1:2379', 'not HOST:PORT'],
    ['[2001:db8::1]', 'not HOST:PORT'],
    ['[fe80::1%eth0]:2379', 'not HOST:PORT'],
    ['http://etcd:2379', 'not HOST:PORT'],
    ['a:1;rm -rf', 'not HOST:PORT'],
    ['https://etcd:2379', "doesn't support TLS"],
    ['localhost:2379', 'the pod itself'],
    ['a:1,127.0.0.1:2379', 'the pod itself'],
    [[1], 'not HOST:PORT'],
    [true, 'must be a list'],
  ])('%j is refused', (value, problem) => {
    expect(etcdEndpoints.read(value)).toMatchObject({ problem: expect.stringContaining(problem) })
  })

  test.each([
    [['etcd.mode=external'], 'etcd.mode is external, but etcd.endpoints is empty'],
    [['etcd.endpoints={a:1}'], 'etcd.endpoints is set, but etcd.mode is operator'],
    [
      ['etcd.mode=external', 'etcd.endpoints={a:1}', 'command={-db-hosts=b:1}'],
      'the setting "command" has -db-hosts=b:1, but etcd.endpoints is set too',
    ],
  ])('%j do not go together', (set, message) => {
    expect(() => settingsFrom(fromSet(...set))).toThrow(
      expect.objectContaining({ code: 2, message: expect.stringContaining(message) }),
    )
  })
})

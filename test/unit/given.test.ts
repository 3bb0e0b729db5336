import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UserError } from '../../src/errors.ts'
import { givenFrom, recordOf } from '../../src/settings/given.ts'
import { SETTINGS } from '../../src/settings/setting-rows.ts'
import { readValues } from '../../src/settings/values-file.ts'

const fromYaml = (...texts: string[]) =>
  givenFrom({ values: texts.map((text, index) => ({ name: `${index + 1}.yaml`, text })) })
const fromSet = (...set: string[]) => givenFrom({ set })

describe('values', () => {
  test.each([
    ['images.tag: 1.10', { 'images.tag': '1.10' }],
    ['images.tag: "012"', { 'images.tag': '012' }],
    [`images.tag: sha256:${'a'.repeat(64)}`, { 'images.tag': `sha256:${'a'.repeat(64)}` }],
    ['images: {repository: "localhost:5000/a/b_c"}', { 'images.repository': 'localhost:5000/a/b_c' }],
    ['images: {pullSecrets: [one, two.three]}', { 'images.pullSecrets': ['one', 'two.three'] }],
    ['service:\n  config.port: 80\n  events: {port: "81"}', { 'service.config.port': 80, 'service.events.port': 81 }],
    [
      'resources: {limits: {cpu: 0.5, memory: 1e9}}',
      { 'resources.limits.cpu': '0.5', 'resources.limits.memory': '1e9' },
    ],
    ['etcd.size: 5', { 'etcd.size': 5 }],
    ['etcd: {storage: {className: ""}}', { 'etcd.storage.className': '' }],
    ['base: &b {port: 80}\nservice: {config: {<<: *b}}', undefined],
    ['service:\n  config: &b {port: 80}\n  events: {<<: *b}', { 'service.config.port': 80, 'service.events.port': 80 }],
    ['command: [-log-level=info, --workers, 5]', { command: ['-log-level=info', '--workers', '5'] }],
    [
      'service: {annotations: {a: true, b.c/d: 1.0, e: "x: y"}}',
      { 'service.annotations': { a: 'true', 'b.c/d': '1.0', e: 'x: y' } },
    ],
    [
      'service: {annotations: ["a/b: 0.0.0.0/0", "foo: \'bar\'", c: d]}',
      { 'service.annotations': { 'a/b': '0.0.0.0/0', foo: 'bar', c: 'd' } },
    ],
    ['ingress: {annotations: ["a/b: c"]}', { 'ingress.annotations': { 'a/b': 'c' } }],
    ['service: {loadBalancerClass: example.com/A_b.c}', { 'service.loadBalancerClass': 'example.com/A_b.c' }],
    ['service: {loadBalancerClass: tailscale}', { 'service.loadBalancerClass': 'tailscale' }],
    ['service: {ipFamilies: [IPv6, IPv4]}', { 'service.ipFamilies': ['IPv6', 'IPv4'] }],
    ['service.annotations.a.b/c: d', { 'service.annotations': { 'a.b/c': 'd' } }],
    ['', {}],
    ['---\n', {}],
    ['service: {}', {}],
    ['\uFEFFreplicaCount: 2', { replicaCount: 2 }],
  ])('%j is understood', (text, expected) => {
    if (expected) expect(recordOf(fromYaml(text))).toEqual(expected)
    else expect(() => fromYaml(text)).toThrow('Unknown setting "base"')
  })

  test.each([
    ['service.config.port: abc', 'service.config.port must be an integer from 1 to 65535; got "abc" (in 1.yaml).'],
    ['service.config.port: 65536', 'got "65536"'],
    ['service.config.port: 4001.0', 'got "4001.0"'],
    ['replicaCount: 0', 'replicaCount must be an integer of at least 1; got "0"'],
    ['image.tag: a b', 'image.tag must be an image tag or digest'],
    ['images.repository: a:1.0', 'images.repository must be an image name without a tag'],
    ['images.pullSecrets: [ok, Not]', 'images.pullSecrets has an invalid entry 2: it must be a name'],
    [
      'service.type: loadbalancer',
      'service.type must be one of: LoadBalancer, NodePort, ClusterIP; got "loadbalancer"',
    ],
    [
      'service.externalTrafficPolicy: local',
      'service.externalTrafficPolicy must be one of: Cluster, Local, or empty; got "local"',
    ],
    ['service.ipFamilyPolicy: DualStack', 'must be one of: SingleStack, PreferDualStack, RequireDualStack, or empty'],
    [
      'service.ipFamilies: [IPv4, ipv7]',
      'service.ipFamilies has an invalid entry 2: it must be one of: IPv4, IPv6; got "ipv7"',
    ],
    ['service.ipFamilies: [IPv6, IPv6]', 'service.ipFamilies must list each IP family only once; got ["IPv6","IPv6"]'],
    ['service.loadBalancerClass: a/b/c', 'service.loadBalancerClass must be a class as [DNS-PREFIX/]NAME'],
    ['service.loadBalancerClass: A.com/b', 'service.loadBalancerClass must be a class as [DNS-PREFIX/]NAME'],
    [`service.loadBalancerClass: ${'a'.repeat(64)}`, 'service.loadBalancerClass must be a class as [DNS-PREFIX/]NAME'],
    ['ingress.annotations: {"-a": d}', 'ingress.annotations has the key "-a"'],
    ['etcd.size: 2', 'etcd.size must be one of: auto, 1, 3, 5; got "2"'],
    ['etcd.version: 3.6.14', 'etcd.version must be a tag of the etcd image'],
    ['etcd.storage.size: 1', 'etcd.storage.size must be an amount of bytes'],
    ['resources.limits.memory: 256m', 'resources.limits.memory must be an amount of bytes'],
    ['resources.limits.cpu: -1', 'resources.limits.cpu must be an amount of CPU'],
    ['etcd_cluster_name: 1st', 'etcd_cluster_name must be a DNS label of at most 52'],
    [`etcd_cluster_name: ${'a'.repeat(53)}`, 'etcd_cluster_name must be a DNS label of at most 52'],
    [
      'service.annotations: [no-pair]',
      'service.annotations has the entry "no-pair", which is not "key: value" (in 1.yaml).',
    ],
    [
      'service.annotations: text',
      'service.annotations must be a mapping of strings or a list of "key: value"; got "text"',
    ],
    ['service.annotations: {a: {b: c}}', 'service.annotations has {"b":"c"} under a, which must be a string'],
    ['service.annotations: {"a/b/c": d}', 'has the key "a/b/c", which is not a valid annotation key'],
    ['service.annotations: {"-a": d}', 'has the key "-a"'],
    [`service.annotations: {"${'a'.repeat(64)}": d}`, 'which is not a valid annotation key'],
    ['service.annotations: {"__proto__": d}', 'has the key "__proto__"'],
    ['service: 5', 'service must be a mapping; got "5" (in 1.yaml).'],
    ['servce: {type: NodePort}', 'Unknown setting "servce" (in 1.yaml).'],
    ['__proto__: {replicaCount: 2}', 'Unknown setting "__proto__"'],
    [
      'a: [',
      'The values file "1.yaml" is not valid YAML: unexpected end of the stream within a flow collection, line 1.',
    ],
    ['a: 1\na: 2', 'is not valid YAML: duplicated mapping key, line 2.'],
    ['- a', 'The values file "1.yaml" is not a mapping.'],
    ['a: 1\n---\nb: 2', 'contains several documents.'],
  ])('%j is refused', (text, message) => {
    expect(() => fromYaml(text)).toThrow(
      expect.objectContaining({ code: 2, message: expect.stringContaining(message) }),
    )
  })

  test.each([
    ['service.config.prot: 1', 'Did you mean service.config.port?'],
    ['config.port: 1', 'Did you mean service.config.port?'],
    ['image.tagg: 1', 'Did you mean image.tag?'],
    ['replicacount: 1', 'Did you mean replicaCount?'],
    ['service.type: loadbalancer', 'Did you mean LoadBalancer?'],
    ['etcd.version: 3.6.14', 'Did you mean v3.6.14?'],
    ['images.repository: Team/Gateway', 'Did you mean team/gateway?'],
    ['resources.limits.memory: 256m', 'Did you mean 256Mi?'],
    ['images.repository: https://a/b', 'Remove the scheme: an image name is not a URL.'],
    ['images.repository: a/b:1', 'Use the separate setting for the tag or digest.'],
    ['service.config: 80', 'Its keys are service.config.port, service.config.nodePort.'],
    ['nothingLikeIt: 1', 'List all settings:\neg-setup help settings'],
  ])('%j is answered with what is right', (text, fix) => {
    expect(() => fromYaml(text)).toThrow(expect.objectContaining({ fix }))
  })

  test('are all named when several are wrong', () => {
    expect(() => fromYaml('replicaCount: x\nimages: {tagg: 1}', 'etcd.size: 9')).toThrow(
      new UserError(
        [
          '3 settings are invalid:',
          '  replicaCount must be an integer of at least 1; got "x" (in 1.yaml).',
          '  Unknown setting "images.tagg" (in 1.yaml). Did you mean images.tag?',
          '  etcd.size must be one of: auto, 1, 3, 5; got "9" (in 2.yaml).',
        ].join('\n'),
        { fix: 'List all settings:\neg-setup help settings', code: 2 },
      ),
    )
  })

  test('are read from files and standard input', async () => {
    const stdin = new PassThrough()
    const { signal } = new AbortController()
    stdin.end('replicaCount: 2')
    expect(await readValues(['-'], { stdin, signal })).toEqual([{ name: 'standard input', text: 'replicaCount: 2' }])
    expect(await readValues(['-', '-', 'test/vitest.config.js'], { stdin, signal })).toHaveLength(3)
  })

  test.each([
    ['nowhere.yaml', `The values file "nowhere.yaml" can't be read: it does not exist.`],
    ['test', `The values file "test" can't be read: it is a directory.`],
  ])('from %s are refused', async (file, message) => {
    await expect(
      readValues([file], { stdin: new PassThrough(), signal: new AbortController().signal }),
    ).rejects.toMatchObject({ code: 2, message })
  })
})

describe('--set', () => {
  test.each([
    ['replicaCount=2,etcd.size=1', { replicaCount: 2, 'etcd.size': 1 }],
    ['image.tag=1.10', { 'images.tag': '1.10' }],
    ['etcd.storage.className=', { 'etcd.storage.className': '' }],
    ['command={-log-level=info,-db-hosts=a:1\\,b:2}', { command: ['-log-level=info', '-db-hosts=a:1,b:2'] }],
    ['command={}', { command: [] }],
    ['command={-dev},replicaCount=1', { command: ['-dev'], replicaCount: 1 }],
    ['service.annotations.foo\\.bar/baz=a\\,b', { 'service.annotations': { 'foo.bar/baz': 'a,b' } }],
    ['service.annotations.foo.bar/baz=x=y', { 'service.annotations': { 'foo.bar/baz': 'x=y' } }],
    ['service.annotations={a: b,c: d}', { 'service.annotations': { a: 'b', c: 'd' } }],
    ['replicaCount=2,replicaCount=null', {}],
    ['resources=null', {}],
  ])('%s is understood', (line, expected) => {
    expect(recordOf(fromSet(line))).toEqual(expected)
  })

  test.each([
    ['replicaCount', `--set "replicaCount" has a syntax error at "replicaCount".`, 'Write key=value'],
    ['replicaCount=1,2', `has a syntax error at "2".`, 'put a backslash before a comma'],
    ['=1', `has a syntax error at "=1".`, 'Write key=value'],
    ['command={-dev', `has a syntax error at "command={-dev".`, 'Close the list with "}"'],
    ['command[0]=-dev', 'Unknown setting "command[0]" (from --set).', 'Set the whole list'],
    ['command=-dev', 'command must be a list such as [-log-level=info]; got "-dev" (from --set).', ''],
    ['service.annotations.-a=1,service.annotations.b=1', 'service.annotations.-a has the key "-a"', 'Use keys such as'],
    ['replicaCount={1}', 'replicaCount must be an integer of at least 1; got ["1"] (from --set).', ''],
  ])('%s is refused', (line, message, fix) => {
    const expected = { code: 2, message: expect.stringContaining(message), fix: expect.stringContaining(fix) }
    expect(() => fromSet(line)).toThrow(expect.objectContaining(expected))
  })

  test('takes of a setting that is one word exactly what a values file takes', () => {
    const scalars = SETTINGS.filter(row => !Array.isArray(row.default) && !row.type.keyed)
    const likely = fc.oneof(
      fc.constantFrom(...scalars.flatMap(row => [...(row.type.choices ?? []).map(String), String(row.default)])),
      fc.constantFrom('', '0', '00', '1e3', '65535', '65536', '1.10', 'true', '~', '0x10', '.5', '5.', '1Ki', 'a'),
      fc.string(),
    )
    const outcome = (run: () => ReturnType<typeof givenFrom>) => {
      try {
        return recordOf(run())
      } catch (error) {
        return (error as Error).message.replace(/ \((in 1.yaml|from --set)\)\.$/, '')
      }
    }
    fc.assert(
      fc.property(fc.constantFrom(...scalars), likely, ({ path }, text) => {
        // A bare null means the default in both; quoted in YAML it is a text.
        fc.pre(text !== 'null')
        const escaped = text.replace(/[\\,]/g, '\\$&').replace(/^\{/, '\\{')
        expect(outcome(() => fromSet(`${path}=${escaped}`))).toEqual(
          outcome(() => fromYaml(`${path}: ${JSON.stringify(text)}`)),
        )
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('of several answers', () => {
  const file = (text: string) => ({ name: 'v.yaml', text })

  test.each([
    [
      'an earlier run gives way to a file',
      { recorded: { replicaCount: 1 }, values: [file('replicaCount: 2')] },
      { replicaCount: 2 },
    ],
    ['the later file wins', { values: [file('replicaCount: 2'), file('replicaCount: 4')] }, { replicaCount: 4 }],
    ['--set wins over files', { values: [file('replicaCount: 2')], set: ['replicaCount=5'] }, { replicaCount: 5 }],
    [
      'a wrong one that is overridden does no harm',
      { values: [file('replicaCount: x')], set: ['replicaCount=5'] },
      { replicaCount: 5 },
    ],
    [
      'a flag wins over --set',
      { set: ['expose=load-balancer'], flags: { expose: 'node-port', yes: true } },
      { expose: 'node-port' },
    ],
    ['an earlier run may know what we do not', { recorded: { gone: 1, replicaCount: 1 } }, { replicaCount: 1 }],
    [
      'annotations add up',
      { values: [file('service.annotations: {a: b, c: d}')], set: ['service.annotations.a=x'] },
      { 'service.annotations': { a: 'x', c: 'd' } },
    ],
    [
      'null takes an annotation away',
      { recorded: { 'service.annotations': { a: 'b', c: 'd' } }, set: ['service.annotations.a=null'] },
      { 'service.annotations': { c: 'd' } },
    ],
    [
      'a file replaces the annotations of an earlier run',
      { recorded: { 'service.annotations': { a: 'b' } }, values: [file('service.annotations: {c: d}')] },
      { 'service.annotations': { c: 'd' } },
    ],
    [
      'the type of Service replaces an earlier exposure',
      { recorded: { expose: 'node-port' }, set: ['service.type=LoadBalancer'] },
      { 'service.type': 'LoadBalancer' },
    ],
    [
      'a Gateway replaces an earlier exposure and its Secret',
      { recorded: { expose: 'ingress', 'tls.secretName': 'a' }, flags: { gateway: 'web' } },
      { 'gatewayApi.gateway': 'web' },
    ],
    [
      'a class replaces an earlier Gateway',
      { recorded: { 'gatewayApi.gateway': 'web', expose: 'gateway-api' }, flags: { 'gateway-class': 'a' } },
      { 'gatewayApi.className': 'a' },
    ],
    [
      'the exposure said again keeps the Gateway',
      { recorded: { 'gatewayApi.gateway': 'web' }, flags: { expose: 'gateway-api' } },
      { 'gatewayApi.gateway': 'web', expose: 'gateway-api' },
    ],
    [
      'the exposure replaces an earlier type of Service',
      { recorded: { 'service.type': 'NodePort' }, flags: { expose: 'load-balancer' } },
      { expose: 'load-balancer' },
    ],
  ])('%s', (_, sources, expected) => {
    expect(recordOf(givenFrom(sources))).toEqual(expected)
  })

  test('the next run accepts the record of a run unchanged', () => {
    const given = fromYaml('etcd.size: 3\ncommand: [-dev]\nservice: {annotations: ["a: b"], config: {port: 80}}')
    const recorded = JSON.parse(JSON.stringify(recordOf(given)))
    expect(recordOf(givenFrom({ recorded }))).toEqual(recordOf(given))
  })
})

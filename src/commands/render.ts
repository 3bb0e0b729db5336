import { join } from 'node:path'
import { dump } from 'js-yaml'
import { CHARTS, chartFiles } from '../charts/chart.ts'
import { writeFiles } from '../charts/write-charts.ts'
import type { FlagsOf } from '../cli/args.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { OPERATOR_NAMESPACE, type Release } from '../names.ts'
import type { Choices } from '../plan/derived-row.ts'
import { makePlan } from '../plan/plan.ts'
import { givenFrom } from '../settings/given.ts'
import type { Settings } from '../settings/setting-rows.ts'
import { settingsFrom } from '../settings/settings-from.ts'
import { readValues } from '../settings/values-file.ts'
import { requireAccess } from '../setup/access-answers.ts'
import { printDocuments, say } from '../ui/print.ts'

/** The objects of setup on stdout, or the charts in a directory. Asks no cluster, so what depends on one has its default. */
export async function render(flags: FlagsOf<'render'>, io: Io): Promise<number> {
  const given = givenFrom({ values: await readValues(flags.values ?? [], io), set: flags.set ?? [], flags })
  if (flags.chart !== undefined) {
    if (Object.keys(given).length > 0 || flags.namespace !== undefined)
      throw new UserError(
        "--chart can't be combined with settings or --namespace: the charts are the same for every installation.",
        {
          fix: 'Pass settings to helm instead:\nhelm install eg DIR/event-gateway -n NAMESPACE -f FILE',
          code: EXIT.usage,
        },
      )
    const files = (Object.keys(CHARTS) as Release[]).flatMap(release =>
      [...chartFiles(release)].map(([path, text]) => [join(CHARTS[release].name, path), text] as const),
    )
    await writeFiles(flags.chart, new Map(files))
    const folders = Object.values(CHARTS).map(({ name }) => join(flags.chart!, name))
    say(io, `Wrote ${folders.join(', ')}`)
    return EXIT.ok
  }
  const choices = usualChoices(settingsFrom(given), flags.namespace ?? 'default')
  requireGateway(choices)
  requireAnswer(choices)
  const objects = makePlan(choices).stages.flatMap(stage => stage.objects)
  printDocuments(io, objects, object => dump(object, { noRefs: true, lineWidth: -1 }))
  return EXIT.ok
}

/** What setup chooses for a cluster of which nothing is known but that nothing is installed. */
export const usualChoices = (settings: Settings, namespace: string): Choices => ({
  engine: 'builtin',
  namespace,
  settings,
  exposure: settings.expose === 'auto' ? 'load-balancer' : settings.expose,
  etcdSize: settings['etcd.size'] === 'auto' ? 1 : settings['etcd.size'],
  alreadyThere: new Set(namespace === 'default' || namespace === OPERATOR_NAMESPACE ? ['gateway-namespace'] : []),
  operatorNamespace: OPERATOR_NAMESPACE,
  annotations: {},
})

/** Throws UserError (exit 2) where it depends on the cluster which Gateway is used. */
function requireGateway({ settings, exposure }: Choices): void {
  const { 'gatewayApi.gateway': gateway, 'gatewayApi.className': className } = settings
  if (exposure !== 'gateway-api' || gateway !== '' || className !== '') return
  throw new UserError(
    "No Gateway was given, and eg-setup render can't find one because it doesn't connect to a cluster.",
    {
      fix: 'Choose one: --gateway-class NAME (a new Gateway), --gateway NAMESPACE/NAME (an existing Gateway).',
      code: EXIT.usage,
    },
  )
}

/** Throws UserError (exit 2) unless the person has said who can access the gateway: no cluster is asked, so none is proved private. */
function requireAnswer({ settings, exposure }: Choices): void {
  const { internal, 'service.annotations': annotations } = settings
  if (internal && Object.keys(annotations).length === 0)
    throw new UserError(
      "render can't apply --internal: the annotation depends on the provider, and render doesn't connect to a cluster.",
      { fix: "Set the provider's annotation under service.annotations in a values file: -f FILE", code: EXIT.usage },
    )
  const publicBecause = "render doesn't connect to a cluster, so it can't verify that they are private"
  const flavour = {
    label: 'provider not recognized',
    publicBecause,
    sourceRanges: 'unknown',
    internal: annotations,
  } as const
  requireAccess(settings, { exposure, flavour })
}

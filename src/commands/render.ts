import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { dump } from 'js-yaml'
import type { FlagsOf } from '../args.ts'
import { CHARTS, chartFiles } from '../charts/chart.ts'
import { EXIT, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { Release } from '../plan/labels.ts'
import { OPERATOR_NAMESPACE } from '../plan/names.ts'
import { makePlan } from '../plan/plan.ts'
import type { Choices } from '../plan/values.ts'
import { givenFrom } from '../settings/given.ts'
import type { Settings } from '../settings/rows.ts'
import { settle } from '../settings/settle.ts'
import { readValues } from '../settings/values-file.ts'
import { printDocuments, say } from '../ui/print.ts'
import { requireReach } from './who-may-reach.ts'

/** The objects of setup on stdout, or the charts in a directory. Asks no cluster, so what depends on one has its default. */
export async function render(flags: FlagsOf<'render'>, io: Io): Promise<number> {
  const given = givenFrom({ values: await readValues(flags.values ?? [], io), set: flags.set ?? [], flags })
  if (flags.chart !== undefined) {
    if (Object.keys(given).length > 0 || flags.namespace !== undefined)
      throw new UserError('The charts of --chart hold no settings and no namespace.', {
        fix: 'Give them to helm: helm install eg DIR/event-gateway -n NS -f FILE',
        code: EXIT.usage,
      })
    await writeCharts(flags.chart)
    const folders = Object.values(CHARTS).map(({ name }) => join(flags.chart!, name))
    say(io, `Written: ${folders.join(', ')}`)
    return EXIT.ok
  }
  const choices = usualChoices(settle(given), flags.namespace ?? 'default')
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
  without: new Set(namespace === 'default' || namespace === OPERATOR_NAMESPACE ? ['gateway-namespace'] : []),
  operatorNamespace: OPERATOR_NAMESPACE,
  annotations: {},
})

/** Throws UserError (exit 2) unless the person has said who can access the gateway: no cluster is asked, so none is proved private. */
function requireAnswer({ settings, exposure }: Choices): void {
  const { internal, 'service.annotations': annotations } = settings
  if (internal && Object.keys(annotations).length === 0)
    throw new UserError(
      'The annotation that makes a load balancer internal depends on the provider, and render asks no cluster.',
      { fix: 'Add that annotation under service.annotations in a values file (-f).', code: EXIT.usage },
    )
  const publicBecause = 'render asks no cluster that could prove them private'
  const flavour = {
    label: 'an unknown provider',
    publicBecause,
    sourceRanges: 'unknown',
    internal: annotations,
  } as const
  requireReach(settings, { exposure, flavour })
}

/** Writes the charts; a file that is there with another content stays, and nothing is written then. */
async function writeCharts(folder: string): Promise<void> {
  const files = (Object.keys(CHARTS) as Release[]).flatMap(release =>
    [...chartFiles(release)].map(([path, text]) => [join(folder, CHARTS[release].name, path), text] as const),
  )
  for (const [path, text] of files) {
    const there = await contentOf(path)
    if (there === undefined || there === text) continue
    throw new UserError(`${path} is there and is another file. Nothing was written.`, {
      fix: 'Name another directory, or delete the chart that is there if nobody needs it.',
      code: EXIT.precondition,
    })
  }
  for (const [path, text] of files) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new UserError(`${path} cannot be read: ${(error as Error).message}`, {
      fix: 'Name another directory.',
      cause: error,
    })
  }
}

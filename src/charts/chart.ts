import { dump } from 'js-yaml'
import templates from 'templates'
import type { KubeObject } from '../kube/object.ts'
import type { Release } from '../names.ts'
import type { Choices } from '../plan/derived-row.ts'
import { labelled, STAGES } from '../plan/plan.ts'
import { PINS, VERSION } from '../release.ts'
import { chartTemplate, onlyWhen } from './template.ts'
import { HELPERS, NOTES } from './texts.ts'
import { type Tree, valuesAskedFor, valuesFor, valuesSchema, valuesYaml } from './values.ts'

type ChartRow = {
  /** Also the folder of its templates. */
  name: string
  description: string
  appVersion: string
}

/** The charts, by the release that the guide makes of each. */
export const CHARTS = {
  ego: { name: 'etcd-operator', description: 'The etcd operator from etcd-io', appVersion: PINS.operator.tag },
  eg: {
    name: 'event-gateway',
    description: 'Serverless Event Gateway and its etcd. Requires the chart etcd-operator, installed once per cluster',
    appVersion: PINS.gateway.tag,
  },
} as const satisfies Record<Release, ChartRow>

/** Server-side apply, with which Helm 4 and eg-setup write, is of 1.22. */
const KUBE_VERSION = '>=1.22.0-0'

/** The files of a chart by their paths, made of the templates and the settings. */
export function chartFiles(release: Release): Map<string, string> {
  const { name, description, appVersion } = CHARTS[release]
  const objects = objectTemplates(release)
  const values = valuesAskedFor([...objects.values()])
  return new Map([
    [
      'Chart.yaml',
      dump({
        apiVersion: 'v2',
        name,
        description,
        type: 'application',
        version: VERSION,
        appVersion,
        kubeVersion: KUBE_VERSION,
      }),
    ],
    ['values.yaml', valuesYaml(values, release)],
    ['values.schema.json', valuesSchema(values)],
    ['.helmignore', '*.tgz\n'],
    ['templates/NOTES.txt', NOTES[release]],
    ...objects,
  ])
}

/** The values for Helm with which the chart renders what the plan of these choices has. */
export const chartValues = (release: Release, choices: Choices): Tree =>
  valuesFor(valuesAskedFor([...objectTemplates(release).values()]), choices)

/** Every object of a release but namespaces, which Helm makes itself, by the path of its file. */
function objectTemplates(release: Release): Map<string, string> {
  const rows = STAGES.filter(stage => stage.release === release).flatMap(stage =>
    stage.templates.map(([file, when]) => ({ file, when: { ...stage.when, ...when } })),
  )
  const files = rows
    .filter(({ file }) => templates[file]?.kind !== 'Namespace')
    .map(({ file, when }) => {
      const text = onlyWhen(when, release, chartTemplate(inChart(labelled(file), release), release))
      return [`templates/${file.split('/')[1]}.yaml`, text] as const
    })
  if (release === 'ego') return new Map(files)
  const test = onlyNative(chartTemplate(inChart(labelled('chart/test'), release), release))
  return new Map([...files, ['templates/tests/gateway.yaml', test], ['templates/_helpers.tpl', HELPERS]])
}

/** The test is a container beside another that has to be ready first, which Kubernetes knows since 1.29. */
const onlyNative = (test: string) =>
  `{{- if semverCompare ">=1.29-0" .Capabilities.KubeVersion.Version }}\n${test}{{- end }}\n`

/** With what only charts have: their label, and that a definition outlives the release, with everybody's objects of it. */
function inChart(object: KubeObject, release: Release): KubeObject {
  const { metadata } = object
  const labels = { ...metadata.labels, 'helm.sh/chart': `${CHARTS[release].name}-${VERSION}` }
  if (object.kind !== 'CustomResourceDefinition') return { ...object, metadata: { ...metadata, labels } }
  const annotations = { ...metadata.annotations, 'helm.sh/resource-policy': 'keep' }
  return { ...object, metadata: { ...metadata, labels, annotations } }
}

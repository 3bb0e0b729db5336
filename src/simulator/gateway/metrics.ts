/** Counters of one gateway process, in Prometheus' text format. A counter appears with its first use. */
export type Metrics = {
  readonly add: (name: string, labels: Readonly<Record<string, string>>, value: number) => void
  readonly text: () => string
}

export function makeMetrics(): Metrics {
  const values = new Map<string, Map<string, number>>()
  // A second apart at most: the replicas of a real one never start at the same instant.
  const started = Date.now() / 1000 - Math.random()
  return {
    add: (name, labels, value) => {
      const series = values.get(name) ?? new Map<string, number>()
      values.set(name, series)
      const text = Object.entries(labels)
        .map(([key, label]) => `${key}=${JSON.stringify(label)}`)
        .join(',')
      const key = text === '' ? name : `${name}{${text}}`
      series.set(key, (series.get(key) ?? 0) + value)
    },
    text: () =>
      `process_start_time_seconds ${started}\n${[...values]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, series]) => {
          const type = /_(eventtypes|functions|subscriptions|cors)_total$|_backlog$/.test(name) ? 'gauge' : 'counter'
          const lines = [...series].map(([key, value]) => `${key} ${value}\n`)
          return `# HELP ${name} Of the Event Gateway.\n# TYPE ${name} ${type}\n${lines.join('')}`
        })
        .join('')}`,
  }
}

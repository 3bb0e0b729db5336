import project from '../package.json' with { type: 'json' }

/** Of eg-setup itself. */
export const VERSION: string = project.version

/** What is installed unless the settings say otherwise: a line each. */
export const PINS = {
  gateway: { repository: 'serverless/event-gateway', tag: '0.9.0', architecture: 'amd64' },
  operator: { repository: 'gcr.io/etcd-development/etcd-operator', tag: 'v0.2.0' },
  etcd: { repository: 'gcr.io/etcd-development/etcd', version: 'v3.6.14' },
} as const

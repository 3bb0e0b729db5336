import { dump } from 'js-yaml'
import { hasControls } from '../text/sanitize.ts'
import { jsonText } from '../ui/print.ts'
import { type Fields, KIND_NAMES, type Kind, type Registration } from './registration.ts'

export const API_VERSION = 'eg-setup/v1'
export const BACKUP_KIND = 'EventGatewayBackup'

export type DocumentFormat = 'json' | 'yaml'

type Space = { name: string } & { [K in Kind]?: readonly Fields[] }

/**
 * A backup as text: the same registrations always give the same text, whatever order they come in and wherever they were
 * read. It says nothing about when and where, so that two backups can be compared.
 */
export function documentText(registrations: readonly Registration[], format: DocumentFormat): string {
  const document = { apiVersion: API_VERSION, kind: BACKUP_KIND, spaces: spacesOf(registrations) }
  if (format === 'yaml') {
    const yaml = dump(document, { noRefs: true, lineWidth: -1 })
    if (!hasControls(yaml)) return yaml
  }
  return `${jsonText(document)}\n`
}

function spacesOf(registrations: readonly Registration[]): Space[] {
  const names = [...new Set(registrations.map(({ space }) => space))].sort()
  return names.map(name => {
    const lists = KIND_NAMES.map(kind => {
      const found = registrations.filter(each => each.space === name && each.kind === kind)
      return [kind, found.sort((one, other) => (one.name < other.name ? -1 : 1)).map(({ fields }) => fields)] as const
    })
    return { name, ...Object.fromEntries(lists.filter(([, found]) => found.length > 0)) }
  })
}

/** Fields of a function's provider that hold credentials. */
const SECRET_FIELDS = ['awsAccessKeyId', 'awsSecretAccessKey', 'awsSessionToken']

/** The registrations with null in place of credentials, for `restore` to ask for them. */
export const redact = (registrations: readonly Registration[]): Registration[] =>
  registrations.map(each => {
    const provider = each.fields['provider']
    if (each.kind !== 'functions' || typeof provider !== 'object' || provider === null) return each
    const fields = Object.entries(provider).map(([key, value]) => [key, isSecret(key, value) ? null : value])
    return { ...each, fields: { ...each.fields, provider: Object.fromEntries(fields) } }
  })

const isSecret = (key: string, value: unknown): boolean =>
  SECRET_FIELDS.includes(key) || (key === 'url' && typeof value === 'string' && hasCredentials(value))

/** A user, a password or a query, each of which may be a token. */
function hasCredentials(url: string): boolean {
  const { username, password, search } = URL.canParse(url) ? new URL(url) : { username: '', password: '', search: '?' }
  return username !== '' || password !== '' || search !== ''
}

import * as v from 'valibot'
import { EXIT, UserError } from '../../errors.ts'
import { sh } from '../../text/shell-words.ts'
import { kubectlName } from '../kinds.ts'
import type { KubeObject, Ref } from '../object.ts'
import { preconditionError } from '../precondition-error.ts'
import { type Shape, shapeOf } from '../schemas.ts'
import type { Answer } from './connection.ts'

/**
 * The JSON of an answer, in which what is null is absent. Throws UserError where it is something else (exit 3), such as the
 * login page of a proxy, and where it is not of the shape (exit 1). `what` it is about, and the path that it was asked for.
 */
export function readAnswer<T>(answer: Answer, shape: Shape<T>, about: { what: string; path: string }): T {
  const value = parse(answer)
  const { issues } = v.safeParse(shape, value, { abortEarly: true })
  if (issues === undefined) return value as T
  throw new UserError(`The API server's response for ${about.what} isn't valid: ${problemOf(issues[0])}.`, {
    fix: sh`Check for a proxy between this machine and the server, and read the whole response:\nkubectl get --raw ${about.path}`,
    code: EXIT.failed,
  })
}

/** The object of an answer, checked as its kind has to be; it is of the kind that was asked for. Throws as `readAnswer` does. */
export function readObject(answer: Answer, ref: Ref, path: string): KubeObject {
  const object = readAnswer(answer, shapeOf(ref.kind), { what: kubectlName(ref), path })
  return { ...object, apiVersion: ref.apiVersion, kind: ref.kind }
}

function parse({ text }: Answer): unknown {
  try {
    const value: unknown = JSON.parse(text)
    // Looked for only where there can be one: lists are long.
    return /:\s*null\b/.test(text) ? withoutNulls(value) : value
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw preconditionError(
      "The API server's response is not JSON. A proxy or login page may be between this machine and the server.",
      'Check the server in the kubeconfig, and the environment variables HTTPS_PROXY and NO_PROXY.',
    )
  }
}

/** Removes the fields that are null; an item of a list that is null stays, since to leave it out would move the others. */
function withoutNulls(value: unknown): unknown {
  const open = [value]
  while (open.length > 0) {
    const holder = open.pop() as Record<string, unknown>
    for (const [key, inner] of Object.entries(holder ?? {}))
      if (typeof inner === 'object' && inner !== null) open.push(inner)
      else if (inner === null && !Array.isArray(holder)) delete holder[key]
  }
  return value
}

/** "status.loadBalancer.ingress[0].ip is not a string" */
function problemOf({ path, expected, input }: v.BaseIssue<unknown>): string {
  const where = (path ?? []).reduce((before, { key }) => {
    if (typeof key === 'number') return `${before}[${key}]`
    return before === '' ? String(key) : `${before}.${String(key)}`
  }, '')
  const wanted = WANTED[(expected ?? '').replace(/[()]/g, '').split(' | ')[0]!] ?? 'valid'
  return `${where || 'it'} is ${input === undefined ? 'missing' : `not ${wanted}`}`
}

/** By valibot's names of types. */
const WANTED: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  Array: 'a list',
  Object: 'an object',
}

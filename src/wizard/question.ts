import type { ContextRow } from '../kube/login/kubeconfig.ts'
import type { Proposal } from '../setup/propose.ts'
import type { Request, SetupFlags } from '../setup/request.ts'
import type { Cluster, Site } from '../setup/site.ts'
import type { ConfirmPrompt, SelectPrompt, TextPrompt } from '../ui/prompts.ts'
import type { Absence } from './no-cluster.ts'

export type Prompt =
  | ({ kind: 'text' } & TextPrompt)
  | ({ kind: 'select' } & SelectPrompt)
  | ({ kind: 'confirm' } & ConfirmPrompt)

/** What has been read for the questions that follow. Each read adds to it. */
export type Known = {
  contexts: readonly ContextRow[]
  absence: Absence | undefined
  cluster: Cluster
  site: Site
  proposal: Proposal
}

/** A step that reads what later questions depend on. */
export type Read = { read: (request: Request, known: Known) => Promise<Partial<Known>> }

/** Something that only a person knows. */
export type Question = {
  /** The flags that answer the question in advance. */
  flags: readonly (keyof SetupFlags)[]
  /** The prompt; undefined if the question does not apply. */
  prompt: (request: Request, known: Known) => Prompt | undefined | Promise<Prompt | undefined>
  /** The flags that the answer sets, undefined for those that it drops. undefined alone: read and ask again. */
  take: (answer: string, request: Request, known: Known) => Added | undefined | Promise<Added | undefined>
}

type Added = { readonly [Flag in keyof SetupFlags]?: SetupFlags[Flag] | undefined }

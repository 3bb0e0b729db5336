import type { Terminal } from './terminal.ts'

/** The three exports of the wizard's own choice of exposure. */
export const EXPORTS = /^export EVENT_GATEWAY_URL='[\w.]+';\n(export EVENT_GATEWAY_\w+='\d+';\n){2}$/

/** Answers the question for the namespace. */
export async function chooseNamespace(terminal: Terminal, namespace: string): Promise<void> {
  await terminal.shows('Namespace')
  terminal.press('ctrlU')
  terminal.type(namespace)
  terminal.press('enter')
}

/** Takes the answer that each question begins with. */
export async function accept(terminal: Terminal, ...questions: readonly string[]): Promise<void> {
  for (const question of questions) {
    await terminal.shows(question)
    terminal.press('enter')
  }
}

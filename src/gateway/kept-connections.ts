import { Agent } from 'node:http'
import { connect as connectSocket, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { UserError } from '../errors.ts'
import { ask } from './ask.ts'
import type { Ask, Connect } from './replicas.ts'

/** Asks over connections that are kept open between questions; `close` ends them. */
export type Kept = { ask: Ask; close: () => void }

type Done = (error: Error | null, stream: Duplex) => void

const nothing = () => {}

/** A stream with what Node asks of a socket that it keeps. A port-forward knows no half-close: its end is the end of both. */
function asSocket(stream: Duplex): Duplex {
  stream.once('end', () => stream.destroy())
  if (stream instanceof Socket) return stream
  return Object.assign(stream, { ref: nothing, unref: nothing, setKeepAlive: nothing, setTimeout: nothing })
}

class StreamAgent extends Agent {
  readonly connect: () => Promise<Duplex>

  constructor(connect: () => Promise<Duplex>) {
    super({ keepAlive: true })
    this.connect = connect
  }

  override createConnection(_: object, done?: Done): undefined {
    this.connect().then(
      stream => done?.(null, asSocket(stream)),
      error => (done as (error: Error) => void)(error),
    )
  }
}

/** Opens connections on demand, one for each concurrent request. Throws the UserError of `connect`. */
export function keepConnections(connect: Connect): Kept {
  let failure: UserError | undefined
  const over = new AbortController()
  const agent = new StreamAgent(() =>
    connect(over.signal).catch((error: unknown) => {
      if (error instanceof UserError) failure = error
      throw error
    }),
  )
  return {
    ask: async (question, timeoutMs, signal) => {
      const asked = await ask(agent, question, timeoutMs, signal)
      if ('reason' in asked && failure !== undefined) throw failure
      return asked
    },
    close: () => {
      over.abort()
      agent.destroy()
    },
  }
}

export const connectAt =
  ({ host, port }: { host: string; port: number }): Connect =>
  async () =>
    connectSocket({ host, port })

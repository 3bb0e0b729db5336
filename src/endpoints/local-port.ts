import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { UserError } from '../errors.ts'
import { hostPort } from '../gateway/endpoint.ts'
import { type Guard, makeGuardedServer } from './host-guard.ts'

export type LocalPort = {
  readonly port: number
  /** Closes it, with all connections. */
  readonly close: () => void
}

type Options = {
  /** An IP address of this machine. */
  address: string
  /** The port that was asked for, if any; else the usual one is taken, or any that is free. */
  asked: number | undefined
  usual: number
  /** Gives the other end of a new connection. */
  dial: () => Promise<Duplex>
  /** Why a connection was cut. */
  onTrouble: (error: Error) => void
  /** Whose requests are passed on; without it bytes are, whatever they say. */
  guard?: Guard | undefined
}

/** Listens on this machine and carries each connection to what `dial` gives. Throws UserError where it cannot listen. */
export async function openLocalPort({ address, asked, usual, dial, onTrouble, guard }: Options): Promise<LocalPort> {
  const serve = guard
    ? makeGuardedServer(guard, { dial, onTrouble })
    : (client: Socket) => void carry(client, dial, onTrouble)
  const clients = new Set<Socket>()
  // Half-open, or a client that closes after its last byte would be cut off before that byte has arrived.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, client => {
    clients.add(client)
    client.on('close', () => clients.delete(client))
    serve(client)
  })
  const listen = async (port: number) => {
    server.listen(port, address)
    await once(server, 'listening')
  }
  try {
    await listen(asked ?? usual).catch((error: NodeJS.ErrnoException) => {
      if (asked !== undefined || error.code !== 'EADDRINUSE') throw error
      return listen(0)
    })
  } catch (error) {
    throw cannotListen(address, asked ?? usual, error as NodeJS.ErrnoException)
  }
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close()
      for (const client of clients) client.destroy()
    },
  }
}

/** Never throws: what goes wrong ends this connection, by a reset, so that a cut answer does not look complete. */
async function carry(client: Socket, dial: Options['dial'], onTrouble: Options['onTrouble']): Promise<void> {
  const cut = (error: Error) => {
    // A client that has gone has no need to know.
    if (!client.destroyed) onTrouble(error)
    client.resetAndDestroy()
  }
  client.on('error', () => {})
  try {
    const far = await dial()
    far.on('error', cut)
    far.on('end', () => client.destroySoon())
    if (client.destroyed) return void far.destroy()
    client.on('close', () => far.destroy())
    client.pipe(far).pipe(client, { end: false })
  } catch (error) {
    cut(error as Error)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: "this machine doesn't have that address",
}

function cannotListen(address: string, port: number, { code = '', message }: NodeJS.ErrnoException): UserError {
  return new UserError(`${hostPort(address, port)} can't be used: ${REASONS[code] ?? message}.`, {
    fix: 'Choose another port or address: --config-port PORT --events-port PORT --address IP',
  })
}

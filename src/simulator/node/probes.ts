import type { Network } from './network.ts'
import { fetchOver } from './network.ts'
import type { Container } from './programs.ts'

export type Probe = {
  httpGet?: { path?: string; port: number | string }
  tcpSocket?: { port: number | string }
  periodSeconds?: number
  initialDelaySeconds?: number
  failureThreshold?: number
  timeoutSeconds?: number
}

/** What a probe finds wrong, in the kubelet's words, or undefined. */
export async function findProblem(
  network: Network,
  ip: string,
  probe: Probe,
  { ports = [] }: Container,
): Promise<string | undefined> {
  const wanted = probe.httpGet?.port ?? probe.tcpSocket?.port
  const port = ports.find(({ name }) => name === wanted)?.containerPort ?? Number(wanted)
  const path = probe.httpGet?.path ?? '/'
  const url = `http://${ip}:${port}${path}`
  if (!probe.httpGet)
    return network.isListening(ip, port) || !probe.tcpSocket
      ? undefined
      : `dial tcp ${ip}:${port}: connect: connection refused`
  try {
    const { status } = await fetchOver(network.dial(ip, port), { path, timeoutMs: (probe.timeoutSeconds ?? 1) * 1000 })
    return status >= 200 && status < 400 ? undefined : `HTTP probe failed with statuscode: ${status}`
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ECONNREFUSED') return `Get "${url}": dial tcp ${ip}:${port}: connect: connection refused`
    if (code === 'ETIMEDOUT')
      return `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`
    return `Get "${url}": EOF`
  }
}

import { Agent, request } from 'node:http'

const agent = new Agent({ keepAlive: true, timeout: 10_000 })
const TIMEOUT = 5_000

/** A call to etcd's JSON gateway; rejects for any answer but 200, and when there is none in 5 s. */
// biome-ignore lint/suspicious/noExplicitAny: etcd's answers, as JSON
export function callEtcd(endpoint: string, path: string, body: object): Promise<any> {
  const text = JSON.stringify(body)
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
  return new Promise((resolve, reject) => {
    const url = new URL(path, endpoint.includes('://') ? endpoint : `http://${endpoint}`)
    const asked = request(url, { method: 'POST', headers, agent }, async answer => {
      try {
        const parts: Buffer[] = []
        for await (const part of answer) parts.push(part as Buffer)
        const said = JSON.parse(Buffer.concat(parts).toString())
        if (answer.statusCode === 200) resolve(said)
        else reject(Object.assign(new Error(said.message ?? `etcd answered ${answer.statusCode}`), { answered: true }))
      } catch (error) {
        reject(error)
      } finally {
        clearTimeout(timer)
      }
    })
    const timer = setTimeout(() => asked.destroy(new Error('context deadline exceeded')), TIMEOUT)
    asked.on('error', error => {
      clearTimeout(timer)
      reject(error)
    })
    asked.end(text)
  })
}

/** The first of these that can be asked; rejects with the last one's error. */
export async function anyOf<T>(endpoints: readonly string[], ask: (endpoint: string) => Promise<T>): Promise<T> {
  let last: unknown = new Error('no endpoints')
  for (const endpoint of endpoints) {
    try {
      return await ask(endpoint)
    } catch (error) {
      last = error
    }
  }
  throw last
}

export const encode = (text: string) => Buffer.from(text).toString('base64')
export const decode = (text: string) => Buffer.from(text, 'base64').toString()

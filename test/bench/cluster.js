// The cluster of KUBECONFIG, past the program under test.
import { readFileSync } from 'node:fs'
import https from 'node:https'
import { load } from 'js-yaml'

/** Server and credentials of a kubeconfig with one cluster and a client certificate. */
export function readLogin(kubeconfig) {
  const { clusters, users } = load(readFileSync(kubeconfig, 'utf8'))
  const decode = text => Buffer.from(text, 'base64')
  const { server, 'certificate-authority-data': ca } = clusters[0].cluster
  const { 'client-certificate-data': cert, 'client-key-data': key } = users[0].user
  return { server, ca: decode(ca), cert: decode(cert), key: decode(key) }
}

/** Asks the API server: `api(method, path, body)` gives the answer's body. Throws for statuses of 400 and more but those allowed. */
export function makeApi(kubeconfig, connections = 16) {
  const { server, ...tls } = readLogin(kubeconfig)
  const agent = new https.Agent({ keepAlive: true, maxSockets: connections, ...tls })
  return (method, path, body, { allowed = [], type = 'application/json' } = {}) =>
    new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': type }
      const request = https.request(server + path, { method, agent, headers }, async response => {
        let text = ''
        for await (const chunk of response) text += chunk
        const isFine = response.statusCode < 400 || allowed.includes(response.statusCode)
        if (isFine) resolve(text.startsWith('{') ? JSON.parse(text) : {})
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 300)}`))
      })
      request.on('error', reject)
      request.end(body === undefined ? undefined : JSON.stringify(body))
    })
}

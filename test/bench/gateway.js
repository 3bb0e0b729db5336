// A gateway that answers at the nodePorts of its Service on every address of this machine, since a cluster without nodes runs none.
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

/** The simulator's gateway as a module that Node loads. */
async function loadApis(folder) {
  const input = fileURLToPath(new URL('../../src/simulator/gateway/gateway.ts', import.meta.url))
  const build = await rolldown({ input, platform: 'node' })
  const file = join(folder, 'gateway.mjs')
  await build.write({ file, format: 'esm' })
  await build.close()
  return (await import(pathToFileURL(file).href)).gatewayApis
}

function memory() {
  const entries = new Map()
  const watchers = new Set()
  const changed = () => {
    for (const onChange of watchers) setImmediate(onChange)
  }
  return {
    connect: async () => {},
    read: async prefix => new Map([...entries].filter(([key]) => key.startsWith(prefix))),
    put: async (key, value) => {
      entries.set(key, value)
      changed()
    },
    remove: async key => {
      entries.delete(key)
      changed()
    },
    watch: onChange => {
      watchers.add(onChange)
      return () => watchers.delete(onChange)
    },
  }
}

/** Gives `follow`, which lets a gateway answer at these nodePorts and at no others. */
export async function makeGateway(folder) {
  const gatewayApis = await loadApis(folder)
  let current
  const stop = () => {
    current?.apis.stop()
    for (const server of current?.servers ?? []) {
      server.close()
      server.closeAllConnections()
    }
    current = undefined
  }

  async function follow(ports) {
    const key = ports && `${ports.config} ${ports.events}`
    if (current?.key === key) return
    stop()
    if (ports === undefined) return
    // Its functions are called by names of the cluster: they all mean its own config API here.
    const call = (url, event) =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': 'application/cloudevents+json' }
        const { pathname } = new URL(url)
        const asked = request({ port: ports.config, path: pathname, method: 'POST', headers }, async answer => {
          let body = ''
          for await (const chunk of answer) body += chunk
          resolve({ status: answer.statusCode, body })
        })
        asked.on('error', reject)
        asked.end(JSON.stringify(event))
      })
    const apis = gatewayApis({ kv: memory(), call })
    const servers = [createServer(apis.config).listen(ports.config), createServer(apis.events).listen(ports.events)]
    current = { key, apis, servers }
    await Promise.all(servers.map(server => once(server, 'listening')))
  }
  return { follow, stop }
}

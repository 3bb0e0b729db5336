// Makes the programs of the stand-in images: node test/stand-ins/bundle.js OUTDIR
// operator.mjs and gateway.mjs for `image --node`, and the same as executables under the names that the real images use:
//   image --node OUTDIR/operator.mjs gcr.io/etcd-development/etcd-operator:v0.2.0 65532 OUTDIR/manager=/manager
//   image --node OUTDIR/gateway.mjs serverless/event-gateway:0.9.0 65532 OUTDIR/event-gateway=/event-gateway
import { chmodSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const PROGRAMS = { operator: 'manager', gateway: 'event-gateway' }

const [out] = process.argv.slice(2)
if (!out) throw new Error('usage: node test/stand-ins/bundle.js OUTDIR')
for (const [name, program] of Object.entries(PROGRAMS)) {
  const build = await rolldown({ input: fileURLToPath(new URL(`${name}.ts`, import.meta.url)), platform: 'node' })
  await build.write({ file: `${out}/${name}.mjs`, format: 'esm' })
  // Pods that name a command run this one; without an extension node takes it for CommonJS.
  await build.write({ file: `${out}/${program}`, format: 'cjs', banner: '#!/usr/bin/node' })
  chmodSync(`${out}/${program}`, 0o755)
  await build.close()
}

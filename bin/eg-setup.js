#!/usr/bin/env node
// Old syntax up to the check: an old Node has to be able to read this file. No static imports: they would run before it.
var version = process.versions.node.split('.').map(Number)
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  console.error(`error: eg-setup needs Node 20.19 or newer; this is ${process.versions.node}.`)
  console.error('fix: install a current Node from https://nodejs.org, or choose one with your version manager.')
  process.exitCode = 1
} else {
  import('node:module')
    .then(module => {
      if (module.enableCompileCache) module.enableCompileCache()
      return import('../dist/main.js')
    })
    .then(eg => eg.start())
}

#!/usr/bin/env node
// Old syntax up to the check: an old Node has to be able to read this file.
var version = process.versions.node.split('.').map(Number)
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  console.error(`error: eg-setup needs Node 20.19 or newer; this is ${process.versions.node}.`)
  console.error('fix: install a current Node from https://nodejs.org, or choose one with your version manager.')
  process.exitCode = 1
} else {
  // Where Node has a compile cache.
  if (version[0] > 22 || (version[0] === 22 && version[1] > 0)) require('node:module').enableCompileCache()
  require('../dist/main.cjs').start()
}

// npm run bench [-- PLACE...]: measures what README.md here promises; ends with 1 where one is missed.
import { cpus } from 'node:os'
import { PLACES, ROWS } from './rows.js'

const asked = process.argv.slice(2)
const places = asked.length > 0 ? asked : Object.keys(PLACES)
const unknown = places.filter(name => !Object.hasOwn(PLACES, name))
if (unknown.length > 0) {
  process.stderr.write(`Unknown place ${unknown.join(', ')}. Choose from: ${Object.keys(PLACES).join(', ')}\n`)
  process.exit(2)
}
const lines = []
let missed = 0

for (const name of places) {
  const { open, close } = PLACES[name]
  const place = await open()
  try {
    for (const { name: what, against, bar, measure } of ROWS.filter(row => row.place === name)) {
      const { value, shown } = await measure(place)
      const isHeld = value <= bar
      if (!isHeld) missed++
      const limit = bar === Number.POSITIVE_INFINITY ? '' : bar
      lines.push(
        `| ${what} | ${against} | ${Number(value.toFixed(2))}${shown && ` (${shown})`} | ${limit}${isHeld ? '' : ' **missed**'} |`,
      )
      process.stderr.write(`${lines.at(-1)}\n`)
    }
  } finally {
    await close(place)
  }
}
const machine = `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model}), Node ${process.versions.node}`
process.stdout.write(
  `${machine}\n\n| measured | against | ratio or number (medians) | at most |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n`,
)
process.exitCode = missed === 0 ? 0 : 1

// What the shortest Node program needs that asks the API server one thing: the measure of `eg-setup env`.
import { readFileSync } from 'node:fs'
import https from 'node:https'

const [server, folder, path] = process.argv.slice(2)
const [ca, cert, key] = ['ca', 'cert', 'key'].map(name => readFileSync(`${folder}/${name}.pem`))
https.get(server + path, { ca, cert, key }, async response => {
  let text = ''
  for await (const chunk of response) text += chunk
  process.stdout.write(`${JSON.parse(text).kind}\n`)
})

/** Colours 0 to 15 of the terminal, on a dark ground of its own: so it reads the same on a dark and on a light page. */
const PALETTE = [
  '#484f58',
  '#ff7b72',
  '#3fb950',
  '#d29922',
  '#58a6ff',
  '#bc8cff',
  '#39c5cf',
  '#d5dbe2',
  '#8b949e',
  '#ffa198',
  '#56d364',
  '#e3b341',
  '#79c0ff',
  '#d2a8ff',
  '#56d4dd',
  '#ffffff',
]
const GROUND = '#0d1117'
const TEXT = '#d5dbe2'
const [WIDTH, HEIGHT, EDGE] = [8.4, 19, 16]

const entities = text => text.replace(/[&<>"]/g, found => `&#${found.charCodeAt(0)};`)
const rounded = number => Number(number.toFixed(1))

/** What is written on a terminal, from its first line to the last that is not empty. */
export function screenAsSvg(terminal, title) {
  const { active } = terminal.buffer
  const lines = Array.from({ length: active.length }, (_, row) => active.getLine(row))
  while (lines.length > 0 && lines.at(-1).translateToString(true) === '') lines.pop()
  const width = rounded(terminal.cols * WIDTH + 2 * EDGE)
  const height = lines.length * HEIGHT + 2 * EDGE
  const rows = lines.map((line, row) =>
    runsOf(line, terminal.cols)
      .map(run => textOf(run, row))
      .join(''),
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${entities(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${GROUND}"/>`,
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" fill="${TEXT}" xml:space="preserve">`,
    ...rows.filter(row => row !== ''),
    '</g>\n</svg>\n',
  ].join('\n')
}

/** Neighbouring cells that look the same. */
function runsOf(line, columns) {
  const runs = []
  for (let column = 0; column < columns; column++) {
    const cell = line.getCell(column)
    const style = styleOf(cell)
    const chars = cell.getChars() || ' '
    const last = runs.at(-1)
    if (last?.style === style) last.text += chars
    else runs.push({ column, style, text: chars })
  }
  return runs.map(run => ({ ...run, text: run.text.trimEnd() })).filter(({ text }) => text !== '')
}

function styleOf(cell) {
  const colour = cell.isFgPalette() ? PALETTE[cell.getFgColor()] : undefined
  return [
    colour ? ` fill="${colour}"` : '',
    cell.isBold() ? ' font-weight="bold"' : '',
    cell.isDim() ? ' opacity="0.65"' : '',
    cell.isInverse() || cell.isUnderline() ? ' text-decoration="underline"' : '',
    cell.isStrikethrough() ? ' text-decoration="line-through"' : '',
  ].join('')
}

/** On its column whatever the font's own width is. */
function textOf({ column, style, text }, row) {
  const indent = text.length - text.trimStart().length
  const shown = text.trimStart()
  const x = rounded(EDGE + (column + indent) * WIDTH)
  const length = rounded([...shown].length * WIDTH)
  return `<text x="${x}" y="${rounded(EDGE + row * HEIGHT + 14)}" textLength="${length}"${style}>${entities(shown)}</text>`
}

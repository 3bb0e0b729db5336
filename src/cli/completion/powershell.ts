import { CONTEXTS, type CommandWords, type FlagWords, spellings, valueFlags } from './words.ts'

/** Between single quotes, as PowerShell reads them. */
const quoted = (text: string): string => `'${text.replace(/['\u2018-\u201b]/g, '$&$&')}'`
const list = (words: readonly string[]): string => `@(${words.map(quoted).join(', ')})`

/** For Windows PowerShell 5.1 and PowerShell 7. */
export const powershell = (commands: readonly CommandWords[]): string => `# eg-setup completion powershell
Register-ArgumentCompleter -Native -CommandName eg-setup -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $commands = [ordered]@{
${commands.map(({ name, summary }) => `    ${quoted(name)} = ${quoted(summary)}`).join('\n')}
  }
  $flags = @{
${commands.map(command => `    ${quoted(command.name)} = [ordered]@{ ${command.flags.map(({ long, text }) => `${quoted(long)} = ${quoted(text)}`).join('; ')} }`).join('\n')}
  }
  $values = @{
${commands.flatMap(command => command.flags.flatMap(flag => valueLines(command, flag))).join('\n')}
  }
  $operands = @{
${commands.flatMap(({ name, operand }) => (operand.length > 0 ? [`    ${quoted(name)} = ${list(operand)}`] : [])).join('\n')}
  }
  $takes = ${list(valueFlags(commands))}
  $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { "$_" })
  $command = ''
  for ($i = 1; $i -lt $words.Count; $i++) {
    if ($takes -ccontains $words[$i]) { $i++ }
    elseif ($commands.Contains($words[$i])) { $command = $words[$i]; break }
  }
  $used = if ($command) { $command } else { ${quoted(commands[0]?.name ?? '')} }
  $offer = [ordered]@{}
  $last = $words[-1]
  if ($takes -ccontains $last) {
    if ($last -ceq '--context') { ${CONTEXTS} 2>$null | Where-Object { $_ -match '^[\\w@:/.-]+$' } | ForEach-Object { $offer[$_] = $_ } }
    foreach ($value in $values["$used $last"]) { if ($value) { $offer[$value] = $value } }
  }
  elseif ($wordToComplete -like '-*') { $offer = $flags[$used] }
  elseif (-not $command) { $offer = $commands }
  else { foreach ($value in $operands[$command]) { if ($value) { $offer[$value] = $value } } }
  foreach ($word in $offer.Keys) {
    if ($word -like "$wordToComplete*") {
      [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $offer[$word])
    }
  }
}
`

const valueLines = ({ name }: CommandWords, flag: FlagWords): string[] =>
  Array.isArray(flag.takes)
    ? spellings(flag).map(word => `    ${quoted(`${name} ${word}`)} = ${list(flag.takes as readonly string[])}`)
    : []

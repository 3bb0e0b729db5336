import { CONTEXTS, type CommandWords, type FlagWords, valueFlags } from './words.ts'

/** Between single quotes, as fish reads them. */
const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`

/** For fish from 3.0 on. */
export const fish = (commands: readonly CommandWords[]): string => `# eg-setup completion fish
function __eg_setup_command
    set -l skip no
    for token in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
            continue
        end
        switch $token
            case ${valueFlags(commands).join(' ')}
                set skip yes
            case ${commands.map(({ name }) => name).join(' ')}
                echo $token
                return
        end
    end
    echo none
end
function __eg_setup_uses
    contains -- (__eg_setup_command) $argv
end
complete -c eg-setup -f
${commands.flatMap((command, index) => commandLines(command, index === 0 ? `none ${command.name}` : command.name)).join('\n')}
`

function commandLines({ name, summary, flags, operand }: CommandWords, used: string): string[] {
  const when = `-n ${quoted(`__eg_setup_uses ${used}`)}`
  return [
    `complete -c eg-setup -n '__eg_setup_uses none' -a ${name} -d ${quoted(summary)}`,
    ...flags.map(flag => `complete -c eg-setup ${when} ${flagOptions(flag)} -d ${quoted(flag.text)}`),
    ...(operand.length > 0 ? [`complete -c eg-setup ${when} -a ${quoted(operand.join(' '))}`] : []),
  ]
}

function flagOptions({ long, short, takes }: FlagWords): string {
  const names = `${short ? `-s ${short.slice(1)} ` : ''}-l ${long.slice(2)}`
  if (takes === 'nothing') return names
  if (takes === 'file') return `${names} -r -F`
  if (takes === 'text') return `${names} -x`
  return `${names} -x -a ${quoted(takes === 'context' ? `(${CONTEXTS} 2>/dev/null)` : takes.join(' '))}`
}

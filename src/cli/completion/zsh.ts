import { CONTEXTS, type CommandWords, type FlagWords, quoted, spellings, valueFlags } from './words.ts'

/** For zsh, sourced or as a file _eg-setup in a folder of $fpath. */
export const zsh = (commands: readonly CommandWords[]): string => `#compdef eg-setup
_eg-setup_commands() {
  local -a list=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary.replaceAll(':', '\\:')}`)}`).join('\n')}
  )
  _describe command list
}
_eg-setup_contexts() {
  local -a list=(\${(f)"$(${CONTEXTS} 2>/dev/null)"})
  compadd -a list
}
_eg-setup() {
  local command=${commands[0]?.name} i
  for ((i = 2; i < CURRENT; i++)); do
    case $words[i] in
      (${valueFlags(commands).join('|')}) ((i++)) ;;
      (${commands.map(({ name }) => name).join('|')}) command=$words[i]; break ;;
    esac
  done
  case $command in
${commands.map(commandCase).join('\n')}
  esac
}
if [[ $funcstack[1] == _eg-setup ]]; then _eg-setup "$@"; else compdef _eg-setup eg-setup; fi
`

function commandCase({ name, flags, operand, rest }: CommandWords): string {
  const specs = [
    ...flags.flatMap(flagSpecs),
    quoted('1:command:_eg-setup_commands'),
    ...(operand.length > 0 ? [quoted(`2:value:(${operand.join(' ')})`)] : []),
    ...(rest ? [quoted('*::command:_normal')] : []),
  ]
  return [`    (${name}) _arguments -s : \\`, ...specs.map(spec => `      ${spec} \\`), '      ;;'].join('\n')
}

/** One spec for each spelling; they exclude each other unless the flag may be repeated. */
function flagSpecs(flag: FlagWords): string[] {
  const { takes, text, many } = flag
  const words = spellings(flag)
  const others = many || words.length === 1 ? '' : `(${words.join(' ')})`
  const described = `[${text.replace(/[[\]:\\]/g, '\\$&')}]`
  return words.map(word => {
    const end = takes === 'nothing' ? '' : word.startsWith('--') ? '=' : '+'
    return quoted(`${many ? '*' : others}${word}${end}${described}${valueSpec(takes)}`)
  })
}

function valueSpec(takes: FlagWords['takes']): string {
  if (takes === 'nothing') return ''
  if (takes === 'file') return ':file:_files'
  if (takes === 'context') return ':context:_eg-setup_contexts'
  return takes === 'text' ? ':value: ' : `:value:(${takes.join(' ')})`
}

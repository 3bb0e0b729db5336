import { CONTEXTS, type CommandWords, type FlagWords, quoted, spellings, valueFlags } from './words.ts'

/** For bash from 3.2 on, which macOS has: no associative arrays, no bash-completion. Empty: readline offers files. */
export const bash = (commands: readonly CommandWords[]): string => `# eg-setup completion bash
_eg_setup() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command='' i word words
  COMPREPLY=()
  # "=" is a word of its own here.
  if [ "$cur" = = ]; then cur=''; elif [ "$prev" = = ]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      --) return ;;
      ${valueFlags(commands).join('|')}) [ "\${COMP_WORDS[i+1]}" = = ] && i=$((i + 1)); i=$((i + 1)) ;;
      ${commands.map(({ name }) => name).join('|')}) [ -z "$command" ] && command="\${COMP_WORDS[i]}" ;;
    esac
  done
  case "\${command:-${commands[0]?.name}} $prev" in
${commands.flatMap(command => command.flags.flatMap(flag => valueCase(command, flag))).join('\n')}
    *' '--context)
      # Not by compgen -W, which would expand what stands in a name.
      while IFS= read -r word; do
        case "$word" in "$cur"*) COMPREPLY+=("$(printf %q "$word")") ;; esac
      done < <(${CONTEXTS} 2>/dev/null)
      return
      ;;
    *' '${valueFlags(commands).join("|*' '")}) return ;;
  esac
  case "$cur \${command:-none}" in
${commands.map(command => `    -*' ${command.name}') words=${quoted(flagList(command))} ;;`).join('\n')}
    -*' none') words=${quoted(flagList(commands[0]!))} ;;
    *' none') words=${quoted(commands.map(({ name }) => name).join(' '))} ;;
${commands.flatMap(({ name, operand }) => (operand.length > 0 ? [`    *' ${name}') words=${quoted(operand.join(' '))} ;;`] : [])).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _eg_setup eg-setup
`

const flagList = ({ flags }: CommandWords): string => flags.map(({ long }) => long).join(' ')

function valueCase({ name }: CommandWords, flag: FlagWords): string[] {
  if (!Array.isArray(flag.takes)) return []
  const pattern = spellings(flag).map(word => quoted(`${name} ${word}`))
  return [`    ${pattern.join('|')}) COMPREPLY=($(compgen -W ${quoted(flag.takes.join(' '))} -- "$cur")); return ;;`]
}

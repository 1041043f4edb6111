// SPDX-License-Identifier: MIT
import { type CommandFacts, type OptionFacts, withSubcommands } from './facts.ts';
import type { Values } from './values.ts';

/** The completion script for bash 4 and newer; it needs no other package. */
export function bashCompletion(top: CommandFacts): string {
  const commands = withSubcommands(top);
  return `# bash completion for plait, generated from its command definitions.
_plait() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command=plait word
  # Bash takes --board=alix for three words.
  if [[ $current == '=' ]]; then
    current=
  elif [[ $before == '=' ]]; then
    before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  # Names of commands come first.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$command $word" in
${commands
  .flatMap(({ commands }) => commands)
  .map(({ words }) => `      ${quoted(words.join(' '))}) command="$command $word" ;;`)
  .join('\n')}
      *) break ;;
    esac
  done
  COMPREPLY=()
  case "$command $before" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
}

# What may stand for a word: some words, files or directories. Names with blanks stay whole.
_plait_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}
_plait_paths() {
  compopt -o filenames 2> /dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
}

complete -F _plait plait
`;
}

function valueCases({ words, options }: CommandFacts): string[] {
  return options.flatMap(({ names, value }: OptionFacts) => {
    if (!value) return [];
    const patterns = names.map((name) => quoted(`${words.join(' ')} ${name}`)).join(' | ');
    return [`    ${patterns}) ${answer(value.values)} return ;;`];
  });
}

function commandCase({ words, options, commands, arguments: args }: CommandFacts): string {
  const flags = options.flatMap(({ names }) => names).join(' ');
  const [argument] = args;
  const others =
    commands.length > 0
      ? answer({ kind: 'words', words: commands.map((sub) => sub.words.at(-1) ?? '') })
      : answer(argument?.values ?? { kind: 'any' });
  return `    ${quoted(words.join(' '))})
      if [[ $current == -* ]]; then _plait_words ${quoted(flags)}; else ${others} fi
      ;;`;
}

function answer(values: Values): string {
  if (values.kind === 'words') return `_plait_words ${quoted(values.words.join(' '))};`;
  if (values.kind === 'any') return ':;';
  return `_plait_paths ${values.kind === 'file' ? '-f' : '-d'};`;
}

function quoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}

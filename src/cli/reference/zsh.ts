// SPDX-License-Identifier: MIT
import { type ArgumentFacts, type CommandFacts, type OptionFacts, withSubcommands } from './facts.ts';
import type { Values } from './values.ts';

/** The completion script for zsh: a file `_plait` in a folder of `$fpath`. */
export function zshCompletion(top: CommandFacts): string {
  return `#compdef plait
# zsh completion for plait, generated from its command definitions.

${withSubcommands(top).map(zshFunction).join('\n\n')}

# Loaded from $fpath, this file is the function's body at first; sourced, it only says what completes plait.
if [[ $funcstack[1] == _plait ]]; then
  _plait "$@"
else
  compdef _plait plait
fi
`;
}

function zshFunction(facts: CommandFacts): string {
  const { words, options, arguments: args, commands } = facts;
  const specs = [...options.map(optionSpec), ...args.map(argumentSpec)];
  if (commands.length === 0) return `${name(words)}() {\n  _arguments -s -S ${joined(specs)}\n}`;
  const described = commands.map((sub) => quoted(`${word(sub)}:${sub.summary.replace(/[\\:]/g, '\\$&')}`));
  const cases = commands.map((sub) => `        ${word(sub)}) ${name(sub.words)} ;;`);
  return `${name(words)}() {
  local curcontext="$curcontext" state line
  local -a commands
  typeset -A opt_args
  _arguments -C -s -S ${joined([...specs, quoted('1: :->command'), quoted('*:: :->rest')])}
  case $state in
    command)
      commands=(${joined(described)}
      )
      _describe -t commands command commands
      ;;
    rest)
      case $line[1] in
${cases.join('\n')}
      esac
      ;;
  esac
}`;
}

function joined(specs: readonly string[]): string {
  return specs.map((spec) => `\\\n    ${spec}`).join(' ');
}

function name(words: readonly string[]): string {
  return `_${words.join('_').replaceAll('-', '_')}`;
}

function word({ words }: CommandFacts): string {
  return words.at(-1) ?? '';
}

/** `'*'{-b,--board}'[only this board]:name:(alix apu)'`; what may be typed twice is not kept track of. */
function optionSpec({ names, description, value }: OptionFacts): string {
  const text = description.replace(/[[\]\\]/g, '\\$&');
  const rest = quoted(
    `[${text}]${value ? `:${value.name.replaceAll(':', ' ')}:${action(value.values)}` : ''}`,
  );
  const equals = (one: string) => (value && one.startsWith('--') ? `${one}=` : one);
  return `'*'${names.length === 1 ? equals(names[0] ?? '') : `{${names.map(equals).join(',')}}`}${rest}`;
}

function argumentSpec({ name, variadic, values }: ArgumentFacts, at: number): string {
  return quoted(`${variadic ? '*' : at + 1}:${name}:${action(values)}`);
}

function action(values: Values): string {
  if (values.kind === 'words')
    return `(${values.words.map((one) => one.replace(/[():\\*]/g, '\\$&')).join(' ')})`;
  return { file: '_files', directory: '_files -/', any: ' ' }[values.kind];
}

function quoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}

// SPDX-License-Identifier: MIT
import { type CommandFacts, withSubcommands } from './facts.ts';
import type { Values } from './values.ts';

/** The completion script for fish 3 and newer. */
export function fishCompletion(top: CommandFacts): string {
  const commands = withSubcommands(top);
  const called = commands.flatMap(({ commands }) => commands).map(({ words }) => quoted(words.join(' ')));
  return `# fish completion for plait, generated from its command definitions.
function __plait_command --description 'The command that is typed so far'
    set --local command plait
    for word in (commandline --tokenize --cut-at-cursor --current-process)[2..-1]
        # Names of commands come first.
        contains -- "$command $word" ${called.join(' ')}; or break
        set command "$command $word"
    end
    echo $command
end

function __plait_is --argument-names command
    test (__plait_command) = $command
end

complete --command plait --no-files
${commands.flatMap(commandLines).join('\n')}
`;
}

function commandLines({ words, options, arguments: args, commands }: CommandFacts): string[] {
  const line = `complete --command plait --condition ${quoted(`__plait_is ${quoted(words.join(' '))}`)}`;
  const [argument] = args;
  return [
    ...commands.map((sub) => `${line} --arguments ${sub.words.at(-1)} --description ${quoted(sub.summary)}`),
    ...(argument && argument.values.kind !== 'any' ? [`${line} ${answer(argument.values)}`] : []),
    ...options.map(({ names, description, value }) => {
      const flags = names.map((one) =>
        one.startsWith('--') ? `--long-option ${one.slice(2)}` : `--short-option ${one.slice(1)}`,
      );
      // Only of a file may files be offered.
      const need = value?.values.kind === 'file' ? '--require-parameter' : '--exclusive';
      const taken = value ? ` ${need} ${answer(value.values)}` : '';
      return `${line} ${flags.join(' ')} --description ${quoted(description)}${taken.trimEnd()}`;
    }),
  ];
}

function answer(values: Values): string {
  if (values.kind === 'words') return `--arguments ${quoted(values.words.join(' '))}`;
  return {
    file: '--force-files',
    directory: `--arguments '(__fish_complete_directories (commandline --current-token) "")'`,
    any: '',
  }[values.kind];
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}

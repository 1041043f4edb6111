// SPDX-License-Identifier: MIT
/** `plait completion`: the script that teaches a shell to complete what is typed after `plait`. */
import { Argument, Command } from 'commander';
import { completionScript, type Shell, shells } from '../reference/scripts.ts';

export function command(): Command {
  return new Command('completion')
    .summary('print the completion script of a shell')
    .description(
      'Prints the script by which a shell completes commands, options, boards and files after plait.',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText(
      'after',
      '\n`npm run install-cli` puts it where the shell looks for it. By hand, in bash: source <(plait completion bash)',
    )
    .action(async (shell: Shell) => {
      process.stdout.write(await completionScript(shell));
    });
}

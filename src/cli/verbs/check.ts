// SPDX-License-Identifier: MIT
/** `plait check`: a configuration, before it gets to a board. */
import { Argument, Command } from 'commander';
import { parseConfig } from '../../appliance/config.ts';
import { checkedConfiguration, readConfiguration } from '../configuration.ts';
import { jsonOption } from '../options.ts';

export function command(): Command {
  return new Command('check')
    .summary('tell everything that is wrong with a plait.yaml')
    .description('Tells everything that is wrong with a plait.yaml, as `plaitctl check` does on the board.')
    .addArgument(new Argument('<file>', 'the configuration; - is the standard input'))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nWhether a board has the ports that it names is looked at there. Exit code: 0 it is right, 1 it is not, 2 wrong use.',
    )
    .action(check);
}

async function check(file: string, { json }: { json: boolean }): Promise<void> {
  const text = await readConfiguration(file);
  const parsed = parseConfig(text);
  if (json)
    console.log(JSON.stringify(parsed.ok ? { ok: true, warnings: parsed.warnings } : parsed, null, 2));
  else if (checkedConfiguration(text)) console.log(`${file} is right`);
  if (!parsed.ok) process.exitCode = 1;
}

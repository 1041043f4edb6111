// SPDX-License-Identifier: MIT
/** `plaitctl`: the command line on the board. Writes through `out` and gives the exit code; knows no platform. */

import { closest } from 'fastest-levenshtein';
import { problemLines } from './commands/configuration.ts';
import {
  type ControlPorts,
  EXIT_BUSY,
  EXIT_FAILED,
  EXIT_OK,
  EXIT_USAGE,
  FailureError,
  UsageError,
} from './commands/context.ts';
import { commandUsage, usage } from './commands/help.ts';
import { versionCommand } from './commands/machine.ts';
import { COMMANDS, type Command, publicNames } from './commands/table.ts';
import { errorText } from './ports.ts';
import type { Failure } from './protocol.ts';

/** Of failures that are not told by EXIT_FAILED. */
const EXIT_CODES: Readonly<Partial<Record<Failure['code'], number>>> = { usage: EXIT_USAGE, busy: EXIT_BUSY };

export async function control(args: readonly string[], ports: ControlPorts): Promise<number> {
  const json = args.includes('--json');
  try {
    return await dispatch(args, json, ports);
  } catch (error) {
    return report(error, json, ports);
  }
}

async function dispatch(args: readonly string[], json: boolean, ports: ControlPorts): Promise<number> {
  const given = args.filter((arg) => arg !== '--json');
  const wantsHelp = given.some((arg) => arg === '--help' || arg === '-h') || given[0] === 'help';
  const [name, ...rest] = given.filter(
    (arg, at) => !(arg === '--help' || arg === '-h' || (at === 0 && arg === 'help')),
  );
  if (name === undefined) {
    (wantsHelp ? ports.out : ports.err)(usage());
    return wantsHelp ? EXIT_OK : EXIT_USAGE;
  }
  if (name === '--version') return versionCommand({ ...ports, words: [], options: new Map(), json });
  const command = commandCalled(name);
  if (wantsHelp) {
    ports.out(commandUsage(command));
    return EXIT_OK;
  }
  const { words, options } = split(rest, command);
  if (words.length > command.words) {
    throw new UsageError(`"${words[command.words]}" is one word too many: plaitctl ${command.usage}`);
  }
  return command.run({ ...ports, words, options, json });
}

function commandCalled(name: string): Command {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return command;
  const meant = closest(name, publicNames());
  throw new UsageError(`there is no command "${name}"; did you mean "${meant}"?`);
}

function split(args: readonly string[], command: Command): { words: string[]; options: Map<string, string> } {
  const words: string[] = [];
  const options = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (!arg.startsWith('-') || arg === '-') {
      words.push(arg);
      continue;
    }
    const [name = '', inline] = arg.slice(2).split('=', 2);
    const option = arg.startsWith('--') ? optionsOf(command).get(name) : undefined;
    if (option === undefined) throw new UsageError(`there is no option "${arg}": plaitctl ${command.usage}`);
    if (option.value === undefined) {
      if (inline !== undefined) throw new UsageError(`--${name} takes no value: plaitctl ${command.usage}`);
      options.set(name, '');
      continue;
    }
    const value = inline ?? args[++i];
    if (value === undefined) throw new UsageError(`--${name} wants a value: plaitctl ${command.usage}`);
    options.set(name, value);
  }
  return { words, options };
}

function optionsOf({ options = {} }: Command): Map<string, { value?: string; help: string }> {
  return new Map(Object.entries(options));
}

function report(error: unknown, json: boolean, ports: ControlPorts): number {
  if (error instanceof UsageError) {
    ports.err(`plaitctl: ${error.message}\n`);
    return EXIT_USAGE;
  }
  const failure: Failure =
    error instanceof FailureError ? error.failure : { code: 'failed', message: errorText(error) };
  if (json) {
    ports.out(`${JSON.stringify({ error: failure })}\n`);
  } else if (failure.problems) {
    ports.err(problemLines(failure.problems));
  } else {
    ports.err(`plaitctl: ${failure.message}\n`);
  }
  return EXIT_CODES[failure.code] ?? EXIT_FAILED;
}

// SPDX-License-Identifier: MIT
/** `plaitctl`: the command line on the board. Writes through `out` and gives the exit code; knows no platform. */

import { closest } from 'fastest-levenshtein';
import {
  applyCommand,
  checkCommand,
  confirmCommand,
  planCommand,
  problemLines,
  revertCommand,
} from './commands/configuration.ts';
import {
  type Context,
  type ControlPorts,
  EXIT_FAILED,
  EXIT_OK,
  EXIT_USAGE,
  FailureError,
  UsageError,
} from './commands/context.ts';
import { showCommand, statusCommand } from './commands/looking.ts';
import { growCommand, leaseCommand } from './commands/scripts.ts';
import { CONFIG } from './paths.ts';
import { errorText } from './ports.ts';

interface Command {
  usage: string;
  help: string;
  /** Most words after the command's name. */
  words: number;
  options?: readonly string[];
  run(context: Context): Promise<number> | number;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  check: {
    usage: 'check [FILE]',
    help: `reads a configuration (${CONFIG} unless named) and tells everything that is wrong with it`,
    words: 1,
    run: checkCommand,
  },
  plan: {
    usage: 'plan [FILE]',
    help: 'tells what applying it would change',
    words: 1,
    run: planCommand,
  },
  apply: {
    usage: 'apply [--confirm-within TIME] [FILE]',
    help: 'applies it, all or nothing; goes back unless confirmed in time (60s)',
    words: 1,
    options: ['confirm-within'],
    run: applyCommand,
  },
  confirm: {
    usage: 'confirm',
    help: 'keeps what was applied, also for the next start',
    words: 0,
    run: confirmCommand,
  },
  revert: { usage: 'revert', help: 'goes back at once', words: 0, run: revertCommand },
  status: { usage: 'status', help: 'uplinks, tunnels, health', words: 0, run: statusCommand },
  show: {
    usage: 'show [config|plan|uplinks|tunnels]',
    help: 'the configuration in use, the network state it means, or all figures of uplinks or tunnels',
    words: 1,
    run: showCommand,
  },
  'grow-data': {
    usage: 'grow-data',
    help: 'grows the data partition to the end of the card (before it is mounted)',
    words: 0,
    run: growCommand,
  },
  lease: {
    usage: 'lease DEVICE EVENT',
    help: "called by the DHCP client's script with the client's environment",
    words: 2,
    run: leaseCommand,
  },
};

export async function control(args: readonly string[], ports: ControlPorts): Promise<number> {
  const json = args.includes('--json');
  try {
    return await dispatch(args, json, ports);
  } catch (error) {
    return report(error, json, ports);
  }
}

async function dispatch(args: readonly string[], json: boolean, ports: ControlPorts): Promise<number> {
  if (args.includes('--version')) {
    ports.out(`plait ${PLAIT_VERSION} (${PLAIT_BOARD})\n`);
    return EXIT_OK;
  }
  if (args.length === 0 || args.includes('--help') || args[0] === 'help') {
    ports.out(usage());
    return args.length === 0 ? EXIT_USAGE : EXIT_OK;
  }
  const [name = '', ...rest] = args.filter((arg) => arg !== '--json');
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    const meant = closest(name, Object.keys(COMMANDS));
    throw new UsageError(`there is no command "${name}"; the nearest is "${meant}"`);
  }
  const { words, options } = split(rest, command);
  if (words.length > command.words) {
    throw new UsageError(`"${words[command.words]}" is one word too many: plaitctl ${command.usage}`);
  }
  return command.run({ ...ports, words, options, json });
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
    if (!arg.startsWith('--') || !command.options?.includes(name)) {
      throw new UsageError(`there is no option "${arg}": plaitctl ${command.usage}`);
    }
    const value = inline ?? args[++i];
    if (value === undefined) throw new UsageError(`--${name} wants a value: plaitctl ${command.usage}`);
    options.set(name, value);
  }
  return { words, options };
}

function report(error: unknown, json: boolean, ports: ControlPorts): number {
  if (error instanceof UsageError) {
    ports.err(`plaitctl: ${error.message}\n`);
    return EXIT_USAGE;
  }
  const failure =
    error instanceof FailureError ? error.failure : { code: 'failed', message: errorText(error) };
  if (json) {
    ports.out(`${JSON.stringify({ error: failure })}\n`);
  } else if ('problems' in failure && failure.problems) {
    ports.err(problemLines(failure.problems));
  } else {
    ports.err(`plaitctl: ${failure.message}\n`);
  }
  return failure.code === 'usage' ? EXIT_USAGE : EXIT_FAILED;
}

function usage(): string {
  const width = Math.max(...Object.values(COMMANDS).map((command) => command.usage.length));
  const lines = Object.values(COMMANDS).map((command) => `  ${command.usage.padEnd(width)}  ${command.help}`);
  return `usage: plaitctl [--json] COMMAND\n\n${lines.join('\n')}\n\nExit code: 0 done, 1 failed, 2 wrong use.\n`;
}

// SPDX-License-Identifier: MIT
/** `plaitctl`: the command line on the board. Writes through `out` and gives the exit code; knows no platform. */

import { closest } from 'fastest-levenshtein';
import { plan } from '../appliance/plan.ts';
import { describe, type Problem } from '../appliance/problems.ts';
import { Complaint, duration } from '../appliance/units.ts';
import { dryRun, stepText } from './apply/engine.ts';
import { readRecord } from './apply/record.ts';
import { portsOf, readBoard } from './board.ts';
import { check } from './config-store.ts';
import { growData } from './grow-data.ts';
import type { Kernel } from './kernel.ts';
import { readLeases } from './leases.ts';
import { CONFIG, RECORD, SOCKET } from './paths.ts';
import { errorCode, errorText, type Ports } from './ports.ts';
import {
  CONFIRM_WITHIN,
  type Failure,
  MAX_WITHIN,
  type Method,
  type Methods,
  MIN_WITHIN,
} from './protocol.ts';
import { renderStatus } from './status.ts';

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** Applying takes a while on a small CPU, and waits for the one before it. */
const ANSWER_TIMEOUT = 120_000;

export interface ControlPorts {
  ports: Ports;
  /** Opened only by what needs it. */
  kernel(): Kernel;
  out(text: string): void;
  err(text: string): void;
  env(name: string): string | undefined;
}

interface Command {
  usage: string;
  help: string;
  /** Most words after the command's name. */
  words: number;
  options?: readonly string[];
  run(context: Context): Promise<number> | number;
}

interface Context extends ControlPorts {
  words: readonly string[];
  options: ReadonlyMap<string, string>;
  json: boolean;
}

/** A wrong command line: one sentence, exit code 2. */
class UsageError extends Error {}

/** The daemon's answer was a failure. */
class FailureError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
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
    usage: 'show [config|plan]',
    help: 'the configuration in use, or the network state it means',
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

function checkCommand(context: Context): number {
  const { name, text } = readConfig(context);
  const checked = check(text, { ports: boardPorts(context, text) });
  if (context.json) {
    context.out(`${JSON.stringify(checked.ok ? { ok: true } : checked)}\n`);
  } else if (checked.ok) {
    context.out(`${name} can be applied\n`);
  } else {
    context.err(problemLines(checked.problems));
  }
  return checked.ok ? EXIT_OK : EXIT_FAILED;
}

function planCommand(context: Context): number {
  const { text } = readConfig(context);
  const changes = planByDaemon(context, text) ?? planAlone(context, text);
  if (context.json) context.out(`${JSON.stringify({ changes })}\n`);
  else
    context.out(
      changes.length === 0 ? 'nothing would change\n' : changes.map((change) => `${change}\n`).join(''),
    );
  return EXIT_OK;
}

function applyCommand(context: Context): number {
  const within = context.options.get('confirm-within');
  const ms = within === undefined ? CONFIRM_WITHIN : confirmTime(within);
  if (ms instanceof Complaint) {
    throw new UsageError(`--confirm-within "${within}" ${ms.message}; ${ms.remedy}`);
  }
  const { text } = readConfig(context);
  const result = ask(context, 'apply', { text, within: ms });
  if (context.json) context.out(`${JSON.stringify(result)}\n`);
  else context.out(applyText(result));
  return EXIT_OK;
}

function applyText({ changes, pending, seconds }: Methods['apply']['result']): string {
  const wait = `"plaitctl confirm" within ${seconds} s keeps it, else it goes back`;
  if (changes.length === 0) return pending ? `nothing had to change; ${wait}\n` : 'nothing had to change\n';
  return `${changes.length} changes made; ${wait}\n`;
}

function confirmCommand(context: Context): number {
  const result = ask(context, 'confirm', {});
  context.out(context.json ? `${JSON.stringify(result)}\n` : 'kept\n');
  return EXIT_OK;
}

function revertCommand(context: Context): number {
  const result = ask(context, 'revert', {});
  if (context.json) context.out(`${JSON.stringify(result)}\n`);
  else context.out(`gone back, ${result.changes.length} changes made\n`);
  return EXIT_OK;
}

function statusCommand(context: Context): number {
  const status = ask(context, 'status', {});
  context.out(context.json ? `${JSON.stringify(status)}\n` : renderStatus(status));
  return EXIT_OK;
}

function showCommand(context: Context): number {
  const what = context.words[0] ?? 'config';
  if (what !== 'config' && what !== 'plan') {
    throw new UsageError(`"${what}" cannot be shown; show config or plan`);
  }
  const result = ask(context, 'show', { what });
  context.out(context.json ? `${JSON.stringify(result)}\n` : result.text);
  return EXIT_OK;
}

async function growCommand(context: Context): Promise<number> {
  const { files, disks, processes } = context.ports;
  const { disk, data } = readBoard(files);
  if (disk === undefined || data === undefined)
    throw new Error('this board has no data partition that could grow');
  const changes = await growData(disks, processes, { disk, ...data });
  if (context.json) context.out(`${JSON.stringify({ changes })}\n`);
  else for (const change of changes) context.out(`${change}\n`);
  return EXIT_OK;
}

const confirmTime = duration(MIN_WITHIN, MAX_WITHIN, '60s');

const LEASE_VARIABLES = ['ip', 'mask', 'router', 'dns', 'lease'];

function leaseCommand(context: Context): number {
  const [device, event] = context.words;
  if (device === undefined || event === undefined) throw new UsageError('plaitctl lease DEVICE EVENT');
  const env: Record<string, string> = {};
  for (const name of LEASE_VARIABLES) {
    const value = context.env(name);
    if (value !== undefined) env[name] = value;
  }
  ask(context, 'lease', { device, event, env });
  return EXIT_OK;
}

function readConfig({ words, ports }: Context): { name: string; text: string } {
  const name = words[0] ?? CONFIG;
  const text = ports.files.read(name);
  if (text === undefined) throw new Error(`there is no file ${name}`);
  return { name, text };
}

/** On a host there are no ports to hold the configuration against: all that it names count as there. */
function boardPorts(context: Context, text: string): string[] {
  const board = readBoard(context.ports.files);
  if (context.ports.files.list('/etc/plait').length > 0) return portsOf(board, context.kernel());
  return [...text.matchAll(/[A-Za-z][\w-]*/g)].map((match) => match[0]);
}

/** Undefined when no daemon runs. */
function planByDaemon(context: Context, text: string): string[] | undefined {
  try {
    return ask(context, 'plan', { text }).changes;
  } catch (error) {
    if (error instanceof NoDaemon) return undefined;
    throw error;
  }
}

function planAlone(context: Context, text: string): string[] {
  const { files, processes, clock } = context.ports;
  const checked = check(text, { ports: boardPorts(context, text) });
  if (!checked.ok)
    throw new FailureError({ code: 'invalid', message: 'invalid', problems: checked.problems });
  const kernel = context.kernel();
  const facts = {
    ports: portsOf(readBoard(files), kernel),
    leases: readLeases(files, clock.monotonic()),
    deadUplinks: [],
    deadLegs: {},
  };
  const services = { list: () => [], start: () => undefined, stop: async () => undefined };
  const record = readRecord(files, RECORD);
  return dryRun({ kernel, files, processes, services, record }, plan(checked.config, facts)).map(stepText);
}

class NoDaemon extends Error {}

function ask<M extends Method>(
  context: Context,
  method: M,
  params: Methods[M]['params'],
): Methods[M]['result'] {
  const caller = callDaemon(context);
  try {
    const answer = JSON.parse(caller.ask(JSON.stringify({ id: 1, method, params }), ANSWER_TIMEOUT)) as
      | { result: Methods[M]['result'] }
      | { error: Failure };
    if ('error' in answer) throw new FailureError(answer.error);
    return answer.result;
  } finally {
    caller.close();
  }
}

function callDaemon({ ports }: Context) {
  try {
    return ports.sockets.call(SOCKET);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ECONNREFUSED') throw new NoDaemon('plaitd is not running');
    if (code === 'EACCES' || code === 'EPERM') throw new Error('only root may talk to plaitd');
    throw error;
  }
}

function problemLines(problems: readonly Problem[]): string {
  return problems.map((problem) => `${describe(problem)}\n`).join('');
}

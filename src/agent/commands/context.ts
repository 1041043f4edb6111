// SPDX-License-Identifier: MIT
/** What the commands of plaitctl share: their context, their failures, and how they ask plaitd. */
import { portsOf, readBoard } from '../board.ts';
import type { Kernel } from '../kernel.ts';
import { CONFIG, SOCKET } from '../paths.ts';
import { errorCode, type Ports } from '../ports.ts';
import type { Failure, Method, Methods } from '../protocol.ts';
import type { SetupPorts } from '../setup/ports.ts';

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
/** Another one is under way. */
export const EXIT_BUSY = 3;

/** Opened anew, a pipe or terminal gives what comes in by it. */
const STDIN = '/proc/self/fd/0';

/** Applying takes a while on a small CPU, and waits for the one before it. */
const ANSWER_TIMEOUT = 120_000;

export interface ControlPorts {
  ports: Ports;
  /** Opened only by what needs it. */
  kernel(): Kernel;
  setup(): SetupPorts;
  out(text: string): void;
  err(text: string): void;
  env(name: string): string | undefined;
}

export interface Context extends ControlPorts {
  words: readonly string[];
  options: ReadonlyMap<string, string>;
  json: boolean;
}

/** A wrong command line: one sentence, exit code 2. */
export class UsageError extends Error {}

/** The daemon's answer was a failure. */
export class FailureError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

export class NoDaemon extends Error {}

export function ask<M extends Method>(
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

export function readConfig(context: Context): { name: string; text: string } {
  const name = context.words[0] ?? CONFIG;
  return { name, text: readText(context, name) };
}

/** A file, or `-` for the standard input. */
export function readText({ ports }: Context, name: string): string {
  const text = ports.files.read(name === '-' ? STDIN : name);
  if (text === undefined) throw new Error(`there is no file ${name}`);
  return text;
}

/** On a host there are no ports to hold the configuration against: all that it names count as there. */
export function boardPorts(context: Context, text: string): string[] {
  const board = readBoard(context.ports.files);
  if (context.ports.files.list('/etc/plait').length > 0) return portsOf(board, context.kernel());
  return [...text.matchAll(/[A-Za-z][\w-]*/g)].map((match) => match[0]);
}

// SPDX-License-Identifier: MIT
/** What verbs share that work with a board over its serial console: to its shell and out of it again, and how they fail. */
import { SerialConsole } from '../serial/console.ts';
import { ConsoleError, LoginRefused, NoAnswer, OtherProduct, PortGone } from '../serial/errors.ts';
import { type Reached, reachBoard } from '../serial/reach-board.ts';
import type { Shell } from '../serial/shell.ts';
import { CodedError } from './errors.ts';
import { readInput } from './inputs.ts';
import { firstSpeed, type Speed } from './serial-options.ts';

/** Why no shell of a board was reached, for scripts. */
export const REACH_EXIT = { port: 3, noAnswer: 4, login: 5, product: 6 } as const;

export const REACH_EXIT_HELP =
  `${REACH_EXIT.port} the port cannot be opened or is gone, ${REACH_EXIT.noAnswer} nothing answers or no login comes, ` +
  `${REACH_EXIT.login} the login is refused, ${REACH_EXIT.product} no board with Plait`;

export interface SessionFlags {
  readonly speed: Speed;
  readonly user: string;
  readonly passwordFile?: string;
  /** Seconds until a login must have come. */
  readonly wait: number;
  readonly log?: string;
}

/**
 * Logs in, works, and logs out again.
 * @param restarts whether the board restarts after that work: then no shell is left to leave
 */
export async function onBoard<T>(
  port: string,
  flags: SessionFlags,
  password: string | undefined,
  signal: AbortSignal,
  work: (reached: Reached) => Promise<T>,
  restarts: (result: T) => boolean = () => false,
): Promise<T> {
  const { speed: given, log, user, wait } = flags;
  const logged = log === undefined ? {} : { log };
  const console = await SerialConsole.open(port, firstSpeed(given), logged).catch((error: Error) => {
    throw new CodedError(error.message, REACH_EXIT.port);
  });
  try {
    const reached = await reachBoard(console, {
      ...{ user, say, signal, timeout: wait * 1000 },
      ...(password === undefined ? {} : { password }),
      ...(given === 'auto' ? {} : { speed: given }),
    });
    say(`${reached.release} answers.`);
    let gone = false;
    try {
      const result = await work(reached);
      gone = restarts(result);
      return result;
    } finally {
      if (!gone) await logOut(reached.shell);
    }
  } finally {
    await console.close();
  }
}

/** Nobody may find root's shell open on the console of a board that has a password. */
async function logOut(shell: Shell): Promise<void> {
  try {
    await shell.logout();
  } catch (error) {
    say(`warning: the shell on the console may still be open, end it by exit. ${(error as Error).message}`);
  }
}

/** The failure with its exit code; 1 for what no other stands for. */
export function codedFailure(error: unknown): unknown {
  if (!(error instanceof ConsoleError)) return error;
  if (error instanceof PortGone) return new CodedError(error.message, REACH_EXIT.port);
  if (error instanceof NoAnswer) return new CodedError(error.message, REACH_EXIT.noAnswer);
  if (error instanceof LoginRefused)
    return new CodedError(`${error.message} See --password-file.`, REACH_EXIT.login);
  if (error instanceof OtherProduct) return new CodedError(error.message, REACH_EXIT.product);
  return new CodedError(error.message, 1);
}

/** The password, in the first line of a file. */
export async function passwordIn(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  return (await readInput('--password-file', file)).toString().split(/\r?\n/, 1)[0] ?? '';
}

export function say(text: string): void {
  process.stderr.write(`plait: ${text}\n`);
}

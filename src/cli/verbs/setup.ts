// SPDX-License-Identifier: MIT
/** `plait setup`: sets a board up over its serial console, from a file of answers. */
import { Command } from 'commander';
import { readAnswers } from '../../agent/setup/answers-file.ts';
import type { SetupResult } from '../../agent/setup/answers-front.ts';
import { checkText } from '../../agent/setup/check-text.ts';
import { describe } from '../../appliance/problems.ts';
import { Interrupted } from '../../image/errors.ts';
import { SerialConsole } from '../../serial/console.ts';
import { ConsoleError, LoginRefused, NoAnswer, OtherProduct, PortGone } from '../../serial/errors.ts';
import { reachBoard } from '../../serial/reach-board.ts';
import { setUpBoard } from '../../serial/setup-board.ts';
import type { Shell } from '../../serial/shell.ts';
import { CodedError } from '../errors.ts';
import { readInput } from '../inputs.ts';
import { interruptible } from '../interrupt.ts';
import { jsonOption, wholeNumber } from '../options.ts';
import { firstSpeed, logOption, PORT_MEANING, portOf, type Speed, speedOption } from '../serial-options.ts';

/** Why it failed, for scripts. */
export const EXIT = { port: 3, noAnswer: 4, login: 5, product: 6, answers: 7, wentBack: 8 } as const;

interface SetupFlags {
  readonly serial?: string;
  readonly answers: string;
  readonly speed: Speed;
  readonly user: string;
  readonly passwordFile?: string;
  readonly keep: boolean;
  readonly wait: number;
  readonly log?: string;
  readonly json: boolean;
}

export function command(): Command {
  return new Command('setup')
    .summary('set a board up over its serial console, from a file of answers')
    .description(
      'Finds the speed of the console, logs in, gives the board the answers, and shows what it says of each uplink.',
    )
    .option('--serial <port>', `${PORT_MEANING} (default: the only one of this machine)`)
    .requiredOption('--answers <file>', 'the answers, by the names of the questions that plaitctl setup asks')
    .addOption(speedOption())
    .option('--user <name>', 'who logs in', 'root')
    .option('--password-file <file>', 'a file with the password of a board that has one, in its first line')
    .option('--keep', 'keep the configuration although an uplink does not pass', false)
    .option(
      '--wait <s>',
      'seconds until a login must have come, also of a board that is starting',
      wholeNumber(1, 3600),
      120,
    )
    .addOption(logOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `\nExit code: 0 set up, 1 other failure, 2 wrong use, ${EXIT.port} the port cannot be opened or is gone, ${EXIT.noAnswer} nothing answers or no login comes, ` +
        `${EXIT.login} the login is refused, ${EXIT.product} no board with Plait, ${EXIT.answers} the answers are refused or not enough and nothing was changed, ` +
        `${EXIT.wentBack} an uplink does not pass and the board went back, 130 interrupted.`,
    )
    .action(setup);
}

async function setup(flags: SetupFlags): Promise<void> {
  const answers = await readInput('--answers', flags.answers);
  const read = readAnswers(answers.toString());
  if (!read.ok) throw refused(read.problems.map(describe), flags.answers);
  const password = flags.passwordFile === undefined ? undefined : await firstLine(flags.passwordFile);
  const port = portOf(flags.serial);
  await interruptible(async ({ signal }) => {
    try {
      report(await onPort(port, answers, flags, password, signal), flags);
    } catch (error) {
      if (signal.aborted)
        throw new Interrupted('interrupted: plaitctl setup on the board goes back by itself');
      throw coded(error);
    }
  });
}

async function onPort(
  port: string,
  answers: Uint8Array,
  flags: SetupFlags,
  password: string | undefined,
  signal: AbortSignal,
): Promise<SetupResult> {
  const { speed: given, log, user, wait, keep } = flags;
  const first = firstSpeed(given);
  const console = await SerialConsole.open(port, first, log === undefined ? {} : { log }).catch(
    (error: Error) => {
      throw new CodedError(error.message, EXIT.port);
    },
  );
  try {
    const { shell, release } = await reachBoard(console, {
      ...{ user, say, signal, timeout: wait * 1000 },
      ...(password === undefined ? {} : { password }),
      ...(given === 'auto' ? {} : { speed: given }),
    });
    say(`${release} answers.`);
    try {
      return await setUpBoard(shell, answers, { keep, say, signal });
    } finally {
      await logOut(shell);
    }
  } finally {
    await console.close();
  }
}

/** Nobody may find root's shell open on the console of a board that now has a password. */
async function logOut(shell: Shell): Promise<void> {
  try {
    await shell.logout();
  } catch (error) {
    say(`warning: the shell on the console may still be open, end it by exit. ${(error as Error).message}`);
  }
}

function report(result: SetupResult, { json, answers }: SetupFlags): void {
  const { problems = [], warnings = [], checks = [], kept, password } = result;
  if (json) {
    console.log(JSON.stringify(result));
  } else {
    for (const warning of warnings) say(`warning: ${warning}`);
    process.stdout.write(checkText(checks));
    if (password !== undefined) console.log(`password of root: ${password}`);
  }
  if (problems.length > 0) throw refused(problems.map(describe), answers);
  if (kept === false)
    throw new CodedError(
      'an uplink does not pass, and the board went back to what was before: --keep keeps it all the same',
      EXIT.wentBack,
    );
  if (!result.ok) throw new CodedError('the board says that it is not set up, and not why', 1);
  if (!json) console.log('The board is set up.');
}

function refused(problems: readonly string[], file: string): CodedError {
  return new CodedError(
    [`${file} is refused; nothing was changed:`, ...problems.map((one) => `  ${one}`)].join('\n'),
    EXIT.answers,
  );
}

function coded(error: unknown): unknown {
  if (!(error instanceof ConsoleError)) return error;
  if (error instanceof PortGone) return new CodedError(error.message, EXIT.port);
  if (error instanceof NoAnswer) return new CodedError(error.message, EXIT.noAnswer);
  if (error instanceof LoginRefused)
    return new CodedError(`${error.message} See --password-file.`, EXIT.login);
  if (error instanceof OtherProduct) return new CodedError(error.message, EXIT.product);
  return new CodedError(error.message, 1);
}

async function firstLine(file: string): Promise<string> {
  return (await readInput('--password-file', file)).toString().split(/\r?\n/, 1)[0] ?? '';
}

function say(text: string): void {
  process.stderr.write(`plait: ${text}\n`);
}

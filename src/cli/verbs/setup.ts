// SPDX-License-Identifier: MIT
/** `plait setup`: sets a board up over its serial console, from a file of answers. */
import { Command } from 'commander';
import { readAnswers } from '../../agent/setup/answers-file.ts';
import type { SetupResult } from '../../agent/setup/answers-front.ts';
import { checkText } from '../../agent/setup/check-text.ts';
import { describe } from '../../appliance/problems.ts';
import { Interrupted } from '../../image/errors.ts';
import { setUpBoard } from '../../serial/setup-board.ts';
import { CodedError } from '../errors.ts';
import { readInput } from '../inputs.ts';
import { interruptible } from '../interrupt.ts';
import { jsonOption } from '../options.ts';
import {
  logOption,
  PORT_MEANING,
  passwordFileOption,
  portOf,
  speedOption,
  userOption,
  waitOption,
} from '../serial-options.ts';
import {
  codedFailure,
  onBoard,
  passwordIn,
  REACH_EXIT,
  REACH_EXIT_HELP,
  type SessionFlags,
  say,
} from '../serial-session.ts';

/** Why it failed, for scripts. */
export const EXIT = { ...REACH_EXIT, answers: 7, wentBack: 8 } as const;

interface SetupFlags extends SessionFlags {
  readonly serial?: string;
  readonly answers: string;
  readonly keep: boolean;
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
    .addOption(userOption())
    .addOption(passwordFileOption())
    .option('--keep', 'keep the configuration although an uplink does not pass', false)
    .addOption(waitOption())
    .addOption(logOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `\nExit code: 0 set up, 1 other failure, 2 wrong use, ${REACH_EXIT_HELP}, ${EXIT.answers} the answers are refused or not enough and nothing was changed, ` +
        `${EXIT.wentBack} an uplink does not pass and the board went back, 130 interrupted.`,
    )
    .action(setup);
}

async function setup(flags: SetupFlags): Promise<void> {
  const answers = await readInput('--answers', flags.answers);
  const read = readAnswers(answers.toString());
  if (!read.ok) throw refused(read.problems.map(describe), flags.answers);
  const password = await passwordIn(flags.passwordFile);
  const port = portOf(flags.serial);
  await interruptible(async ({ signal }) => {
    try {
      const result = await onBoard(port, flags, password, signal, ({ shell }) =>
        setUpBoard(shell, answers, { keep: flags.keep, say, signal }),
      );
      report(result, flags);
    } catch (error) {
      if (signal.aborted)
        throw new Interrupted('interrupted: plaitctl setup on the board goes back by itself');
      throw codedFailure(error);
    }
  });
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

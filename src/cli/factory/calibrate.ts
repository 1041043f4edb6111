// SPDX-License-Identifier: MIT
/** `plait factory calibrate`: what a board takes for ciphers, packets and timers, as a file for an issue. */
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { Calibration } from '../../factory/calibration/calibration.ts';
import { calibrate } from '../../factory/calibration/measure.ts';
import { calibrationText } from '../../factory/calibration/text.ts';
import { AnswerError, BoardFailure } from '../../factory/station/board-answer.ts';
import { Interrupted } from '../../image/errors.ts';
import { CodedError } from '../errors.ts';
import { interruptible } from '../interrupt.ts';
import { jsonOption } from '../options.ts';
import { plaitVersion } from '../project.ts';
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
  REACH_EXIT_HELP,
  type SessionFlags,
  say,
} from '../serial-session.ts';

interface CalibrateFlags extends SessionFlags {
  readonly serial?: string;
  readonly out?: string;
  readonly json: boolean;
}

export function calibrateCommand(): Command {
  return new Command('calibrate')
    .summary('measure what a board takes for ciphers, packets and timers, for an issue')
    .description(
      'Logs in over the serial console, lets the kernel of the board measure, and writes a JSON file that can be attached to an issue.',
    )
    .option('--serial <port>', `${PORT_MEANING} (default: the only one of this machine)`)
    .option('--out <file>', 'where the file goes (default: plait-<board>.json; with --json none)')
    .addOption(speedOption())
    .addOption(userOption())
    .addOption(passwordFileOption())
    .addOption(waitOption())
    .addOption(logOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nThe file holds no address, name or serial number of the board. Its traffic is slowed down for some seconds.\n' +
        `Exit code: 0 measured, 1 other failure, 2 wrong use, ${REACH_EXIT_HELP}, 130 interrupted.`,
    )
    .action(run);
}

async function run(flags: CalibrateFlags): Promise<void> {
  const password = await passwordIn(flags.passwordFile);
  const port = portOf(flags.serial);
  await interruptible(async ({ signal }) => {
    try {
      const calibration = await onBoard(port, flags, password, signal, ({ shell }) =>
        calibrate(shell, { software: `plait ${plaitVersion()}`, taken: new Date(), say, signal }),
      );
      await report(calibration, flags);
    } catch (error) {
      if (signal.aborted) throw new Interrupted('interrupted; nothing was written');
      if (error instanceof BoardFailure) throw new CodedError(`The board says: ${error.message}`, 1);
      if (error instanceof AnswerError) throw new CodedError(error.message, 1);
      throw codedFailure(error);
    }
  });
}

async function report(calibration: Calibration, { out, json }: CalibrateFlags): Promise<void> {
  const text = JSON.stringify(calibration, null, 2);
  const file = out ?? (json ? undefined : `plait-${calibration.board.name}.json`);
  if (file !== undefined) await writeFile(file, `${text}\n`);
  console.log(json ? text : calibrationText(calibration));
  if (file !== undefined) say(`written to ${file}`);
}

// SPDX-License-Identifier: MIT
/** `plait upgrade`: sends a bundle to a board over its serial console, and installs it there. */
import { Command, Option } from 'commander';
import { HEAD_LENGTH, readBundleHead } from '../../agent/upgrade/bundle-head.ts';
import { UpgradeError } from '../../agent/upgrade/job-states.ts';
import { isNewer } from '../../agent/version-order.ts';
import { Interrupted } from '../../image/errors.ts';
import type { Reached } from '../../serial/reach-board.ts';
import { type BoardUpgrade, upgradeBoard } from '../../serial/upgrade-board.ts';
import { TransferFailed } from '../../serial/upload/receiver.ts';
import { FAST, NoRoom } from '../../serial/upload/upload.ts';
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
export const EXIT = { ...REACH_EXIT, refused: 7, transfer: 8, busy: 9 } as const;

/** Milliseconds between two reports of progress. */
const REPORT = 10_000;

interface UpgradeFlags extends SessionFlags {
  readonly serial?: string;
  readonly reboot: 'now' | 'later';
  readonly allowOlder: boolean;
  readonly keepSpeed: boolean;
  readonly json: boolean;
}

export function command(): Command {
  return new Command('upgrade')
    .summary('install a bundle on a board over its serial console')
    .description(
      'Finds the speed of the console, logs in, sends the bundle into the memory of the board, and lets plaitctl upgrade install it. ' +
        'Broken off, the same command goes on where it was.',
    )
    .argument('<bundle>', 'the bundle, as in out/alix/plait-alix.swu')
    .option('--serial <port>', `${PORT_MEANING} (default: the only one of this machine)`)
    .addOption(speedOption())
    .option('--keep-speed', `do not raise a slower line to ${FAST} bits per second while it is sent`, false)
    .addOption(userOption())
    .addOption(passwordFileOption())
    .addOption(
      new Option('--reboot <when>', 'restart the board with the new version: now, or later by its user')
        .choices(['now', 'later'])
        .default('now'),
    )
    .option('--allow-older', 'install a version older than the one that runs', false)
    .addOption(waitOption())
    .addOption(logOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `\nExit code: 0 installed, 1 other failure, 2 wrong use, ${REACH_EXIT_HELP}, ${EXIT.refused} it is refused or does not fit, and nothing was changed, ` +
        `${EXIT.transfer} the line lets nothing through: the same command goes on, ${EXIT.busy} another upgrade is under way, 130 interrupted.`,
    )
    .action(upgrade);
}

async function upgrade(file: string, flags: UpgradeFlags): Promise<void> {
  const bundle = await readInput('bundle', file);
  const head = headOf(bundle, file);
  const password = await passwordIn(flags.passwordFile);
  const port = portOf(flags.serial);
  await interruptible(async ({ signal }) => {
    try {
      const work = (reached: Reached) => {
        mustSuit(head, reached, flags);
        return upgradeBoard(reached.shell, bundle, {
          ...{ say, signal, onProgress: reporter(), keepSpeed: flags.keepSpeed },
          ...{ allowOlder: flags.allowOlder, restart: flags.reboot === 'now' },
        });
      };
      report(await onBoard(port, flags, password, signal, work, ({ restarted }) => restarted), flags);
    } catch (error) {
      if (signal.aborted)
        throw new Interrupted(
          'interrupted: what was sent stays in the memory of the board, and the same command goes on there',
        );
      throw coded(error);
    }
  });
}

type Head = ReturnType<typeof readBundleHead>;

function headOf(bundle: Buffer, file: string): Head {
  try {
    return readBundleHead(bundle.subarray(0, HEAD_LENGTH));
  } catch (error) {
    if (!(error instanceof UpgradeError)) throw error;
    throw new CodedError(`${file} is refused: ${error.message}`, EXIT.refused);
  }
}

/** What the board would say in ten minutes. */
function mustSuit(head: Head, { board, version }: Reached, { allowOlder }: UpgradeFlags): void {
  if (!head.boards.includes(board))
    throw new CodedError(
      `the bundle is for ${head.boards.join(', ')}, and this is ${board}; nothing was sent`,
      EXIT.refused,
    );
  if (!allowOlder && isNewer(version, head.version))
    throw new CodedError(
      `the bundle has version ${head.version}, older than ${version} that runs; nothing was sent: --allow-older, if that is meant`,
      EXIT.refused,
    );
}

function reporter(): (done: number, total: number) => void {
  const begin = performance.now();
  let first: number | undefined;
  let next = begin + REPORT;
  return (done, total) => {
    first ??= done;
    const now = performance.now();
    if (now < next || done === total || done === first) return;
    next = now + REPORT;
    const left = ((now - begin) / (done - first)) * (total - done);
    say(`${Math.floor((100 * done) / total)} %, ${Math.ceil(left / 1000)} s left`);
  };
}

function report(
  { outcome, message, notRestarted, restarted, ...rest }: BoardUpgrade,
  { json }: UpgradeFlags,
): void {
  if (json)
    console.log(
      JSON.stringify({ outcome, message, restarted, ...(notRestarted && { notRestarted }), ...rest }),
    );
  if (outcome === 'busy')
    throw new CodedError(
      `${message}\nThe bundle stays in the memory of the board: the same command tries again`,
      EXIT.busy,
    );
  if (outcome === 'refused') throw new CodedError(message, EXIT.refused);
  if (outcome === 'failed') throw new CodedError(message, 1);
  if (notRestarted !== undefined) say(`warning: the board was not restarted: ${notRestarted}`);
  if (json) return;
  const [version = 'the new version', slot = '?'] = [rest.job?.version, rest.job?.slot];
  const then = restarted ? 'the board restarts with it' : 'it starts with the next restart';
  console.log(`Version ${version} is installed in slot ${slot}; ${then}.`);
}

function coded(error: unknown): unknown {
  if (error instanceof NoRoom) return new CodedError(error.message, EXIT.refused);
  if (error instanceof TransferFailed)
    return new CodedError(`${error.message} The same command goes on where it was.`, EXIT.transfer);
  return codedFailure(error);
}

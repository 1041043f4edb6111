// SPDX-License-Identifier: MIT
/** `plaitctl factory`: one phase of the factory test, for the station at the other end of the serial line. */
import { portsOf, readBoard } from '../board.ts';
import type { BoardAnswer } from '../factory/answer.ts';
import { BOARD_PHASES } from '../factory/phases.ts';
import { ask, type Context, EXIT_OK, NoDaemon, UsageError } from './context.ts';

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

export async function factoryCommand(context: Context): Promise<number> {
  const [phase = '', ...words] = context.words;
  const measure = Object.hasOwn(BOARD_PHASES, phase) ? BOARD_PHASES[phase] : undefined;
  if (measure === undefined)
    throw new UsageError(`"${phase}" is no phase; there are ${Object.keys(BOARD_PHASES).join(', ')}`);
  const { ports } = context;
  const { files } = ports;
  const board = readBoard(files);
  const kernel = context.kernel();
  const macs = portsOf(board, kernel).flatMap(
    (port) => files.read(`/sys/class/net/${port}/address`)?.trim() ?? [],
  );
  const parameters = parametersIn(words);
  const lendLeds = (seconds: number) => askForLeds(context, seconds);
  const measurements = await measure({ ports, kernel, board, macs, parameters, lendLeds });
  const boot = files.read(BOOT_ID)?.trim() ?? '';
  const answer: BoardAnswer = { phase, boot, version: PLAIT_VERSION, macs, measurements };
  if (context.json) context.out(`${JSON.stringify(answer)}\n`);
  else for (const [name, value] of Object.entries(measurements)) context.out(`${name} ${value}\n`);
  return EXIT_OK;
}

/** Without an agent nobody else has them. */
function askForLeds(context: Context, seconds: number): void {
  try {
    ask(context, 'lend-leds', { seconds });
  } catch (error) {
    if (!(error instanceof NoDaemon)) throw error;
  }
}

function parametersIn(words: readonly string[]): Map<string, string> {
  return new Map(
    words.map((word) => {
      const at = word.indexOf('=');
      if (at < 1) throw new UsageError(`"${word}" is no parameter: write NAME=VALUE`);
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

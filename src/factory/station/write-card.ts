// SPDX-License-Identifier: MIT
/**
 * A board whose card is blank: its firmware is told to start over the network, where `plait factory pxe` serves the bench; the board
 * writes its card from there, compares it, and starts anew. What is tested then is what the customer gets: the system from the card.
 */
import type { Shell } from '../../serial/shell.ts';
import type { FirmwareDriver } from '../bios/firmware.ts';
import { askBoard } from './board-answer.ts';
import type { BoardLine, FirstSign } from './board-line.ts';
import type { Person } from './person.ts';
import type { TestList } from './test-list.ts';

export interface BlankBoard {
  readonly line: BoardLine;
  readonly driver: FirmwareDriver;
  readonly list: TestList;
  readonly port: string;
  readonly person: Person;
  readonly signal: AbortSignal;
}

/** The card does not keep what is written on it. */
export class CardFault extends Error {
  override name = 'CardFault';
}

/** Milliseconds beside those of a start: two protocols to find the station, and some megabytes by the slowest of them. */
const NETWORK = 120_000;
/** Milliseconds for a slow card. */
const WRITES = 900_000;
const WHO = 30_000;

/**
 * From the first sign of a board to a shell at which it may be started anew, from its card.
 * @throws FirmwareFault, CardFault, BoardFailure with what to do; ConsoleTimeout, PortGone
 */
export async function writeCard(blank: BlankBoard, sign: FirstSign): Promise<Shell> {
  const { line, list, person, port, signal } = blank;
  if (sign.is === 'banner') await startOverNetwork(blank, sign);
  const shell = await line.logIn(sign.is === 'banner' ? list.start * 1000 + NETWORK : WHO);
  const { measurements } = await askBoard(shell, 'board', {}, { timeout: WHO, signal });
  if (measurements.network !== true) {
    person.tell(port, 'It starts from its card, which stays as it is.');
    return shell;
  }
  person.tell(port, 'It has started over the network; its card is written ...');
  const { wrong, written, seconds } = (await askBoard(shell, 'card', {}, { timeout: WRITES, signal }))
    .measurements;
  if (wrong !== 0)
    throw new CardFault(`${wrong} parts of the card are not as they were written: put another card in.`);
  person.tell(port, `Its card is written and compared: ${written} MiB in ${seconds} s.`);
  return shell;
}

async function startOverNetwork(
  { line, driver, list, person, port, signal }: BlankBoard,
  seen: FirstSign & { is: 'banner' },
): Promise<void> {
  const { speed } = list.firmware;
  person.tell(port, `${seen.banner.trim()}: set to start over the network.`);
  await driver.setUp(line.console, { ...seen, wanted: { speed, pxe: true }, signal });
  await line.setSpeed(speed);
  line.firmwareSpeedIs(speed);
}

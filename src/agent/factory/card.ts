// SPDX-License-Identifier: MIT
/**
 * Writes the card of a board that the station has started over the network (`plait factory pxe`): fetches from the station what
 * its image has, part by part, and compares all of it with what the card then holds. The first part, with the boot sector, is
 * written last, so that a card of which only half was written does not start. Where the image has nothing, nothing is written: an identity
 * that the card has stays.
 */
import { portsOf } from '../board.ts';
import { STATION_PORT, stationStart } from '../station-start.ts';
import { type Measurements, type PhaseInput, rounded } from './board-phase.ts';
import { DROP_CACHES } from './storage.ts';

const MIB = 1_048_576;
const BLOCK = 4096;
const MOST_PARTS = 10_000;
/** Milliseconds for the list; seconds without a byte until a fetch is given up; milliseconds for the slowest card. */
const ASK = 30_000;
const SILENCE = 20;
const SLOWEST = 600_000;
const PART = /^(\d{1,6}) (\d{1,6}) ([0-9a-f]{64})$/;

/** What goes on the card from block `start` on, in blocks of 4 KiB. */
export interface CardPart {
  readonly start: number;
  readonly blocks: number;
  readonly sha256: string;
}

/** As the station lists it, a line each. */
export function cardLine({ start, blocks, sha256 }: CardPart): string {
  return `${start} ${blocks} ${sha256}`;
}

/** @throws Error for anything but such lines */
export function cardParts(text: string): CardPart[] {
  const lines = text.split('\n').filter((line) => line !== '');
  const parts = lines.map((line) => {
    const [, start, blocks, sha256 = ''] = PART.exec(line) ?? [];
    if (start === undefined || Number(blocks) < 1)
      throw new Error(`the station lists what is no part of a card: ${line.slice(0, 100)}`);
    return { start: Number(start), blocks: Number(blocks), sha256 };
  });
  if (parts.length === 0 || parts.length > MOST_PARTS)
    throw new Error(`the station lists ${parts.length} parts of a card`);
  return parts;
}

const WRITE = 'wget -q -T "$4" -O - "$1" | dd of="$2" bs=4096 seek="$3" conv=notrunc,fsync 2>/dev/null';
const READ = 'dd if="$1" bs=4096 skip="$2" count="$3" 2>/dev/null | sha256sum';

export async function card(input: PhaseInput): Promise<Measurements> {
  const { ports, board } = input;
  const from = stationStart(ports.files);
  if (from === undefined)
    throw new Error(
      'the board was started from its card, which is in use: it is written on boards that were started over the network',
    );
  const { disk } = board;
  if (disk === undefined) throw new Error('the board has no card or disk: put one in, and switch it on anew');
  return await reaching(input, from, async () => {
    const parts = cardParts(
      await run(input, ['wget', '-q', '-T', String(SILENCE), '-O', '-', urlOf(from.station, '')], ASK),
    );
    const needs = Math.max(...parts.map(({ start, blocks }) => (start + blocks) * BLOCK));
    const size = ports.disks.size(disk);
    if (size < needs)
      throw new Error(
        `the card has ${Math.floor(size / MIB)} MiB, and the image needs ${Math.ceil(needs / MIB)}`,
      );
    const began = ports.clock.monotonic();
    for (const { start } of [...parts].reverse())
      await run(
        input,
        ['sh', '-c', WRITE, 'sh', urlOf(from.station, start), disk, String(start), String(SILENCE)],
        SLOWEST,
      );
    ports.files.poke(DROP_CACHES, '3');
    let wrong = 0;
    for (const { start, blocks, sha256 } of parts) {
      const said = await run(input, ['sh', '-c', READ, 'sh', disk, String(start), String(blocks)], SLOWEST);
      if (said.slice(0, 64) !== sha256) wrong++;
    }
    const written = parts.reduce((sum, { blocks }) => sum + blocks * BLOCK, 0) / MIB;
    const seconds = (ports.clock.monotonic() - began) / 1000;
    return { parts: parts.length, wrong, written: rounded(written, 1), seconds: rounded(seconds, 1) };
  });
}

/** The board has the address again that PXE was given, as long as `act` lasts. */
async function reaching<T>(
  input: PhaseInput,
  { station, address, mac }: { readonly station: string; readonly address: string; readonly mac: string },
  act: () => Promise<T>,
): Promise<T> {
  const { board, kernel, ports } = input;
  const port = portsOf(board, kernel).find(
    (name) => ports.files.read(`/sys/class/net/${name}/address`)?.trim() === mac,
  );
  if (port === undefined) throw new Error(`the board has no port ${mac} any more, by which it was started`);
  await run(input, ['ip', 'link', 'set', 'dev', port, 'up'], ASK);
  await run(input, ['ip', 'address', 'replace', `${address}/32`, 'dev', port], ASK);
  try {
    await run(input, ['ip', 'route', 'replace', `${station}/32`, 'dev', port, 'src', address], ASK);
    return await act();
  } finally {
    await run(input, ['ip', 'address', 'del', `${address}/32`, 'dev', port], ASK);
  }
}

function urlOf(station: string, what: string | number): string {
  return `http://${station}:${STATION_PORT}/card/${what}`;
}

async function run({ ports }: PhaseInput, argv: readonly string[], timeout: number): Promise<string> {
  const { code, stdout, stderr } = await ports.processes.run(argv, { timeout });
  const [program = ''] = argv;
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${stderr.trim().slice(0, 200)}`);
  return stdout;
}

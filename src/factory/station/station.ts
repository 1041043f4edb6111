// SPDX-License-Identifier: MIT
/** Several boards side by side, a worker for each port. One that fails stops no other. */
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import type { Identity } from '../../agent/identity.ts';
import { UsageError } from '../../image/errors.ts';
import { PortGone } from '../../serial/errors.ts';
import type { FirmwareDriver } from '../bios/firmware.ts';
import { seaBios } from '../bios/seabios.ts';
import { tinyBios } from '../bios/tinybios.ts';
import type { EarlierRun, FactoryRecord } from '../record/record.ts';
import { newRecordId } from '../record/record.ts';
import { BoardLine } from './board-line.ts';
import { Journal, journalPath, type RunHead } from './journal.ts';
import type { Person } from './person.ts';
import { recordOf } from './record-of.ts';
import type { Registry } from './registry.ts';
import type { FirmwareName, TestList } from './test-list.ts';
import { StationStopped, work } from './worker.ts';

export interface StationOptions {
  readonly ports: readonly string[];
  readonly list: TestList;
  /** Where journals and logs of consoles lie. */
  readonly folder: string;
  readonly person: Person;
  readonly registry: Registry;
  readonly station: { readonly name: string; readonly operator: string; readonly software: string };
  readonly lot?: string;
  /** Runs of a board before this one, the oldest first. */
  readonly earlier: (board: Identity) => Promise<readonly EarlierRun[]>;
  /** Keeps a record for ever; the same one again is kept once. */
  readonly save: (record: FactoryRecord) => Promise<string>;
  /** Cards are written first, over the network, where a board does not start from its own. */
  readonly blank?: boolean;
  readonly power?: (port: string, on: boolean) => Promise<void>;
  /** Milliseconds until the first sign of a board must have come. */
  readonly wait: number;
  readonly signal: AbortSignal;
}

export type PortResult =
  | { readonly port: string; readonly is: 'tested'; readonly record: FactoryRecord; readonly file: string }
  /** No board came. */
  | { readonly port: string; readonly is: 'empty'; readonly why: string }
  /** The run stays in the journal, and goes on by the same command. */
  | { readonly port: string; readonly is: 'stopped' }
  | { readonly port: string; readonly is: 'failed'; readonly error: Error };

const DRIVERS: Readonly<Record<FirmwareName, FirmwareDriver>> = { tinybios: tinyBios, seabios: seaBios };

/** @throws UsageError for a list that this station cannot do */
export function runStation(options: StationOptions): Promise<PortResult[]> {
  const { list, power, ports } = options;
  if (power === undefined && list.phases.some(({ facts }) => facts.kind === 'power'))
    throw new UsageError(
      `list '${list.name}' switches the power of boards: name a program by --power that does`,
    );
  // Each worker listens to it several times.
  setMaxListeners(0, options.signal);
  return Promise.all(ports.map((port) => onPort(port, options)));
}

async function onPort(port: string, options: StationOptions): Promise<PortResult> {
  try {
    return await testBoard(port, options);
  } catch (error) {
    if (error instanceof StationStopped) return { port, is: 'stopped' };
    return { port, is: 'failed', error: error as Error };
  }
}

async function testBoard(port: string, options: StationOptions): Promise<PortResult> {
  const { list, folder, signal, person, power } = options;
  const path = journalPath(folder, port);
  const resumed = Journal.resume(path, (head) => mustBeOf(head, path, list));
  const id = resumed?.head.id ?? newRecordId(new Date());
  const driver = DRIVERS[list.firmware.driver];
  const log = join(folder, 'logs', `${id}-${Date.now()}.log`);
  const line = await BoardLine.open({ port, driver, speed: list.firmware.speed, log, signal });
  try {
    const journal = resumed ?? Journal.begin(path, headOf(id, port, list));
    try {
      if (resumed !== undefined && resumed.run.state !== 'done') {
        person.tell(port, `Going on with run ${id}, which was ${resumed.run.state}.`);
        journal.add({ event: 'station restarted' });
      }
      await work({
        ...{ line, port, list, driver, journal, signal },
        ...{ person, registry: options.registry, wait: options.wait, blank: options.blank === true },
        ...(power && { power: (on: boolean) => power(port, on) }),
      });
      return await close(port, journal, options);
    } finally {
      journal.close();
    }
  } finally {
    await line.close().catch((error) => {
      if (!(error instanceof PortGone)) throw error;
    });
  }
}

/** Writes the record; only then the journal goes. */
async function close(port: string, journal: Journal, options: StationOptions): Promise<PortResult> {
  const { head, run } = journal;
  const { list, station, lot } = options;
  if (run.phases.length === 0 && run.board === undefined) {
    journal.remove();
    return { port, is: 'empty', why: run.cause?.message ?? 'No board came.' };
  }
  const earlier = run.identity === undefined ? [] : await options.earlier(run.identity);
  const before = earlier.filter((one) => one.id !== head.id);
  const record = recordOf({ head, run, list, station, ...(lot && { lot }), earlier: before });
  const file = await options.save(record);
  journal.remove();
  return { port, is: 'tested', record, file };
}

function headOf(id: string, port: string, list: TestList): RunHead {
  const started = new Date().toISOString();
  return { id, board: list.board, list: list.name, listHash: hashOf(list), port, started };
}

/** @throws UsageError when the journal's run was begun by another list, or other limits */
function mustBeOf(head: RunHead, path: string, list: TestList): void {
  if (head.board === list.board && head.list === list.name && head.listHash === hashOf(list)) return;
  const begun = `run ${head.id} of board ${head.board}, list ${head.list}, was begun on ${head.port}`;
  throw new UsageError(
    `${begun} and not ended, and is no run of board ${list.board}, list ${list.name}, as it is now: end it by the same ` +
      `command as it was begun by, or remove ${path} and test that board anew`,
  );
}

function hashOf(list: TestList): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('hex');
}

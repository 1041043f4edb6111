// SPDX-License-Identifier: MIT
/** What the index knows of single boards: their earlier runs, and others with the same serial number or MAC addresses. */
import type { Identity } from '../../agent/identity.ts';
import type { Outcome } from '../record/outcome.ts';
import type { EarlierRun } from '../record/record.ts';
import type { IndexDatabase } from './database.ts';

/** Earlier runs of a board, the oldest first. */
export async function runsOfBoard(index: IndexDatabase, serial: string): Promise<EarlierRun[]> {
  const rows = await index.run('SELECT id, started, outcome, sha256 FROM runs WHERE serial = $1', [serial]);
  return rows
    .map(([id, started, outcome, sha256]) => ({
      id: String(id),
      started: String(started),
      outcome: String(outcome) as Outcome,
      sha256: String(sha256),
    }))
    .sort((a, b) => (a.started < b.started ? -1 : 1));
}

/** Why an identity cannot be a board's of its own. */
export interface Duplicate {
  /** What another board has already. */
  readonly what: 'serial' | 'mac';
  readonly value: string;
  /** The run that says so. */
  readonly run: string;
  /** Serial number of the other board; the same one with other MAC addresses, when `what` is serial. */
  readonly serial: string;
}

/**
 * Runs of other boards that claim this serial number or one of these MAC addresses. A board is the same one when both its serial
 * number and its MAC addresses are.
 */
export async function duplicatesOf(
  index: IndexDatabase,
  { serial, macs }: Pick<Identity, 'serial' | 'macs'>,
): Promise<Duplicate[]> {
  const found: Duplicate[] = [];
  const ofSerial = new Map<string, string[]>();
  const rows = await index.run(
    'SELECT r.id, m.mac FROM runs r JOIN macs m ON m.run = r.number WHERE r.serial = $1',
    [serial],
  );
  for (const [id, mac] of rows) ofSerial.set(String(id), [...(ofSerial.get(String(id)) ?? []), String(mac)]);
  for (const [run, others] of ofSerial)
    if (!sameSet(others, macs)) found.push({ what: 'serial', value: serial, run, serial });
  for (const mac of macs) {
    const others = await index.run(
      'SELECT r.id, r.serial FROM runs r JOIN macs m ON m.run = r.number WHERE m.mac = $1 AND r.serial <> $2',
      [mac, serial],
    );
    for (const [run, other] of others)
      found.push({ what: 'mac', value: mac, run: String(run), serial: String(other) });
  }
  return found;
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text) => other.includes(text));
}

// SPDX-License-Identifier: MIT
/** Identities that two boards have. A station refuses one that it gave itself; only an index that stations share knows of others. */
import type { Run } from './database.ts';

export interface Duplicate {
  readonly what: 'serial' | 'mac';
  readonly value: string;
  /** Serial numbers with this MAC address, or MAC addresses with this serial number; sorted. */
  readonly with: readonly string[];
}

const RUNS_WITH_MACS = 'macs m JOIN runs r ON r.number = m.run WHERE r.serial IS NOT NULL';

/** Of all runs, whatever else is chosen. Serial numbers first. */
export async function readDuplicates(run: Run): Promise<Duplicate[]> {
  const serials = await run(
    // When each run of a serial number has the same addresses, there is a row for each of both.
    `SELECT r.serial, m.mac FROM ${RUNS_WITH_MACS} AND r.serial IN (
      SELECT r.serial FROM ${RUNS_WITH_MACS} GROUP BY r.serial
      HAVING COUNT(DISTINCT m.mac) * COUNT(DISTINCT m.run) <> COUNT(*))`,
  );
  const macs = await run(
    `SELECT m.mac, r.serial FROM ${RUNS_WITH_MACS} AND m.mac IN (
      SELECT m.mac FROM ${RUNS_WITH_MACS} GROUP BY m.mac HAVING COUNT(DISTINCT r.serial) > 1)`,
  );
  return [...grouped('serial', serials), ...grouped('mac', macs)];
}

function grouped(what: Duplicate['what'], rows: Awaited<ReturnType<Run>>): Duplicate[] {
  const found = new Map<string, Set<string>>();
  for (const [value, other] of rows) {
    const others = found.get(String(value)) ?? new Set();
    found.set(String(value), others.add(String(other)));
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, others]) => ({ what, value, with: [...others].sort() }));
}

// SPDX-License-Identifier: MIT
/** Which faults come most often, and what share of all the first few are. */
import type { FailureRow } from '../index/readings.ts';

export interface ParetoRow {
  /** `disk/read_rate`, or `disk (TIMEOUT)` for a phase without a failed measurement. */
  readonly fault: string;
  readonly count: number;
  /** Of all faults, 0 to 1. */
  readonly share: number;
  /** Share of this one and all before it. */
  readonly cumulative: number;
}

/** The most frequent first; equal ones by name. */
export function pareto(failures: readonly FailureRow[]): ParetoRow[] {
  const counts = new Map<string, number>();
  for (const failure of failures) {
    const fault = faultName(failure);
    counts.set(fault, (counts.get(fault) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([one, m], [other, n]) => n - m || (one < other ? -1 : 1));
  let before = 0;
  return sorted.map(([fault, count]) => {
    before += count;
    return { fault, count, share: count / failures.length, cumulative: before / failures.length };
  });
}

function faultName({ phase, measurement, outcome }: FailureRow): string {
  return measurement === null ? `${phase} (${outcome})` : `${phase}/${measurement}`;
}

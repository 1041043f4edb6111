// SPDX-License-Identifier: MIT

/** Throws on an empty list, as all functions here do: nothing was measured. */
export function mean(values: readonly number[]): number {
  return some(values).reduce((sum, value) => sum + value, 0) / values.length;
}

export function median(values: readonly number[]): number {
  const sorted = [...some(values)].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}

/** The smallest value that so many percent of all do not exceed (nearest rank). */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...some(values)].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] as number;
}

function some(values: readonly number[]): readonly number[] {
  if (values.length === 0) throw new Error('nothing was measured');
  return values;
}

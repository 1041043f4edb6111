// SPDX-License-Identifier: MIT
/** Capability of a measurement: how much room it leaves to its limits. NIST/SEMATECH e-Handbook of Statistical Methods, 6.1.6. */

export interface Bounds {
  readonly least: number | null;
  readonly most: number | null;
}

export interface Capability {
  readonly count: number;
  readonly mean: number;
  /** Standard deviation of the sample, n - 1 in the denominator. */
  readonly deviation: number;
  /** Of limits on both sides only. */
  readonly cp?: number;
  /** Distance of the mean to the nearer limit, in units of three standard deviations. */
  readonly cpk?: number;
  /** What cpk is at least, with a confidence of 95 %: few boards prove little. */
  readonly cpkAtLeast?: number;
}

/** Quantile of the normal distribution for a one-sided confidence of 95 %. */
const Z_95 = 1.6449;

/** Fewer values have no standard deviation that means something. */
export const LEAST_VALUES = 3;

/** Undefined with fewer than three values. A measurement that never varies has no cpk. */
export function capability(values: readonly number[], { least, most }: Bounds): Capability | undefined {
  const count = values.length;
  if (count < LEAST_VALUES) return undefined;
  const { mean, deviation } = meanAndDeviation(values);
  if (deviation === 0) return { count, mean, deviation };
  const above = most === null ? undefined : (most - mean) / (3 * deviation);
  const below = least === null ? undefined : (mean - least) / (3 * deviation);
  const sides = [above, below].filter((side) => side !== undefined);
  if (sides.length === 0) return { count, mean, deviation };
  const cpk = Math.min(...sides);
  const both = most !== null && least !== null;
  return {
    ...{ count, mean, deviation, cpk, cpkAtLeast: cpk - Z_95 * cpkError(cpk, count) },
    ...(both ? { cp: (most - least) / (6 * deviation) } : {}),
  };
}

/** Standard error of an estimated Cpk: the handbook's approximation. */
function cpkError(cpk: number, count: number): number {
  return Math.sqrt(1 / (9 * count) + cpk ** 2 / (2 * (count - 1)));
}

/** In two passes: one pass over sums loses digits of a small deviation at a large mean. */
export function meanAndDeviation(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

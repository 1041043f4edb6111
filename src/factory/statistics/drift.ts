// SPDX-License-Identifier: MIT
/**
 * Drift of a measurement from board to board: an EWMA control chart (NIST/SEMATECH e-Handbook, 6.3.2.4). It sees a small lasting
 * shift long before a board is out of limits.
 */
import { meanAndDeviation } from './capability.ts';

/** Weight of the newest value, and half the width of the band in standard deviations: the handbook's usual choice. */
const WEIGHT = 0.3;
const WIDTH = 3;

/** Boards that tell what is normal. */
export const BASELINE = 30;

export interface Chart {
  readonly centre: number;
  readonly lower: number;
  readonly upper: number;
  /** The average after each value; the first one is the centre itself. */
  readonly averages: readonly number[];
}

/** `steady`: within the band. `unknown`: no more values than the baseline has. */
export type DriftState = 'unknown' | 'steady' | 'up' | 'down';

export interface Drift {
  readonly state: DriftState;
  /** Of the values after the baseline; absent when there are none. */
  readonly chart?: Chart;
  /** Index, among all values, of the first one since which the average has been outside of the band. */
  readonly since?: number;
}

/** Values in the order in which they were taken. The first ones are the baseline. */
export function driftOf(values: readonly number[]): Drift {
  if (values.length <= BASELINE) return { state: 'unknown' };
  const { mean, deviation } = meanAndDeviation(values.slice(0, BASELINE));
  const chart = ewmaChart(values.slice(BASELINE), mean, deviation);
  const sides = chart.averages.slice(1).map((average) => sideOf(average, chart));
  const state = sides.at(-1) ?? 'steady';
  if (state === 'steady') return { state, chart };
  return { state, chart, since: BASELINE + sides.findLastIndex((side) => side !== state) + 1 };
}

function sideOf(average: number, { lower, upper }: Chart): 'steady' | 'up' | 'down' {
  if (average > upper) return 'up';
  return average < lower ? 'down' : 'steady';
}

/** The chart of values whose mean and standard deviation are known from before. */
export function ewmaChart(values: readonly number[], centre: number, deviation: number): Chart {
  const half = WIDTH * deviation * Math.sqrt(WEIGHT / (2 - WEIGHT));
  const averages = [centre];
  for (const value of values) averages.push(WEIGHT * value + (1 - WEIGHT) * (averages.at(-1) ?? centre));
  return { centre, lower: centre - half, upper: centre + half, averages };
}

// SPDX-License-Identifier: MIT
/** All figures of a set of runs. */
import type { Duplicate } from '../index/duplicates.ts';
import type { Reading, Readings, RunRow, Series } from '../index/readings.ts';
import { type Bounds, type Capability, capability } from './capability.ts';
import { type Drift, driftOf } from './drift.ts';
import { type ParetoRow, pareto } from './pareto.ts';
import { type Group, type Yield, yieldBy, yieldOf } from './yield.ts';

export interface Statistics {
  readonly total: Yield;
  /** Each board with its test lists, days, stations and lots. */
  readonly groups: {
    readonly list: readonly Group[];
    readonly day: readonly Group[];
    readonly station: readonly Group[];
    readonly lot: readonly Group[];
  };
  readonly pareto: readonly ParetoRow[];
  /** Those with the least room first, those without cpk last. */
  readonly measurements: readonly MeasurementStatistics[];
  readonly duplicates: readonly Duplicate[];
}

export interface MeasurementStatistics {
  readonly series: Series;
  /** The newest. */
  readonly limits: Bounds;
  /** A value of each board, the first that was taken, in the order of time. */
  readonly values: readonly number[];
  readonly capability: Capability;
  readonly drift: Drift;
  /** Serial number of the board with which it began to drift. */
  readonly driftsSince?: string;
}

export function statisticsOf({ runs, failures, measurements, duplicates }: Readings): Statistics {
  return {
    total: yieldOf(runs),
    groups: {
      list: yieldBy(runs, ({ board, list }) => `${board} ${list}`),
      day: yieldBy(runs, ({ started }) => started.slice(0, 10)),
      station: yieldBy(runs, ({ station }) => station),
      lot: yieldBy(runs, ({ lot }) => lot ?? '(none)'),
    },
    pareto: pareto(failures),
    duplicates,
    measurements: measurements
      .flatMap(({ series, readings }) => measurementStatistics(series, readings, runs))
      .sort((a, b) => room(a) - room(b) || (nameOf(a.series) < nameOf(b.series) ? -1 : 1)),
  };
}

/** `alix quick: disk/read_rate`. */
export function nameOf({ board, list, phase, name }: Series): string {
  return `${board} ${list}: ${phase}/${name}`;
}

function room({ capability: { cpk } }: MeasurementStatistics): number {
  return cpk ?? Number.MAX_VALUE;
}

function measurementStatistics(
  series: Series,
  readings: readonly Reading[],
  runs: readonly RunRow[],
): MeasurementStatistics[] {
  const firsts = firstOfEachBoard(readings, runs);
  const last = firsts.at(-1);
  const values = firsts.map(({ value }) => value);
  const limits = { least: last?.least ?? null, most: last?.most ?? null };
  // What must be one value exactly has no room at all.
  const exact = limits.least !== null && limits.least === limits.most;
  const figures = exact ? undefined : capability(values, limits);
  if (figures === undefined) return [];
  const drift = driftOf(values);
  const first = drift.since === undefined ? undefined : firsts[drift.since];
  const since = first === undefined ? undefined : runs[first.run]?.serial;
  return [
    {
      ...{ series, limits, values, capability: figures, drift },
      ...(since === undefined || since === null ? {} : { driftsSince: since }),
    },
  ];
}

/** A board that is tested again and again would else count more than others. */
function firstOfEachBoard(readings: readonly Reading[], runs: readonly RunRow[]): Reading[] {
  const seen = new Set<string>();
  return [...readings]
    .sort((a, b) => a.run - b.run)
    .filter(({ run }) => {
      const serial = runs[run]?.serial ?? null;
      if (serial === null || seen.has(serial)) return false;
      seen.add(serial);
      return true;
    });
}

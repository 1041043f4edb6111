// SPDX-License-Identifier: MIT
/** Plots of the figures, as SVG. */
import type { TopLevelSpec } from 'vega-lite';
import { svgOf } from '../../report/svg.ts';
import { BASELINE } from './drift.ts';
import { type MeasurementStatistics, nameOf, type Statistics } from './statistics.ts';

const BLUE = '#1b6ca8';
const ORANGE = '#d1861e';
const MOST_FAULTS = 15;
const BINS = 30;
/** Measurements with the least room, and those that drift: of others the table tells enough. */
const MOST_PLOTS = 8;

export interface Plot {
  /** The section of tables.ts that it belongs to. */
  readonly section: string;
  readonly svg: string;
}

export async function plotsOf(statistics: Statistics): Promise<Plot[]> {
  const limited = statistics.measurements.filter(({ capability }) => capability.cpk !== undefined);
  const drifting = statistics.measurements.filter(({ drift }) => ['up', 'down'].includes(drift.state));
  const specifications: [section: string, TopLevelSpec][] = [];
  if (statistics.groups.day.length > 0) specifications.push(['yield-day', yieldPlot(statistics)]);
  if (statistics.pareto.length > 0) specifications.push(['pareto', paretoPlot(statistics)]);
  for (const one of limited.slice(0, MOST_PLOTS)) specifications.push(['capability', histogram(one)]);
  for (const one of drifting.slice(0, MOST_PLOTS)) specifications.push(['capability', driftPlot(one)]);
  const plots: Plot[] = [];
  for (const [section, specification] of specifications)
    plots.push({ section, svg: await svgOf(specification) });
  return plots;
}

function yieldPlot({ groups }: Statistics): TopLevelSpec {
  const values = groups.day
    .filter((group) => group.yield.boards > 0)
    .map(({ name, yield: { firstPass, boards } }) => ({ day: name, percent: (100 * firstPass) / boards }));
  return {
    title: 'First-pass yield by day',
    ...{ width: 700, height: 160, data: { values } },
    mark: { type: 'line', point: true, color: BLUE },
    encoding: {
      x: { field: 'day', type: 'temporal', title: null, timeUnit: 'utcyearmonthdate' },
      y: { field: 'percent', type: 'quantitative', title: '%', scale: { domain: [0, 100] } },
    },
  };
}

function paretoPlot({ pareto }: Statistics): TopLevelSpec {
  const values = pareto
    .slice(0, MOST_FAULTS)
    .map(({ fault, count, cumulative }) => ({ fault, count, cumulative: 100 * cumulative }));
  const x = { field: 'fault', type: 'nominal' as const, sort: null, title: null, axis: { labelAngle: -35 } };
  return {
    title: 'Faults, and their share of all',
    ...{ width: 700, height: 200, data: { values } },
    layer: [
      {
        mark: { type: 'bar', color: BLUE },
        encoding: { x, y: { field: 'count', type: 'quantitative', title: 'count' } },
      },
      {
        mark: { type: 'line', point: true, color: ORANGE },
        encoding: {
          x,
          y: { field: 'cumulative', type: 'quantitative', title: '%', scale: { domain: [0, 100] } },
        },
      },
    ],
    resolve: { scale: { y: 'independent' } },
  };
}

function histogram({ series, values, limits }: MeasurementStatistics): TopLevelSpec {
  const rules = [limits.least, limits.most].filter((limit) => limit !== null).map((limit) => ({ limit }));
  return {
    title: nameOf(series),
    ...{ width: 300, height: 140 },
    layer: [
      {
        data: { values: binned(values) },
        mark: { type: 'bar', color: BLUE },
        encoding: {
          x: {
            ...{ field: 'from', type: 'quantitative', title: series.unit ?? null },
            scale: { zero: false },
          },
          x2: { field: 'to' },
          y: { field: 'count', type: 'quantitative', title: 'boards' },
        },
      },
      {
        data: { values: rules },
        mark: { type: 'rule', color: ORANGE, size: 2 },
        encoding: { x: { field: 'limit', type: 'quantitative' } },
      },
    ],
  };
}

function binned(values: readonly number[]): { from: number; to: number; count: number }[] {
  const least = values.reduce((one, other) => Math.min(one, other));
  const most = values.reduce((one, other) => Math.max(one, other));
  const width = (most - least) / BINS;
  const counts = new Array<number>(BINS).fill(0);
  for (const value of values) {
    const bin = Math.min(BINS - 1, Math.floor((value - least) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts.map((count, bin) => ({ from: least + bin * width, to: least + (bin + 1) * width, count }));
}

/** The average from board to board, thinned out where there are more boards than dots across. */
function driftPlot({ series, drift }: MeasurementStatistics): TopLevelSpec {
  const { averages = [], lower = 0, upper = 0 } = drift.chart ?? {};
  const every = Math.ceil(averages.length / 300);
  const last = averages.length - 1;
  const points = averages
    .map((average, index) => ({ board: BASELINE + index, average }))
    .filter((_, index) => index % every === 0 || index === last);
  return {
    title: `${nameOf(series)}: drift`,
    ...{ width: 300, height: 140 },
    layer: [
      {
        data: { values: points },
        mark: { type: 'line', color: BLUE },
        encoding: {
          x: { field: 'board', type: 'quantitative', title: 'board', scale: { zero: false } },
          y: {
            ...{ field: 'average', type: 'quantitative', title: series.unit ?? null },
            scale: { zero: false },
          },
        },
      },
      {
        data: { values: [{ limit: lower }, { limit: upper }] },
        mark: { type: 'rule', color: ORANGE },
        encoding: { y: { field: 'limit', type: 'quantitative' } },
      },
    ],
  };
}

// SPDX-License-Identifier: MIT
/** The figures as tables, the same for the terminal and for the page. */
import type { Table } from '../../report/table.ts';
import type { Bounds } from './capability.ts';
import type { DriftState } from './drift.ts';
import { type MeasurementStatistics, nameOf, type Statistics } from './statistics.ts';
import type { Group, Yield } from './yield.ts';

export interface Section {
  /** Names it within the page. */
  readonly id: string;
  readonly title: string;
  /** What the figures mean. */
  readonly about: string;
  readonly table: Table;
}

/** Faults that are shown; the rest is one row. */
const MOST_FAULTS = 20;

/** Those that have something to tell. */
export function sectionsOf({ total, groups, pareto, measurements, duplicates }: Statistics): Section[] {
  const yields = [
    { id: 'list', title: 'board and list', groups: groups.list },
    { id: 'day', title: 'day', groups: groups.day },
    { id: 'station', title: 'station', groups: groups.station },
    { id: 'lot', title: 'lot', groups: groups.lot },
  ].map(({ id, title, groups }) => ({
    id: `yield-${id}`,
    title: `Yield by ${title}`,
    about: YIELD_ABOUT,
    table: yieldTable(title, groups),
  }));
  const all = [
    {
      id: 'yield',
      title: 'Yield',
      about: YIELD_ABOUT,
      table: yieldTable('', [{ name: 'all', yield: total }]),
    },
    ...yields,
    { id: 'pareto', title: 'Faults', about: PARETO_ABOUT, table: paretoTable(pareto) },
    {
      id: 'capability',
      title: 'Measurements',
      about: CAPABILITY_ABOUT,
      table: capabilityTable(measurements),
    },
    {
      id: 'duplicates',
      title: 'Identities of two boards',
      about: DUPLICATES_ABOUT,
      table: duplicateTable(duplicates),
    },
  ];
  return all.filter(({ table }) => table.rows.length > 0);
}

const YIELD_ABOUT =
  'First pass: boards whose first finished run passed. Final: whose last one did. Retested: with more than one. ' +
  'A board counts once, where its first finished run was. Unfinished: runs that were broken off, or of unknown boards.';

const PARETO_ABOUT =
  'What did not pass, in all runs: a measurement out of its limits, or a phase by its outcome.';

const CAPABILITY_ABOUT =
  'One value of each board, the first. Cpk: distance of the mean to the nearer limit in units of three standard deviations ' +
  '(1.33 is usual as the least); at least: with a confidence of 95 %. Drift: an EWMA chart over the boards after the first 30.';

const DUPLICATES_ABOUT =
  'In all records: a serial number with several sets of MAC addresses, or a MAC address with several serial numbers. ' +
  'Lay all of them aside.';

function duplicateTable(duplicates: Statistics['duplicates']): Table {
  return {
    columns: ['what', 'value', 'is with'].map((title) => ({ title, number: false })),
    rows: duplicates.map(({ what, value, with: others }) => [
      what === 'mac' ? 'MAC address' : 'serial number',
      value,
      others.join(', '),
    ]),
  };
}

function yieldTable(title: string, groups: readonly Group[]): Table {
  return {
    columns: [
      { title, number: false },
      ...['boards', 'first pass', '%', 'final', '%', 'retested', '%', 'runs', 'unfinished'].map((head) => ({
        title: head,
        number: true,
      })),
    ],
    rows: groups.map(({ name, yield: figures }) => [name, ...yieldCells(figures)]),
  };
}

function yieldCells({ boards, firstPass, finalPass, retested, runs, unfinished }: Yield): string[] {
  const shares = [firstPass, finalPass, retested].flatMap((count) => [`${count}`, percent(count, boards)]);
  return [`${boards}`, ...shares, `${runs}`, `${unfinished}`];
}

/** Empty of nothing. */
function percent(part: number, whole: number): string {
  return whole === 0 ? '' : ((100 * part) / whole).toFixed(1);
}

function paretoTable(rows: Statistics['pareto']): Table {
  const shown = rows
    .slice(0, MOST_FAULTS)
    .map(({ fault, count, share, cumulative }) => [
      ...[fault, `${count}`, (100 * share).toFixed(1), (100 * cumulative).toFixed(1)],
    ]);
  const rest = rows.slice(MOST_FAULTS);
  const count = rest.reduce((sum, row) => sum + row.count, 0);
  const share = rest.reduce((sum, row) => sum + row.share, 0);
  if (rest.length > 0) shown.push([`${rest.length} others`, `${count}`, (100 * share).toFixed(1), '100.0']);
  return {
    columns: [
      { title: 'fault', number: false },
      ...['count', '%', 'cumulative %'].map((title) => ({ title, number: true })),
    ],
    rows: shown,
  };
}

function capabilityTable(measurements: readonly MeasurementStatistics[]): Table {
  return {
    columns: [
      { title: 'measurement', number: false },
      { title: 'unit', number: false },
      ...['boards', 'mean', 'deviation'].map((title) => ({ title, number: true })),
      { title: 'limits', number: false },
      ...['Cp', 'Cpk', 'at least'].map((title) => ({ title, number: true })),
      { title: 'drift', number: false },
    ],
    rows: measurements.map(({ series, limits, capability, drift, driftsSince }) => [
      ...[nameOf(series), series.unit ?? '', `${capability.count}`],
      ...[capability.mean, capability.deviation].map(figure),
      limitsText(limits),
      ...[capability.cp, capability.cpk, capability.cpkAtLeast].map((one) => one?.toFixed(2) ?? ''),
      driftText(drift.state, driftsSince),
    ]),
  };
}

/** Four digits that count. */
function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function limitsText({ least, most }: Bounds): string {
  if (least === null) return most === null ? '' : `<= ${most}`;
  return most === null ? `>= ${least}` : `${least} to ${most}`;
}

const DRIFTS: Readonly<Record<DriftState, string>> = {
  unknown: '',
  steady: 'steady',
  up: 'UP',
  down: 'DOWN',
};

function driftText(state: DriftState, since: string | undefined): string {
  return since === undefined ? DRIFTS[state] : `${DRIFTS[state]} since ${since}`;
}

// SPDX-License-Identifier: MIT
/** What the statistics are made of, read from the index. */
import type { Outcome } from '../record/outcome.ts';
import type { IndexDatabase, Value } from './database.ts';
import { type Duplicate, readDuplicates } from './duplicates.ts';

/** Which runs count; all of them when nothing is said. */
export interface Filter {
  readonly board?: string | undefined;
  readonly list?: string | undefined;
  readonly station?: string | undefined;
  readonly lot?: string | undefined;
  /** From this moment on, as records write it. */
  readonly since?: string | undefined;
  /** Before this moment. */
  readonly until?: string | undefined;
}

export interface RunRow {
  readonly number: number;
  readonly id: string;
  readonly board: string;
  readonly list: string;
  /** null: it was not known which board it was. */
  readonly serial: string | null;
  readonly lot: string | null;
  readonly station: string;
  readonly started: string;
  readonly outcome: Outcome;
}

export interface FailureRow {
  readonly run: number;
  readonly phase: string;
  /** null: the phase itself, by its outcome. */
  readonly measurement: string | null;
  readonly outcome: Outcome;
}

/** What is measured. */
export interface Series {
  readonly board: string;
  readonly list: string;
  readonly phase: string;
  readonly name: string;
  readonly unit: string | null;
}

export interface Reading {
  /** Its place among the runs, which are in the order of time. */
  readonly run: number;
  readonly value: number;
  /** Limits when it was taken. */
  readonly least: number | null;
  readonly most: number | null;
}

export interface Readings {
  /** In the order of time. */
  readonly runs: readonly RunRow[];
  readonly failures: readonly FailureRow[];
  /** By what was measured; in no order. */
  readonly measurements: readonly { readonly series: Series; readonly readings: readonly Reading[] }[];
  readonly duplicates: readonly Duplicate[];
}

export async function readIndex(index: IndexDatabase, filter: Filter): Promise<Readings> {
  const { where, parameters } = condition(filter);
  const runs = await index.run(
    `SELECT r.number, r.id, r.board, r.list, r.serial, r.lot, r.station, r.started, r.outcome FROM runs r ${where}`,
    parameters,
  );
  const failures = await index.run(
    `SELECT f.run, f.phase, f.measurement, f.outcome FROM failures f JOIN runs r ON r.number = f.run ${where}`,
    parameters,
  );
  const inOrder = runs
    .map(runRow)
    .sort((a, b) => (a.started < b.started ? -1 : a.started > b.started ? 1 : 0));
  return {
    runs: inOrder,
    failures: failures.map(([run, phase, measurement, outcome]) => ({
      run: Number(run),
      phase: String(phase),
      measurement: textOf(measurement),
      outcome: String(outcome) as Outcome,
    })),
    measurements: await readMeasurements(index, inOrder, where, parameters),
    duplicates: await readDuplicates(index.run),
  };
}

async function readMeasurements(
  index: IndexDatabase,
  runs: readonly RunRow[],
  where: string,
  parameters: readonly Value[],
): Promise<Readings['measurements']> {
  const series = await index.run('SELECT number, board, list, phase, name, unit FROM series');
  const byNumber = new Map<number, { series: Series; readings: Reading[] }>();
  for (const [number, board, list, phase, name, unit] of series)
    byNumber.set(Number(number), {
      series: {
        ...{ board: String(board), list: String(list), phase: String(phase) },
        ...{ name: String(name), unit: textOf(unit) },
      },
      readings: [],
    });
  // Without a condition the join would only cost time: there are dozens of measurements in a run.
  const join = where === '' ? '' : `JOIN runs r ON r.number = m.run ${where}`;
  const places: number[] = [];
  for (const [place, { number }] of runs.entries()) places[number] = place;
  await index.each(
    `SELECT m.run, m.series, m.value, m.least, m.most FROM measurements m ${join}`,
    parameters,
    ([number, of, value, least = null, most = null]) => {
      const run = places[Number(number)];
      if (run === undefined) return;
      byNumber.get(Number(of))?.readings.push(reading(run, Number(value), least, most));
    },
  );
  return [...byNumber.values()].filter(({ readings }) => readings.length > 0);
}

function reading(run: number, value: number, least: Value, most: Value): Reading {
  return { run, value, least: least as number | null, most: most as number | null };
}

function condition(filter: Filter): { where: string; parameters: Value[] } {
  const parameters: Value[] = [];
  const terms: string[] = [];
  const add = (value: string | undefined, term: string) => {
    if (value === undefined) return;
    parameters.push(value);
    terms.push(`${term} $${parameters.length}`);
  };
  add(filter.board, 'r.board =');
  add(filter.list, 'r.list =');
  add(filter.station, 'r.station =');
  add(filter.lot, 'r.lot =');
  // Times of records have one form and length, so that their texts compare as they do.
  add(filter.since, 'r.started >=');
  add(filter.until, 'r.started <');
  return { where: terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`, parameters };
}

function runRow(row: readonly Value[]): RunRow {
  const [number, id, board, list, serial, lot, station, started, outcome] = row;
  return {
    ...{ number: Number(number), id: String(id), board: String(board), list: String(list) },
    ...{ serial: textOf(serial), lot: textOf(lot), station: String(station), started: String(started) },
    outcome: String(outcome) as Outcome,
  };
}

function textOf(value: Value | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

// SPDX-License-Identifier: MIT
/** Rows of the index for records, many at once. */
import type { Limits } from '../record/measurement.ts';
import type { FactoryRecord, Phase } from '../record/record.ts';
import { insert, type Row, type Run } from './database.ts';

const COLUMNS = {
  runs: [
    ...['number', 'id', 'store', 'signer', 'sha256', 'board', 'list', 'serial', 'lot'],
    ...['station', 'operator', 'firmware', 'started', 'seconds', 'outcome'],
  ],
  macs: ['run', 'mac'],
  failures: ['run', 'phase', 'measurement', 'outcome'],
  series: ['number', 'board', 'list', 'phase', 'name', 'unit'],
  measurements: ['run', 'series', 'value', 'least', 'most'],
} as const;

type TableName = keyof typeof COLUMNS;

/** A record and its file. */
export interface ReadRecord {
  readonly record: FactoryRecord;
  /** Fingerprint of the key that signed it. */
  readonly signer: string;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
}

export class RecordWriter {
  readonly #run: Run;
  readonly #store: string;
  readonly #rows: Record<TableName, Row[]> = {
    runs: [],
    macs: [],
    failures: [],
    series: [],
    measurements: [],
  };
  readonly #series: Map<string, number>;
  #lastRun: number;
  #lastSeries: number;

  /** Numbers go on from those that are in the index: only within a transaction. */
  static async open(run: Run, store: string): Promise<RecordWriter> {
    const [[last = 0] = []] = await run('SELECT MAX(number) FROM runs');
    const series = await run('SELECT number, board, list, phase, name, unit FROM series');
    return new RecordWriter(run, store, Number(last), series);
  }

  private constructor(run: Run, store: string, lastRun: number, series: readonly Row[]) {
    this.#run = run;
    this.#store = store;
    this.#lastRun = lastRun;
    this.#series = new Map(series.map(([number, ...facts]) => [JSON.stringify(facts), Number(number)]));
    this.#lastSeries = Math.max(0, ...this.#series.values());
  }

  add({ record, signer, sha256 }: ReadRecord): void {
    const number = ++this.#lastRun;
    const { id, board, list, identity, lot, station, firmware, started, seconds, outcome } = record;
    this.#rows.runs.push([
      ...[number, id, this.#store, signer, sha256, board, list, identity?.serial ?? null, lot ?? null],
      ...[station.name, station.operator, firmware.version, started, seconds, outcome],
    ]);
    this.#rows.macs.push(...(identity?.macs ?? []).map((mac) => [number, mac]));
    for (const phase of record.phases) {
      this.#rows.failures.push(...failuresOf(phase).map((failure) => [number, phase.name, ...failure]));
      for (const one of phase.measurements) {
        if (typeof one.value !== 'number') continue;
        const series = this.#seriesOf(record, phase.name, one);
        this.#rows.measurements.push([number, series, one.value, ...bounds(one.limits)]);
      }
    }
  }

  #seriesOf(
    { board, list }: FactoryRecord,
    phase: string,
    { name, unit = null }: { name: string; unit?: string | null | undefined },
  ): number {
    const facts = [board, list, phase, name, unit];
    const key = JSON.stringify(facts);
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const number = ++this.#lastSeries;
    this.#series.set(key, number);
    this.#rows.series.push([number, ...facts]);
    return number;
  }

  async flush(): Promise<void> {
    for (const table of Object.keys(COLUMNS) as TableName[]) {
      await insert(this.#run, table, COLUMNS[table], this.#rows[table]);
      this.#rows[table] = [];
    }
  }
}

/** Measurement and outcome of each thing that did not pass. */
function failuresOf({ outcome, measurements }: Phase): [measurement: string | null, outcome: string][] {
  if (outcome === 'PASS') return [];
  const failed = measurements.filter((one) => one.outcome === 'FAIL');
  // A phase that was cut short says first that it was.
  if (outcome !== 'FAIL' || failed.length === 0) return [[null, outcome]];
  return failed.map(({ name }) => [name, 'FAIL']);
}

function bounds(limits: Limits | undefined): [least: number | null, most: number | null] {
  if (limits === undefined) return [null, null];
  if (!('equals' in limits)) return [limits.min ?? null, limits.max ?? null];
  return typeof limits.equals === 'number' ? [limits.equals, limits.equals] : [null, null];
}

// SPDX-License-Identifier: MIT
/** Records as comma-separated values: a row for each measurement, and one for a phase that has none. */
import { csvTable } from '../../../report/table.ts';
import type { Limits, Measurement } from '../measurement.ts';
import type { FactoryRecord, Phase } from '../record.ts';

const COLUMNS = [
  ...['id', 'board', 'list', 'serial', 'lot', 'station', 'operator', 'firmware', 'started', 'outcome'],
  ...['phase', 'phase outcome', 'seconds', 'message'],
  ...['measurement', 'value', 'unit', 'min', 'max', 'equals', 'measurement outcome'],
];

type Cell = string | number | boolean | null | undefined;

export function csvOf(records: readonly FactoryRecord[]): string {
  const rows = records.flatMap((record) => {
    const phases = record.phases.flatMap((phase) => phaseRows(phase));
    return (phases.length === 0 ? [[]] : phases).map((cells) => [...runCells(record), ...cells]);
  });
  return csvTable({
    columns: COLUMNS.map((title) => ({ title, number: false })),
    rows: rows.map((row) => COLUMNS.map((_, column) => cellText(row[column]))),
  });
}

function runCells({
  id,
  board,
  list,
  identity,
  lot,
  station,
  firmware,
  started,
  outcome,
}: FactoryRecord): Cell[] {
  const { name, operator } = station;
  return [id, board, list, identity?.serial, lot, name, operator, firmware.version, started, outcome];
}

function phaseRows({ name, outcome, seconds, message, measurements }: Phase): Cell[][] {
  const phase = [name, outcome, seconds, message];
  return measurements.length === 0
    ? [phase]
    : measurements.map((one) => [...phase, ...measurementCells(one)]);
}

function measurementCells({ name, value, unit, limits, outcome }: Measurement): Cell[] {
  return [name, value, unit, ...limitCells(limits), outcome];
}

function limitCells(limits: Limits | undefined): Cell[] {
  if (limits === undefined) return [undefined, undefined, undefined];
  if ('equals' in limits) return [undefined, undefined, limits.equals];
  return [limits.min, limits.max, undefined];
}

/** A spreadsheet takes a text that begins with one of these for a formula; with an apostrophe before it, it is a text. */
function cellText(cell: Cell): string {
  if (typeof cell === 'string' && /^[=+\-@]/.test(cell)) return `'${cell}`;
  return cell === null || cell === undefined ? '' : String(cell);
}

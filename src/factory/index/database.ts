// SPDX-License-Identifier: MIT
/**
 * The database that the index of records lies in: SQLite in a file of this station, or PostgreSQL that several share. Both take
 * the SQL of this folder, with parameters $1, $2, … in order.
 */

export type Value = string | number | null;
export type Row = readonly Value[];

/** Runs one statement; the rows that it gives. */
export type Run = (sql: string, parameters?: readonly Value[]) => Promise<Row[]>;

export interface IndexDatabase {
  readonly run: Run;
  /** The same, row by row: of hundreds of thousands not all need to be there at once. */
  each(sql: string, parameters: readonly Value[], take: (row: Row) => void): Promise<void>;
  /** All of it or nothing; one at a time, whoever else writes to this database. */
  transaction<T>(work: (run: Run) => Promise<T>): Promise<T>;
  /** What was written is on the disk when this returns. */
  close(): Promise<void>;
}

/** In one statement; SQLite compares the name of each with all that came before it. */
const MOST_PARAMETERS = 200;

/** Inserts many rows. */
export async function insert(
  run: Run,
  table: string,
  columns: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  const most = Math.floor(MOST_PARAMETERS / columns.length);
  for (let at = 0; at < rows.length; at += most) {
    const chunk = rows.slice(at, at + most);
    const places = chunk.map(
      (_, row) => `(${columns.map((_, column) => `$${row * columns.length + column + 1}`).join(',')})`,
    );
    await run(`INSERT INTO ${table} (${columns.join(',')}) VALUES ${places.join(',')}`, chunk.flat());
  }
}

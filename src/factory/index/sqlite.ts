// SPDX-License-Identifier: MIT
/**
 * The index in an SQLite file. sql.js works in memory and the file is replaced whole when it is closed: a power cut leaves the
 * old one or the new one, and there is no lock that a killed program would leave behind. Of two programs that write at once the
 * later one counts; what the other had added is added again from the records.
 */
import { readFile } from 'node:fs/promises';
import initSqlJs, { type Database, type SqlJsStatic } from 'sql.js';
import { replaceDurably } from '../durable-file.ts';
import type { IndexDatabase, Row, Value } from './database.ts';
import { TABLES } from './schema.ts';

/** Opens the index in a file; one that is not there or cannot be read is begun anew. */
export async function openSqlite(path: string): Promise<IndexDatabase> {
  const library = await initSqlJs();
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return new SqliteIndex(path, readDatabase(library, bytes) ?? new library.Database());
}

function readDatabase({ Database }: SqlJsStatic, bytes: Uint8Array | undefined): Database | undefined {
  if (bytes === undefined) return undefined;
  const database = new Database(bytes);
  try {
    for (const table of ['runs', 'macs', 'failures', 'series', 'measurements'])
      database.exec(`SELECT * FROM ${table} LIMIT 1`);
    return database;
  } catch {
    database.close();
    return undefined;
  }
}

class SqliteIndex implements IndexDatabase {
  readonly #path: string;
  readonly #database: Database;

  constructor(path: string, database: Database) {
    this.#path = path;
    this.#database = database;
    for (const table of TABLES) database.run(table);
  }

  readonly run = async (sql: string, parameters: readonly Value[] = []): Promise<Row[]> => {
    const rows: Row[] = [];
    await this.each(sql, parameters, (row) => rows.push(row));
    return rows;
  };

  async each(sql: string, parameters: readonly Value[], take: (row: Row) => void): Promise<void> {
    const statement = this.#database.prepare(sql, [...parameters]);
    try {
      while (statement.step()) take(statement.get() as Value[]);
    } finally {
      statement.free();
    }
  }

  async transaction<T>(work: (run: typeof this.run) => Promise<T>): Promise<T> {
    this.#database.run('BEGIN');
    try {
      const result = await work(this.run);
      this.#database.run('COMMIT');
      return result;
    } catch (error) {
      this.#database.run('ROLLBACK');
      throw error;
    }
  }

  async close(): Promise<void> {
    const [[changes = 0] = []] = await this.run('SELECT total_changes()');
    const bytes = Number(changes) > 0 ? this.#database.export() : undefined;
    this.#database.close();
    if (bytes) await replaceDurably(this.#path, bytes);
  }
}

// SPDX-License-Identifier: MIT
/** The index in a PostgreSQL database that several stations share. */
import pg from 'pg';
import { BuildError } from '../../image/errors.ts';
import type { IndexDatabase, Row, Run, Value } from './database.ts';
import { INDEX_VERSION, TABLES } from './schema.ts';

const SCHEMA = `plait_factory_${INDEX_VERSION}`;

/** Of the lock that writers take one after the other; any number that other programs do not have. */
const LOCK = 0x504c4149;

/** Milliseconds that a server may take to answer at all, and for one statement. */
const PATIENCE = { connect: 10_000, statement: 60_000 };

/** Opens the index at a URL postgres://user@host/database. @throws BuildError when the server refuses or is not there */
export async function openPostgres(url: string): Promise<IndexDatabase> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: PATIENCE.connect,
    query_timeout: PATIENCE.statement,
    application_name: 'plait factory',
  });
  // A connection that breaks between two statements; the next one then fails and says so.
  client.on('error', () => {});
  const index = new PostgresIndex(client);
  try {
    await client.connect();
    await index.transaction(async (run) => {
      await run(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
      await run(`SET search_path TO ${SCHEMA}`);
      for (const table of TABLES) await run(table);
    });
  } catch (error) {
    await client.end().catch(() => {});
    throw new BuildError(`the database ${withoutPassword(url)}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return index;
}

/** For messages. */
function withoutPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^/:@]*):[^@]*@/i, '$1:…@');
}

class PostgresIndex implements IndexDatabase {
  readonly #client: pg.Client;

  constructor(client: pg.Client) {
    this.#client = client;
  }

  readonly run: Run = async (sql, parameters = []) => {
    const { rows } = await this.#client.query<Value[]>({
      text: sql,
      values: [...parameters],
      rowMode: 'array',
    });
    return rows as Row[];
  };

  async each(sql: string, parameters: readonly Value[], take: (row: Row) => void): Promise<void> {
    for (const row of await this.run(sql, parameters)) take(row);
  }

  async transaction<T>(work: (run: Run) => Promise<T>): Promise<T> {
    await this.run('BEGIN');
    try {
      await this.run(`SELECT pg_advisory_xact_lock(${LOCK})`);
      const result = await work(this.run);
      await this.run('COMMIT');
      return result;
    } catch (error) {
      await this.run('ROLLBACK').catch(() => {});
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}

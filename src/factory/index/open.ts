// SPDX-License-Identifier: MIT
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { UsageError } from '../../image/errors.ts';
import type { TrustedKeys } from '../record/signed-record.ts';
import { recordsDir } from '../record/store.ts';
import type { IndexDatabase } from './database.ts';
import { INDEX_VERSION } from './schema.ts';
import { openSqlite } from './sqlite.ts';
import { type Synchronized, synchronize } from './synchronize.ts';

export interface IndexChoice {
  /** Where a station's work lies; its records are in the folder `records`. */
  readonly factory: string;
  /** URL of a PostgreSQL database; absent: a file beside the records. */
  readonly database?: string | undefined;
  readonly trusted: TrustedKeys;
}

/** Opens the index, brings it up to the records, has it used, and closes it. @throws UsageError, BuildError */
export async function withIndex<T>(
  { factory, database, trusted }: IndexChoice,
  use: (index: IndexDatabase, synchronized: Synchronized) => Promise<T>,
): Promise<T> {
  const index = await openIndex(factory, database);
  try {
    const dir = resolve(recordsDir(factory));
    return await use(index, await synchronize(index, { dir, store: `${hostname()}:${dir}`, trusted }));
  } finally {
    await index.close();
  }
}

async function openIndex(factory: string, database: string | undefined): Promise<IndexDatabase> {
  if (database === undefined) {
    await mkdir(factory, { recursive: true });
    return openSqlite(join(factory, `index-${INDEX_VERSION}.sqlite`));
  }
  if (!/^postgres(ql)?:\/\//.test(database))
    throw new UsageError('--database: a database is named by a URL, postgres://user@host/database');
  const { openPostgres } = await import('./postgres.ts');
  return openPostgres(database);
}

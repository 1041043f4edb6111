// SPDX-License-Identifier: MIT
/** Brings the index up to what a folder of signed records holds. */
import { RecordError } from '../record/errors.ts';
import { openRecord, type TrustedKeys } from '../record/signed-record.ts';
import { readRecordFile, recordHash, recordIds, recordPath } from '../record/store.ts';
import type { IndexDatabase, Run } from './database.ts';
import { type ReadRecord, RecordWriter } from './record-writer.ts';
import { TABLES_OF_RUNS } from './schema.ts';

export interface Folder {
  readonly dir: string;
  /** Names the folder among those of other stations that write to the same index. */
  readonly store: string;
  readonly trusted: TrustedKeys;
}

export interface Synchronized {
  readonly added: number;
  readonly removed: number;
  /** Files that are no record of a station that is trusted, each with what is wrong. They do not count. */
  readonly refused: readonly string[];
}

/** Records that are written at once. */
const BATCH = 200;

/**
 * Adds what is new in the folder, removes what is no longer there or is of a station that is not trusted any more. Records that
 * are known are not read again: they are never changed, and `plait factory verify` looks at all of them.
 */
export function synchronize(index: IndexDatabase, folder: Folder): Promise<Synchronized> {
  return index.transaction(async (run) => {
    const ids = await recordIds(folder.dir);
    const removed = await removeStale(run, folder, new Set(ids));
    const known = new Set((await run('SELECT id FROM runs')).map(([id]) => id));
    const fresh = ids.filter((id) => !known.has(id));
    const refused: string[] = [];
    const writer = await RecordWriter.open(run, folder.store);
    for (let at = 0; at < fresh.length; at += BATCH) {
      for (const id of fresh.slice(at, at + BATCH)) {
        const read = await readOne(folder, id);
        if (typeof read === 'string') refused.push(read);
        else writer.add(read);
      }
      await writer.flush();
    }
    return { added: fresh.length - refused.length, removed, refused };
  });
}

async function removeStale(run: Run, { store, trusted }: Folder, ids: ReadonlySet<string>): Promise<number> {
  const own = await run('SELECT number, id, signer FROM runs WHERE store = $1', [store]);
  const stale = own.filter(([, id, signer]) => !ids.has(String(id)) || !trusted.has(String(signer)));
  for (const [number = null] of stale)
    for (const { name, key } of TABLES_OF_RUNS) await run(`DELETE FROM ${name} WHERE ${key} = $1`, [number]);
  return stale.length;
}

async function readOne({ dir, trusted }: Folder, id: string): Promise<ReadRecord | string> {
  const path = recordPath(dir, id);
  try {
    const bytes = await readRecordFile(path);
    const { record, signer } = openRecord(bytes, trusted, path);
    if (record.id !== id) return `${path} is the record ${record.id}, under another name`;
    return { record, signer, sha256: recordHash(bytes) };
  } catch (error) {
    if (error instanceof RecordError) return error.message;
    throw error;
  }
}

// SPDX-License-Identifier: MIT
/**
 * The folder of signed records, one file a run, named by its id. A file is there whole or not at all, also after a power cut,
 * and is never written again.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import type { SigningKey } from '../../image/bundle/key.ts';
import { homeDir } from '../../image/home.ts';
import { createDurably } from '../durable-file.ts';
import { RecordError } from './errors.ts';
import { MAX_RECORD_BYTES } from './parse.ts';
import type { FactoryRecord } from './record.ts';
import { signRecord } from './signed-record.ts';

const ENDING = '.json';

/** Where a station's work lies: $PLAIT_FACTORY, else $XDG_DATA_HOME/plait/factory, else ~/.local/share/plait/factory. */
export function factoryDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.PLAIT_FACTORY) return resolve(env.PLAIT_FACTORY);
  const given = env.XDG_DATA_HOME;
  // As the XDG specification says, a relative path does not count.
  return join(given && isAbsolute(given) ? given : join(homeDir(env), '.local/share'), 'plait/factory');
}

/** The folder of records in it. */
export function recordsDir(factory: string): string {
  return join(factory, 'records');
}

/**
 * Signs a record and puts it into the folder. It is on the disk when this returns. Returns its file.
 * @throws RecordError when it is no record, or there is another one of this id
 */
export async function saveRecord(
  dir: string,
  record: FactoryRecord,
  key: Pick<SigningKey, 'sign' | 'publicPem'>,
): Promise<string> {
  const text = await signRecord(record, key);
  await mkdir(dir, { recursive: true });
  const path = recordPath(dir, record.id);
  try {
    await createDurably(path, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // The same run again, by a station that was stopped between writing it and saying so.
    if ((await readFile(path, 'utf8')) !== text)
      throw new RecordError(`${path} is there, with another record; records are never written again`);
  }
  return path;
}

/** Identifiers of all records in a folder, sorted; none when there is no folder. */
export async function recordIds(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => name.endsWith(ENDING))
    .map((name) => name.slice(0, -ENDING.length))
    .sort();
}

export function recordPath(dir: string, id: string): string {
  return join(dir, `${id}${ENDING}`);
}

/** By which others name it: SHA-256 of its file, in hexadecimal. */
export function recordHash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The bytes of a file, when it is of a size that a record can have. @throws RecordError */
export async function readRecordFile(path: string): Promise<Buffer> {
  const { size } = await stat(path);
  if (size > MAX_RECORD_BYTES)
    throw new RecordError(`${path} has ${size} bytes; a record has at most ${MAX_RECORD_BYTES}`);
  return readFile(path);
}

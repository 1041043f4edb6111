// SPDX-License-Identifier: MIT
/** Signed records that a command line names: files, or folders with all that are in them. */
import { stat } from 'node:fs/promises';
import { RecordError } from '../../factory/record/errors.ts';
import { openRecord, type TrustedKeys, type VerifiedRecord } from '../../factory/record/signed-record.ts';
import { readRecordFile, recordIds, recordPath } from '../../factory/record/store.ts';
import { UsageError } from '../../image/errors.ts';
import { mustBeFile } from '../inputs.ts';

export type OpenedFile =
  | ({ readonly file: string; readonly ok: true } & VerifiedRecord)
  | { readonly file: string; readonly ok: false; readonly problem: string };

/** The files that are meant. @throws UsageError for one that is not there, and a folder without records */
export async function recordFiles(named: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of named) {
    if ((await stat(path).catch(() => undefined))?.isDirectory()) {
      const ids = await recordIds(path);
      if (ids.length === 0) throw new UsageError(`file: there is no record in the folder ${path}`);
      files.push(...ids.map((id) => recordPath(path, id)));
      continue;
    }
    await mustBeFile('file', path);
    files.push(path);
  }
  return files;
}

/** One file, or what is wrong with it. */
export async function openFile(file: string, trusted: TrustedKeys): Promise<OpenedFile> {
  try {
    return { file, ok: true, ...openRecord(await readRecordFile(file), trusted, file) };
  } catch (error) {
    if (error instanceof RecordError) return { file, ok: false, problem: error.message };
    throw error;
  }
}

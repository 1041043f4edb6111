// SPDX-License-Identifier: MIT
/** Files and folders that the command line names: what is wrong with one is told as a sentence, before anything else is done. */
import { readFile, stat } from 'node:fs/promises';
import { UsageError } from '../image/errors.ts';

/** `what` says where the name stands on the command line: `--mirror`. @throws UsageError */
export async function mustBeFolder(what: string, path: string): Promise<void> {
  const there = await stat(path).catch((error) => refuse(what, 'directory', path, error));
  if (!there.isDirectory()) throw new UsageError(`${what}: ${path} is not a directory`);
}

/** @throws UsageError */
export async function mustBeFile(what: string, path: string): Promise<void> {
  const there = await stat(path).catch((error) => refuse(what, 'file', path, error));
  if (there.isDirectory()) throw new UsageError(`${what}: ${path} is a directory, not a file`);
}

/** What is in a file. @throws UsageError */
export async function readInput(what: string, path: string): Promise<Buffer> {
  await mustBeFile(what, path);
  return readFile(path).catch((error) => refuse(what, 'file', path, error));
}

function refuse(what: string, kind: string, path: string, error: NodeJS.ErrnoException): never {
  const { code } = error;
  if (code === 'ENOENT' || code === 'ENOTDIR') throw new UsageError(`${what}: there is no ${kind} ${path}`);
  if (code === 'EACCES' || code === 'EPERM')
    throw new UsageError(`${what}: this user may not read ${path}`, { cause: error });
  throw error;
}

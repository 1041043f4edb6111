// SPDX-License-Identifier: MIT
import { copyFile, link, mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hashFile } from '../cache.ts';
import type { IndexedFile } from './suite-index.ts';

/** Those files that are not on disk with the size and the hash of the index; `path` is where they should be. */
export async function damaged<T extends IndexedFile>(files: readonly T[]): Promise<T[]> {
  const bad: T[] = [];
  for (const file of files) {
    const size = (await stat(file.path).catch(() => undefined))?.size;
    if (size !== file.size || (await hashFile(file.path)) !== file.sha256) bad.push(file);
  }
  return bad;
}

/** A second name for the same bytes where the file system allows, else a copy. */
export async function place(from: string, to: string): Promise<void> {
  const file = await realpath(from);
  await link(file, to).catch(() => copyFile(file, to));
}

/** Writes a file so that it is there as a whole or not at all, also when another process writes it at the same time. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}.new`;
  await writeFile(fresh, text);
  await rename(fresh, path);
}

/** Reads a text file, `undefined` when it is not there. */
export async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/** A version as part of a file name. */
export function safe(version: string): string {
  return version.replace(/[^A-Za-z0-9.+~-]/g, '_');
}

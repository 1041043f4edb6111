// SPDX-License-Identifier: MIT
import { statfs } from 'node:fs/promises';
import { BuildError } from './errors.ts';
import { size } from './progress/format.ts';

/** Throws a BuildError when the file system that holds `dir` has less than `bytes` free. */
export async function requireSpace(dir: string, bytes: number, what: string): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new BuildError(
    `not enough disk space: ${what} needs about ${size(bytes)} in ${dir}, ${size(free)} are free`,
  );
}

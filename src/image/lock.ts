// SPDX-License-Identifier: MIT
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import lockfile from 'proper-lockfile';
import { BuildError } from './errors.ts';

/**
 * Makes this process the only one that builds with a cache; gives the function that lets it go. `what` tells others
 * what it is doing. A lock whose holder died is taken over after ten seconds. Throws a BuildError naming the holder.
 */
export async function lockCache(cache: string, what: string): Promise<() => Promise<void>> {
  await mkdir(cache, { recursive: true });
  const note = join(cache, 'building');
  let release: () => Promise<void>;
  try {
    release = await lockfile.lock(cache, { lockfilePath: join(cache, 'lock'), stale: 10_000, update: 2000 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    const holder = await readFile(note, 'utf8').catch(() => 'another process');
    throw new BuildError(
      `another build uses the cache ${cache}: ${holder.trim()}. Wait for it, or give this one its own by PLAIT_CACHE`,
      { cause: error },
    );
  }
  await writeFile(note, `${what}, process ${process.pid}\n`);
  return async () => {
    await rm(note, { force: true });
    await release();
  };
}

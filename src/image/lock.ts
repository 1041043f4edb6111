// SPDX-License-Identifier: MIT
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import lockfile from 'proper-lockfile';
import { BuildError } from './errors.ts';

/** Who holds a cache, as its lock tells others. */
interface Holder {
  readonly what: string;
  readonly pid: number;
  readonly host: string;
}

/**
 * Makes this process the only one that builds with a cache; gives the function that lets it go. `what` tells others
 * what it is doing; `onLost` is called when another process took the lock because this one slept for a minute. A lock
 * whose holder died is taken over. Throws a BuildError naming the holder.
 */
export async function lockCache(
  cache: string,
  what: string,
  onLost: () => void,
): Promise<() => Promise<void>> {
  await mkdir(cache, { recursive: true });
  const release = (await take(cache, onLost)) ?? (await takeFromTheDead(cache, onLost));
  const holder: Holder = { what, pid: process.pid, host: hostname() };
  await writeFile(join(cache, 'building'), JSON.stringify(holder));
  return async () => {
    await rm(join(cache, 'building'), { force: true });
    await release();
  };
}

/** Takes the lock; undefined when another process has it. */
async function take(cache: string, onLost: () => void): Promise<(() => Promise<void>) | undefined> {
  const times = { stale: 60_000, update: 5000 };
  try {
    return await lockfile.lock(cache, { lockfilePath: lockOf(cache), ...times, onCompromised: onLost });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOCKED') return undefined;
    throw error;
  }
}

async function takeFromTheDead(cache: string, onLost: () => void): Promise<() => Promise<void>> {
  const holder = parseHolder(await readFile(join(cache, 'building'), 'utf8').catch(() => ''));
  if (holder && holder.host === hostname() && !isAlive(holder.pid)) {
    await rm(lockOf(cache), { recursive: true, force: true });
    const release = await take(cache, onLost);
    if (release) return release;
  }
  const who = holder
    ? `${holder.what}, process ${holder.pid} on ${holder.host}`
    : 'a process that just began';
  throw new BuildError(
    `another build uses the cache ${cache}: ${who}. Wait for it, or give this one its own by PLAIT_CACHE`,
  );
}

function lockOf(cache: string): string {
  return join(cache, 'lock');
}

function parseHolder(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

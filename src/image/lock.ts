// SPDX-License-Identifier: MIT
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { BuildError, Interrupted } from './errors.ts';

/** Who holds a cache, as its lock tells others. */
interface Holder {
  readonly what: string;
  readonly pid: number;
  readonly host: string;
}

/**
 * Makes this process the only one that builds with a cache; returns the function that releases it. `what` tells others
 * what it is doing; `onLost` is called when the lock is gone all the same. Throws a BuildError naming the holder.
 */
export async function lockCache(
  cache: string,
  what: string,
  onLost: () => void,
): Promise<() => Promise<void>> {
  await mkdir(cache, { recursive: true });
  const keeper = await take(lockFile(cache));
  if (keeper === undefined)
    throw new BuildError(`${await inUse(cache)}. Wait for it, or give this one its own by PLAIT_CACHE`);
  return await hold(keeper, cache, what, onLost);
}

/** What ends a wait, and who hears of it. */
export interface Waiting {
  readonly signal: AbortSignal;
  /** Called once, with a sentence that names the holder, when there is something to wait for. */
  readonly onWait: (sentence: string) => void;
}

/** As lockCache(), but waits until other builds have released the cache. Throws Interrupted when `signal` aborts. */
export async function lockCacheInTurn(
  cache: string,
  what: string,
  onLost: () => void,
  { signal, onWait }: Waiting,
): Promise<() => Promise<void>> {
  await mkdir(cache, { recursive: true });
  let keeper = await take(lockFile(cache));
  if (keeper === undefined) {
    onWait(`${await inUse(cache)}; waiting for it`);
    keeper = await take(lockFile(cache), signal);
  }
  if (keeper === undefined) throw new Interrupted('interrupted');
  return await hold(keeper, cache, what, onLost);
}

/**
 * Runs `work` while no other process does that holds the same lock file, after waiting for it. For short work, such as a
 * download that two processes may want.
 */
export async function exclusively<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const keeper = await take(file, new AbortController().signal);
  if (keeper === undefined) throw new BuildError(`could not lock ${file}`);
  try {
    return await work();
  } finally {
    await release(keeper);
  }
}

async function release(keeper: Keeper): Promise<void> {
  const closed = new Promise((resolve) => keeper.once('close', resolve));
  keeper.stdin.end();
  await closed;
}

async function hold(
  keeper: Keeper,
  cache: string,
  what: string,
  onLost: () => void,
): Promise<() => Promise<void>> {
  const lost = () => onLost();
  keeper.once('close', lost);
  const holder: Holder = { what, pid: process.pid, host: hostname() };
  await writeFile(holderFile(cache), JSON.stringify(holder));
  return async () => {
    await rm(holderFile(cache), { force: true });
    keeper.off('close', lost);
    await release(keeper);
  };
}

type Keeper = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Takes the kernel's own lock of a file (flock), which ends with the process that holds it, however that ends: so there
 * is no lock of a dead process to be told from that of a living one. The process is `cat`, which lives as long as this
 * one keeps its pipe open. Waits until `until` aborts when another process has the lock; without `until` not at all.
 * Returns nothing when the lock was not to be had.
 */
async function take(file: string, until?: AbortSignal): Promise<Keeper | undefined> {
  const patience = until ? [] : ['--nonblock', '--conflict-exit-code', String(taken)];
  const argv = ['--exclusive', ...patience, '--no-fork', file, 'cat'];
  // In a session of its own: Ctrl-C ends what is locked first, and the lock after it.
  const keeper = spawn('flock', argv, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  let said = '';
  keeper.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  keeper.stdin.on('error', () => {});
  const held = new Promise<true>((resolve) => keeper.stdout.once('data', () => resolve(true)));
  const ended = new Promise<number | null>((resolve, reject) => {
    keeper.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new BuildError('flock is not installed: it is in util-linux') : error),
    );
    keeper.once('close', resolve);
  });
  // cat answers once it runs, which is when the lock is taken.
  keeper.stdin.write('locked\n');
  const giveUp = () => keeper.kill('SIGKILL');
  until?.addEventListener('abort', giveUp);
  if (until?.aborted) giveUp();
  const result = await Promise.race([held, ended]);
  until?.removeEventListener('abort', giveUp);
  if (result === true) return keeper;
  if (result === taken || until?.aborted) return undefined;
  throw new BuildError(`could not lock ${file}: ${said.trim() || `flock ended with status ${result}`}`);
}

/** What flock exits with when another process holds the lock. */
const taken = 75;

async function inUse(cache: string): Promise<string> {
  const holder = parseHolder(await readFile(holderFile(cache), 'utf8').catch(() => ''));
  const who = holder
    ? `${holder.what}, process ${holder.pid} on ${holder.host}`
    : 'a process that just began';
  return `another build uses the cache ${cache}: ${who}`;
}

function lockFile(cache: string): string {
  return join(cache, 'builder.lock');
}

function holderFile(cache: string): string {
  return join(cache, 'building');
}

function parseHolder(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}

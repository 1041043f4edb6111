// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { BuildError, Interrupted, UsageError } from './errors.ts';

/** A file of the published directory, with its size in bytes. */
export interface Published {
  readonly name: string;
  readonly size: number;
}

/**
 * Makes `target` hold exactly the files of the given directories, all at once: they are copied beside it, finished by
 * `finish`, and take its place by rename. On failure `target` stays as it was.
 */
export async function publish(
  outputs: readonly string[],
  target: string,
  finish: (dir: string) => Promise<void>,
  signal: AbortSignal,
): Promise<Published[]> {
  await requireOurs(target);
  const beside = (what: string) => join(dirname(target), `.${basename(target)}.plait-${what}`);
  const [fresh, old] = [beside('new'), beside('old')];
  await rm(fresh, { recursive: true, force: true });
  await mkdir(dirname(target), { recursive: true });
  try {
    await mkdir(fresh);
    await copy(outputs, fresh, signal);
    await finish(fresh);
    await rm(old, { recursive: true, force: true });
    await rename(target, old).catch(ifThere);
    await rename(fresh, target);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
      throw new BuildError(`the disk is full: ${target} is left as it was`, { cause: error });
    }
    throw error;
  }
  await rm(old, { recursive: true, force: true });
  return list(target);
}

/**
 * Throws a UsageError when `target` is there and is not what an earlier build published: all that is in it would be
 * removed.
 */
export async function requireOurs(target: string): Promise<void> {
  const names = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') throw new UsageError(`--out: ${target} is not a directory`);
    throw error;
  });
  if (names.length === 0) return;
  const manifest = parseManifest(await readFile(join(target, 'manifest.json'), 'utf8').catch(() => ''));
  if (typeof manifest?.board === 'string') return;
  throw new UsageError(
    `--out: ${target} was not made by a build (there is no manifest.json of one in it), and all that is in it would be ` +
      'replaced; name another directory',
  );
}

function parseManifest(text: string): { board?: unknown } | undefined {
  try {
    return JSON.parse(text) as { board?: unknown };
  } catch {
    return undefined;
  }
}

/** `cp` keeps holes and shares blocks where the file system can; Node's own copy does not keep holes. */
async function copy(from: readonly string[], to: string, signal: AbortSignal): Promise<void> {
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8' };
  const flags = ['--recursive', '--sparse=always', '--reflink=auto', '--preserve=mode'];
  const argv = [...flags, '--target-directory', to, ...from.map((dir) => `${dir}/.`)];
  try {
    await promisify(execFile)('cp', argv, { cwd: dirname(to), env, signal });
  } catch (error) {
    if (signal.aborted) throw new Interrupted('interrupted', { cause: error });
    const { stderr, message } = error as Error & { stderr?: string };
    const said = stderr?.trim().split('\n').at(-1);
    throw new BuildError(`could not write ${to}: ${said || message}`, { cause: error });
  }
}

async function list(dir: string): Promise<Published[]> {
  const files: Published[] = [];
  for (const name of (await readdir(dir)).sort()) {
    const stat = await lstat(join(dir, name));
    if (stat.isFile()) files.push({ name, size: stat.size });
    else if (stat.isDirectory()) files.push({ name: `${name}/`, size: await weigh(join(dir, name)) });
  }
  return files;
}

async function weigh(dir: string): Promise<number> {
  let total = 0;
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) total += (await lstat(join(entry.parentPath, entry.name))).size;
  }
  return total;
}

function ifThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

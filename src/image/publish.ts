// SPDX-License-Identifier: MIT
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BuildError } from './errors.ts';
import { runProgram } from './exec.ts';

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
  const fresh = `${target}.new`;
  const old = `${target}.old`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(dirname(target), { recursive: true });
  try {
    await mkdir(fresh);
    for (const output of outputs) await copy(output, fresh, signal);
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

/** `cp` keeps holes and shares blocks where the file system can; Node's own copy does not keep holes. */
async function copy(from: string, to: string, signal: AbortSignal): Promise<void> {
  const said: string[] = [];
  const line = (text: string) => said.push(text);
  const base = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8' };
  const argv = ['cp', '--recursive', '--sparse=always', '--reflink=auto', '--preserve=mode', `${from}/.`, to];
  try {
    await runProgram(argv, { cwd: dirname(to), base, signal, line });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new BuildError(`could not write ${to}: ${said.at(-1) ?? (error as Error).message}`, {
      cause: error,
    });
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

// SPDX-License-Identifier: MIT
/** A guest that is a process of User Mode Linux, on simulated time. */
import { statfs, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GuestOptions, GuestProgram } from './guest.ts';

/** MiB. */
const MEMORY = 512;

/** Words of the guest's kernel command line. It is started in the run's folder, where `root` leads to the file system. */
export function umlArguments(options: Pick<GuestOptions, 'seed' | 'realTime' | 'kernelArguments'>): string[] {
  const time = options.realTime ? [] : ['time-travel=inf-cpu', `time-travel-start=${BEGIN}`];
  return [
    `mem=${MEMORY}M`,
    `seed=${options.seed}`,
    ...time,
    'root=/dev/root',
    'rootfstype=hostfs',
    // The command line is among what the kernel's randomness comes from, so no path of this machine may be in it.
    'hostfs=/proc/self/cwd',
    'rootflags=/root/.',
    'ro',
    'init=/init',
    'loglevel=5',
    'panic=-1',
    'con=null',
    // For the comparison with teql, whose devices only the kernel's start can make.
    'sch_teql.max_equalizers=2',
    ...options.kernelArguments,
    'uml_dir=./',
    'umid=guest',
  ];
}

/** The simulated time at which a guest starts, in nanoseconds: 2025-01-01. */
const BEGIN = 1_735_689_600_000_000_000n;

/**
 * What runs a guest whose console is `console`. A file never blocks: were it a pipe, the reader's pace would show in
 * the guest. The host's address space is the same in every run (setarch), since how much memory the guest finds
 * depends on it.
 */
export async function umlProgram(options: GuestOptions, console: string): Promise<GuestProgram> {
  await linkRoot(options);
  const run = 'exec setarch -R "$@" >"$0" 2>&1 </dev/null';
  return {
    argv: ['sh', '-c', run, console, options.kernel, ...umlArguments(options), 'con0=null,fd:1'],
    base: await umlEnvironment(),
  };
}

/** Leads the guest to its file system, below the only folder of the host that it sees. */
export async function linkRoot({ root, folder }: Pick<GuestOptions, 'root' | 'folder'>): Promise<void> {
  await symlink(root, join(folder, 'root'));
}

/** The environment of the kernel's process. */
export async function umlEnvironment(): Promise<Record<string, string>> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', TMPDIR: await memoryFolder() };
}

/** The guest's memory is a file: in memory where there is room for it, which /dev/shm of a container may not have. */
async function memoryFolder(): Promise<string> {
  const shm = '/dev/shm';
  const free = await statfs(shm).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return free >= 4 * MEMORY * 2 ** 20 ? shm : tmpdir();
}

// SPDX-License-Identifier: MIT
import { readFile, statfs, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuildError } from '../../image/errors.ts';
import { runProgram } from '../../image/exec.ts';
import { findWarning } from './warnings.ts';

export interface GuestOptions {
  /** The User Mode Linux executable. */
  readonly kernel: string;
  /** More words for its command line. */
  readonly kernelArguments: readonly string[];
  /** The guest's file system, mounted read-only. */
  readonly root: string;
  /** The run's folder; `run.sh` and what it needs are there, and results come there. */
  readonly folder: string;
  /** All randomness in the guest follows from it. */
  readonly seed: number;
  /** Time passes as on the wall instead of as the simulation goes. */
  readonly realTime: boolean;
  /** Seconds of wall-clock time after which a guest that has not ended is killed. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** Why a guest gave no result; `console` is where its console log is. */
export class GuestError extends BuildError {
  override name = 'GuestError';
  readonly console: string;

  constructor(message: string, console: string) {
    super(`${message}; its console log is ${console}`);
    this.console = console;
  }
}

/** MiB. */
const MEMORY = 512;

/** Words of the guest's kernel command line. It is started in the run's folder, where `root` leads to the file system. */
export function guestArguments(
  options: Pick<GuestOptions, 'seed' | 'realTime' | 'kernelArguments'>,
): string[] {
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
 * Runs a guest to its end. Throws a GuestError when it panics, hangs, warns or gives no result, and Interrupted when
 * `signal` fires; no process of it is left in any case.
 */
export async function runGuest(options: GuestOptions): Promise<void> {
  const console = join(options.folder, 'console.log');
  const late = AbortSignal.timeout(options.deadline * 1000);
  try {
    // A file never blocks: were it a pipe, the reader's pace would show in the guest. The host's address space is the
    // same in every run (setarch), since how much memory the guest finds depends on it.
    await linkRoot(options);
    await runProgram(
      [
        'sh',
        '-c',
        'exec setarch -R "$@" >"$0" 2>&1 </dev/null',
        console,
        options.kernel,
        guestArguments(options),
        'con0=null,fd:1',
      ],
      {
        cwd: options.folder,
        base: await guestEnvironment(),
        signal: AbortSignal.any([options.signal, late]),
        line: () => {},
      },
    );
  } catch (error) {
    if (options.signal.aborted) throw error;
    if (late.aborted) throw new GuestError(`the guest had not ended after ${options.deadline} s`, console);
    throw new GuestError(
      await reason(console, `the guest ended badly (${(error as Error).message})`),
      console,
    );
  }
  await checkEnd(options.folder, console);
}

/** Leads the guest to its file system, below the only folder of the host that it sees. */
export async function linkRoot({ root, folder }: Pick<GuestOptions, 'root' | 'folder'>): Promise<void> {
  await symlink(root, join(folder, 'root'));
}

async function checkEnd(folder: string, console: string): Promise<void> {
  const said = await reason(console, '');
  if (said !== '') throw new GuestError(said, console);
  const status = await readFile(join(folder, 'status'), 'utf8').catch(() => undefined);
  if (status === undefined) throw new GuestError('the guest gave no result', console);
  if (status.trim() !== 'ok') throw new GuestError(status.trim(), console);
}

async function reason(console: string, otherwise: string): Promise<string> {
  const warning = findWarning(await readFile(console, 'utf8').catch(() => ''));
  return warning === undefined ? otherwise : `the guest's kernel said: ${warning}`;
}

/** The environment of the kernel's process. */
export async function guestEnvironment(): Promise<Record<string, string>> {
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

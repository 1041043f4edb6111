// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** One step of the pipeline: a pure description of what goes in, and one function that makes the output. */
export interface Stage {
  /** Shown to people and used in paths: `package:busybox`, `rootfs`. Unique within one build. */
  readonly id: string;
  /** Everything that decides the output besides `deps`: versions, flags, content hashes. Must survive JSON. */
  readonly inputs: unknown;
  /**
   * Programs of the build machine itself that `run` calls and that could shape the output, with their versions
   * (`packageVersions`). Part of the key, but not of what names the sources: another machine's image is the same one.
   */
  readonly machine?: Readonly<Record<string, string>>;
  /** Stages whose outputs `run` may read; their keys are part of this stage's key. */
  readonly deps: readonly Stage[];
  /**
   * The output carries the build's date: SOURCE_DATE_EPOCH is part of the key. Compilers and packages leave this out
   * and see `UNDATED_EPOCH`, so that a new commit, which moves the default date, does not rebuild the world.
   */
  readonly dated?: true;
  /**
   * Makes the output below `ctx.out` and nowhere else. A throw fails the build; nothing of it is kept in the
   * cache, and `ctx.work` stays for a look.
   */
  run(ctx: StageContext): Promise<void>;
}

/** What stages that are not `dated` see as SOURCE_DATE_EPOCH: 2025-01-01, in seconds. */
export const UNDATED_EPOCH = 1_735_689_600;

export interface StageContext {
  /** Empty directory that becomes the stage's output. Its path differs between machines: keep it out of files. */
  readonly out: string;
  /** Empty scratch directory, removed on success and kept on failure. */
  readonly work: string;
  /** Directory that outlives the stage, for what saves time and shapes no output; other stages use it at the same time. */
  readonly shared: string;
  /** Directory of a dependency's output, to be read only. Throws when `dep` is not in `deps`. */
  output(dep: Stage): string;
  readonly log: StageLog;
  /**
   * Runs a program with its output in the stage's log file. Nested lists are flattened, so that flags stay lists.
   * Fails with the program's name and exit status; the whole process group is killed when the build is aborted.
   */
  exec(argv: Argv, options?: ExecOptions): Promise<void>;
  /** Like `exec`, but gives back what the program wrote to standard output (standard error goes to the log). */
  read(argv: Argv, options?: ExecOptions): Promise<string>;
  /** SOURCE_DATE_EPOCH in seconds; also in the environment of every program. The build's only for a `dated` stage. */
  readonly epoch: number;
  /** How many jobs a `make -j` of this stage may use. */
  readonly jobs: number;
  /** Aborted when the build is interrupted. */
  readonly signal: AbortSignal;
}

export type Argv = readonly (string | Argv)[];

export interface ExecOptions {
  /** Default: the stage's `work`. */
  readonly cwd?: string;
  /** Added to the stage's own clean environment (PATH, HOME, LC_ALL=C.UTF-8, TZ=UTC, SOURCE_DATE_EPOCH). */
  readonly env?: Readonly<Record<string, string>>;
  /** Text for standard input; default: none (end of file). */
  readonly input?: string;
}

export interface StageLog {
  /** Where the log file is. */
  readonly path: string;
  /** Writes one line. */
  line(text: string): void;
}

/**
 * Content hash of files and whole trees for a stage's `inputs`: names below each path, the executable bit, link
 * targets and bytes count; times, owners and the place of the tree do not. Throws when a path is missing.
 */
export async function hashTree(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const [index, path] of paths.entries()) {
    for (const [name, value] of await describe(path, '')) hash.update(`${index}\0${name}\0${value}\0`);
  }
  return hash.digest('hex');
}

/** SHA-256 of a JSON-able value, independent of the order of an object's keys. */
export function hashValue(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex');
}

async function describe(path: string, name: string): Promise<[string, string][]> {
  const stat = await lstat(path);
  if (stat.isSymbolicLink()) return [[name, `link ${await readlink(path)}`]];
  if (stat.isFile()) {
    const mode = stat.mode & 0o111 ? 'x' : '-';
    return [[name, `file ${mode} ${sha256(await readFile(path))}`]];
  }
  if (!stat.isDirectory()) throw new Error(`${path}: neither a file, a directory nor a link`);
  const entries = (await readdir(path, { withFileTypes: true })).sort(byName);
  const nested = await Promise.all(entries.map((e) => describe(join(path, e.name), `${name}/${e.name}`)));
  return [[name, 'dir'], ...nested.flat()];
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([k, v]) => [k, sorted(v)]));
}

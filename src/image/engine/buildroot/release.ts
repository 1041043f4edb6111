// SPDX-License-Identifier: MIT
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { hashFile, listContents } from '../../cache.ts';
import { BuildError, UsageError } from '../../errors.ts';
import { runProgram } from '../../exec.ts';
import { exists } from '../../exists.ts';
import type { FetchReports } from '../../sources/sources.ts';
import { hashValue } from '../../stage.ts';

/**
 * The release of Buildroot that images are built with: the LTS of 2026. Size and SHA-256 stand in upstream's signed
 * `buildroot-2026.02.3.tar.xz.sign`.
 */
export const release: Release = {
  version: '2026.02.3',
  file: 'buildroot-2026.02.3.tar.xz',
  size: 6_059_504,
  sha256: '5a59e7501b0b4ec52c41f4bfa79412320e0b37eae5f719605a258e8d0c6fc7fb',
  site: 'https://buildroot.org/downloads',
};

export interface Release {
  readonly version: string;
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  readonly site: string;
}

/** A tree of Buildroot, ready for `make -C`. */
export interface BuildrootTree {
  readonly dir: string;
  readonly version: string;
  /** Names its content: two trees with the same one are the same. */
  readonly digest: string;
  /** Where it was taken from, for people. */
  readonly origin: string;
}

export interface TreeOptions {
  /** A tree that the user names; nothing is downloaded then. */
  readonly dir: string | undefined;
  /** Where the release is unpacked and kept. */
  readonly home: string;
  /** Directory that may hold the release's tarball (`plait mirror`). */
  readonly mirror: string | undefined;
  readonly offline: boolean;
}

/** Gives the tree to build with: the one named, else the kept one, else upstream's release, fetched and checked. */
export async function buildrootTree(
  options: TreeOptions,
  reports: FetchReports,
  wanted: Release = release,
): Promise<BuildrootTree> {
  if (options.dir !== undefined) return namedTree(options.dir);
  const dir = keptTree(options.home, wanted);
  const found = await state(dir, wanted);
  if (found === 'altered')
    reports.onNote?.(
      `${dir} is not as upstream released it: unpacked anew; for a tree of your own say --buildroot`,
    );
  if (found !== 'whole') {
    await unpack(await tarball(options, wanted, reports), dir, reports.signal);
    await writeFile(recordOf(dir), await record(dir, wanted));
  }
  return { dir, version: wanted.version, digest: wanted.sha256, origin: 'upstream release' };
}

/** Where the release lies when it was unpacked. */
export function keptTree(home: string, { version }: Release = release): string {
  return join(home, `buildroot-${version}`);
}

/** Whether the kept tree is what was unpacked of the checked release; an edit in it would be built as upstream's. */
async function state(dir: string, wanted: Release): Promise<'absent' | 'altered' | 'whole'> {
  if (!(await exists(dir))) return 'absent';
  const recorded = await readFile(recordOf(dir), 'utf8').catch(() => '');
  return recorded === (await record(dir, wanted)) ? 'whole' : 'altered';
}

function recordOf(dir: string): string {
  return `${dir}.digest`;
}

/** The release, and what is in the tree. */
async function record(dir: string, wanted: Release): Promise<string> {
  return `${wanted.sha256} ${await treeDigest(dir)}\n`;
}

/** Python leaves what it compiled beside its sources. */
async function treeDigest(dir: string, skip: ReadonlySet<string> = new Set()): Promise<string> {
  return hashValue(await listContents(dir, (path) => !skip.has(path) && basename(path) !== '__pycache__'));
}

/** Whether `buildrootTree` would need the network. */
export async function treeIsAtHand(options: Omit<TreeOptions, 'offline'>): Promise<boolean> {
  if (options.dir !== undefined || (await exists(keptTree(options.home)))) return true;
  return options.mirror !== undefined && (await exists(join(options.mirror, release.file)));
}

async function namedTree(given: string): Promise<BuildrootTree> {
  const dir = resolve(given);
  const makefile = await readFile(join(dir, 'Makefile'), 'utf8').catch(() => '');
  const version = /^export BR2_VERSION := (\S+)$/m.exec(makefile)?.[1];
  if (version === undefined)
    throw new UsageError(`${dir} is not a tree of Buildroot: no Makefile with BR2_VERSION`);
  const series = release.version.split('.').slice(0, 2).join('.');
  if (version !== series && !version.startsWith(`${series}.`))
    throw new UsageError(
      `${dir} is Buildroot ${version}; it must be of the series ${series}, best ${release.version}`,
    );
  const skip = new Set(['.git', 'dl', 'output']);
  const digest = await treeDigest(dir, skip);
  return { dir, version, digest, origin: dir };
}

/** The release's tarball, checked: out of the mirror, or downloaded. */
async function tarball(options: TreeOptions, release: Release, reports: FetchReports): Promise<string> {
  const mirrored = options.mirror === undefined ? undefined : join(options.mirror, release.file);
  if (mirrored !== undefined && (await exists(mirrored))) {
    if ((await hashFile(mirrored)) !== release.sha256)
      throw new BuildError(`${mirrored} does not have the SHA-256 ${release.sha256} of upstream's release`);
    return mirrored;
  }
  const path = join(options.home, release.file);
  if ((await hashFile(path).catch(() => undefined)) !== release.sha256) {
    await rm(path, { force: true });
    if (options.offline)
      throw new BuildError(
        `Buildroot ${release.version} is neither in the cache nor in a mirror, and --offline forbids to fetch it; ` +
          'name a tree by --buildroot DIR',
      );
    await download(release, path, reports);
  }
  return path;
}

/**
 * Downloads the release to `path`. What an interrupted download left is gone on with; what does not have the right
 * SHA-256 is removed. Throws a BuildError.
 */
export async function download(
  { version, file, size, sha256, site }: Release,
  path: string,
  reports: FetchReports,
): Promise<void> {
  const url = `${site}/${file}`;
  await mkdir(join(path, '..'), { recursive: true });
  const part = `${path}.part`;
  const what = `Buildroot ${version}`;
  const begin = Date.now();
  reports.onFetch?.(what);
  const flags = [
    '--continue',
    '--no-verbose',
    '--show-progress',
    '--progress=dot:binary',
    '--timeout=30',
    '--tries=3',
  ];
  const line = (text: string) => {
    const percent = /\s(\d+%)/.exec(text)?.[1];
    if (percent === undefined) reports.line?.(text);
    else reports.onFetch?.(`${what}, ${percent} of ${(size / 1e6).toFixed(1)} MB`);
  };
  const base = { ...(process.env as Record<string, string>), LC_ALL: 'C.UTF-8' };
  try {
    await runProgram(['wget', flags, `--output-document=${part}`, url], {
      cwd: '/',
      base,
      signal: reports.signal,
      line,
    });
  } catch (error) {
    if (reports.signal.aborted) throw error;
    throw new BuildError(
      `${url} cannot be fetched: ${(error as Error).message}. Name a tree by --buildroot DIR or BUILDROOT_DIR, or take --engine debian`,
      { cause: error },
    );
  }
  const found = await hashFile(part);
  if (found !== sha256) {
    await rm(part);
    throw new BuildError(`${url} gave a file with SHA-256 ${found}; upstream's release has ${sha256}`);
  }
  await rename(part, path);
  reports.onFetched?.(what, (Date.now() - begin) / 1000);
}

async function unpack(file: string, dir: string, signal: AbortSignal): Promise<void> {
  const fresh = `${dir}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  const base = process.env as Record<string, string>;
  const argv = ['tar', '-xf', file, '-C', fresh, '--strip-components=1', '--no-same-owner'];
  await runProgram(argv, { cwd: '/', base, signal, line: () => {} });
  await rm(dir, { recursive: true, force: true });
  await rename(fresh, dir);
}

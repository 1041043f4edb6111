// SPDX-License-Identifier: MIT
/** What fills a cache, by kind, and when it was last used. */
import { execFile } from 'node:child_process';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders of a cache, how deep the parts that are kept or removed as a whole lie in them, and what they are. */
const KINDS: Readonly<Record<string, { depth: number; what: string }>> = {
  stages: { depth: 1, what: 'results of stages' },
  sources: { depth: 2, what: 'sources, and indexes of the archive' },
  buildroot: { depth: 2, what: 'Buildroot: its release, downloads and output folders' },
  shared: { depth: 1, what: 'objects of compilers, to be taken again' },
  work: { depth: 1, what: 'interrupted builds' },
  logs: { depth: 2, what: 'logs' },
};
const OTHER = 'other';

/** Who builds now, and how long stages take: small, and not for removing. */
const KEPT = ['building', 'lock', 'builder.lock', 'times.json'];

export interface CachePart {
  readonly kind: string;
  readonly path: string;
  /** Space on the disk. */
  readonly bytes: number;
  readonly used: Date;
}

export interface KindUsage {
  readonly kind: string;
  readonly what: string;
  readonly parts: number;
  readonly bytes: number;
}

/** Every part of a cache; none when there is no cache. */
export async function cacheParts(cache: string): Promise<CachePart[]> {
  const found: Omit<CachePart, 'bytes'>[] = [];
  for (const name of await namesIn(cache)) {
    if (KEPT.includes(name)) continue;
    const kind = KINDS[name] ? name : OTHER;
    for (const path of await below(join(cache, name), KINDS[name]?.depth ?? 0))
      found.push({ kind, path, used: await lastUse(path) });
  }
  const bytes = await diskUsage(found.map(({ path }) => path));
  return found.map((part, at) => ({ ...part, bytes: bytes[at] ?? 0 }));
}

/** Sums, the largest first. */
export function usageByKind(parts: readonly CachePart[]): KindUsage[] {
  const kinds = [...new Set(parts.map(({ kind }) => kind))];
  return kinds
    .map((kind) => {
      const own = parts.filter((part) => part.kind === kind);
      const bytes = own.reduce((sum, part) => sum + part.bytes, 0);
      return {
        kind,
        what: KINDS[kind]?.what ?? 'what no build of this version makes',
        parts: own.length,
        bytes,
      };
    })
    .sort((a, b) => b.bytes - a.bytes);
}

export async function removeParts(parts: readonly CachePart[]): Promise<void> {
  for (const { path } of parts) await rm(path, { recursive: true, force: true });
}

async function below(path: string, depth: number): Promise<string[]> {
  if (depth === 0) return [path];
  const names = await namesIn(path);
  return (await Promise.all(names.map((name) => below(join(path, name), depth - 1)))).flat();
}

/** Nothing is in what is no folder. */
async function namesIn(path: string): Promise<string[]> {
  return (
    await readdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
      throw error;
    })
  ).sort();
}

/** A stage that is taken from the cache touches its `entry.json`. */
async function lastUse(path: string): Promise<Date> {
  const entry = await lstat(join(path, 'entry.json')).catch(() => undefined);
  return (entry ?? (await lstat(path))).mtime;
}

/** Bytes on the disk of each path, by `du`. */
function diskUsage(paths: readonly string[]): Promise<number[]> {
  if (paths.length === 0) return Promise.resolve([]);
  const argv = ['--summarize', '--block-size=1', '--null', '--files0-from=-'];
  return new Promise((resolve, reject) => {
    const du = execFile('du', argv, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => {
      if (error) return reject(error);
      const sizes = new Map(
        stdout.split('\0').map((line) => {
          const [size, ...path] = line.split('\t');
          return [path.join('\t'), Number(size)];
        }),
      );
      // What is linked into several parts counts where it is met first.
      resolve(paths.map((path) => sizes.get(path) ?? 0));
    });
    du.stdin?.end(paths.join('\0'));
  });
}

// SPDX-License-Identifier: MIT
/** The same board's parts by either engine, out of the user's cache or built. */
import { cp, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { loadBoard } from '../../src/image/board.ts';
import { StageCache } from '../../src/image/cache.ts';
import { cacheDir } from '../../src/image/cache-dir.ts';
import { type EngineName, engines } from '../../src/image/engine/engines.ts';
import { lockCache } from '../../src/image/lock.ts';
import { runStages } from '../../src/image/runner.ts';
import { Sources } from '../../src/image/sources/sources.ts';
import { UNDATED_EPOCH } from '../../src/image/stage.ts';

export interface BuiltParts {
  /** Components of the image by name, with their versions. */
  readonly components: ReadonlyMap<string, string>;
  /** Who brings a file of the root file system. */
  readonly files: ReadonlyMap<string, string>;
  /** The kernel's .config. */
  readonly config: string;
}

/** Builds a board's parts. */
export async function builtParts(name: string, engine: EngineName): Promise<BuiltParts> {
  const cache = cacheDir();
  const { signal } = new AbortController();
  const release = await lockCache(cache, `test of engine ${engine}`, () => {});
  try {
    const made = await engines[engine]({
      cache,
      dir: process.env.BUILDROOT_DIR,
      toolchain: 'external',
      mirror: undefined,
      offline: false,
      overrides: process.env.BUILDROOT_OVERRIDES,
      jobs: availableParallelism(),
    });
    const sources = new Sources({ cache, signal });
    const parts = await made.plan(await loadBoard(name), { sources, version: '0.1.0', reports: { signal } });
    const targets = [...parts.packages, parts.kernel];
    const stages = new StageCache(cache);
    const results = await runStages(targets, {
      cache: stages,
      logs: join(cache, 'logs', name),
      epoch: UNDATED_EPOCH,
    });
    const files = new Map<string, string>();
    for (const { id } of parts.packages)
      for (const path of await listFiles(join(results.get(id)?.out ?? '', 'root'))) files.set(path, id);
    const config = await readFile(join(results.get('kernel')?.out ?? '', 'config'), 'utf8');
    return { components: new Map(parts.bom.map((entry) => [entry.name, entry.version])), files, config };
  } finally {
    await release();
  }
}

/**
 * Fills `dir` as a cache in which everything has to be built but the compiler, with the sources and Buildroot's output
 * directories of the user's own.
 */
export async function cacheWithoutParts(dir: string): Promise<void> {
  const cache = cacheDir();
  for (const name of ['sources', 'buildroot']) await symlink(join(cache, name), join(dir, name));
  await mkdir(join(dir, 'stages'));
  for (const name of await readdir(join(cache, 'stages')))
    if (/^(source|debian|compiler|toolchain|linux-source)-/.test(name))
      await cp(join(cache, 'stages', name), join(dir, 'stages', name), {
        recursive: true,
        verbatimSymlinks: true,
      });
}

async function listFiles(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

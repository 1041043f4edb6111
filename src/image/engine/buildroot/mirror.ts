// SPDX-License-Identifier: MIT
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Board } from '../../board.ts';
import { exists } from '../../exists.ts';
import { kernelSeries } from '../../kernel/source.ts';
import type { EngineContext } from '../engine.ts';
import { defconfig } from './defconfig.ts';
import { type BuildrootOptions, buildrootHome, externalTree, mirrorSite } from './engine.ts';
import { lookUp } from './look-up.ts';
import { localLines } from './output.ts';
import { readOverrides } from './overrides.ts';
import { buildrootTree, release } from './release.ts';

/**
 * Collects in `dir` what engine buildroot needs for a board: the release of Buildroot, unless a tree is named, and the
 * packages' sources, out of Debian's archive where it has the very same file, else from upstream. Throws a BuildError
 * that lists what could not be had; the rest is there then.
 */
export async function mirrorBuildroot(
  board: Board,
  dir: string,
  options: BuildrootOptions,
  { sources, reports }: Pick<EngineContext, 'sources' | 'reports'>,
): Promise<void> {
  const home = buildrootHome(options.cache);
  const tree = await buildrootTree(
    { dir: options.dir, home, mirror: dir, offline: options.offline },
    reports,
  );
  const tarball = join(home, release.file);
  if (options.dir === undefined && (await exists(tarball))) {
    await mkdir(dir, { recursive: true });
    await copyFile(tarball, join(dir, release.file));
  }
  const overrides = options.overrides === undefined ? undefined : await readOverrides(options.overrides);
  const downloads = mirrorSite(dir);
  const lines = defconfig(board, options.toolchain);
  await lookUp(
    {
      make: { tree: tree.dir, external: externalTree, output: join(home, 'mirror', board.name) },
      lines,
      local: localLines({ ...options, downloads, mirror: undefined, overrides: overrides?.file }),
      downloads,
      key: `${tree.digest} ${overrides?.digest} ${lines.join(' ')}`,
      overrides: overrides?.list ?? [],
      kernel: kernelSeries,
      fromDebian: (hashes) => sources.tarballs(hashes),
      first: 'debian',
    },
    reports,
  );
}

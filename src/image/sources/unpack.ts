// SPDX-License-Identifier: MIT
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildError } from '../errors.ts';
import type { StageContext } from '../stage.ts';
import type { PackageStage } from './sources.ts';

/**
 * Unpacks a source package below `ctx.work` and gives the directory with upstream's top level in it. `source` must be
 * among the stage's `deps`.
 */
export async function unpackSource(ctx: StageContext, source: PackageStage): Promise<string> {
  const main = source.info.files.find((file) => /^[^_]+_[^_]+?(\.orig)?\.tar\.\w+$/.test(file.name));
  if (!main)
    throw new BuildError(`source package ${source.info.package} has no tarball of the upstream source`);
  const dir = join(ctx.work, source.info.package);
  await mkdir(dir, { recursive: true });
  const archive = join(ctx.output(source), main.name);
  await ctx.exec(['tar', '-xf', archive, '-C', dir, '--strip-components=1', '--no-same-owner']);
  return dir;
}

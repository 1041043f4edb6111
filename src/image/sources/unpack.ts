// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildError } from '../errors.ts';
import type { StageContext } from '../stage.ts';
import { place } from './files.ts';
import type { PackageInfo, PackageStage } from './package.ts';

/** Patches of Debian that are left out, by their name in `debian/patches/series`, with the reason. */
export type SkippedPatches = Readonly<Record<string, string>>;

/**
 * Unpacks a source package below `ctx.work`, with Debian's changes, and gives the directory of the source tree. This is
 * dpkg-source's work, which knows every format; the tree is what Debian itself would compile. `source` must be among
 * the stage's `deps`.
 */
export async function unpackSource(
  ctx: StageContext,
  source: PackageStage,
  skipped: SkippedPatches = {},
): Promise<string> {
  const { info } = source;
  const dir = join(ctx.work, info.package);
  const files = join(ctx.work, `${info.package}.source`);
  await mkdir(files);
  for (const { name } of info.files) await place(join(ctx.output(source), name), join(files, name));
  const dsc = join(files, 'source.dsc');
  await writeFile(dsc, await description(info, files));
  const names = Object.keys(skipped);
  const how = names.length > 0 ? ['--skip-patches'] : [];
  await ctx.exec(['dpkg-source', '--no-copy', how, '--extract', dsc, dir]);
  if (names.length > 0) {
    await leaveOut(names, info, join(dir, 'debian/patches/series'));
    await ctx.exec(['dpkg-source', '--before-build', dir]);
  }
  // All of one date: make must not regenerate `configure` because a patch made its source the newer file.
  await ctx.exec(['find', dir, '-exec', 'touch', '--no-dereference', `--date=@${ctx.epoch}`, '{}', '+']);
  return dir;
}

/**
 * What dpkg-source reads a source package by. Debian's own `.dsc` also lists upstream's signatures, without which
 * dpkg-source would not begin, and says nothing that the signed index does not.
 */
async function description(info: PackageInfo, dir: string): Promise<string> {
  const rows = await Promise.all(
    info.files.map(async ({ name, size, sha256 }) => {
      const md5 = createHash('md5')
        .update(await readFile(join(dir, name)))
        .digest('hex');
      return { sha256: ` ${sha256} ${size} ${name}`, md5: ` ${md5} ${size} ${name}` };
    }),
  );
  return [
    `Format: ${info.format ?? '1.0'}`,
    `Source: ${info.package}`,
    `Version: ${info.version}`,
    'Checksums-Sha256:',
    ...rows.map((row) => row.sha256),
    'Files:',
    ...rows.map((row) => row.md5),
    '',
  ].join('\n');
}

/** Takes patches out of the series. Throws for one that is not in it, so that a reason never outlives its patch. */
async function leaveOut(names: readonly string[], info: PackageInfo, series: string): Promise<void> {
  const lines = (await readFile(series, 'utf8').catch(() => '')).split('\n');
  const nameOf = (line: string) => line.trim().split(/\s/)[0] ?? '';
  for (const name of names)
    if (!lines.some((line) => nameOf(line) === name))
      throw new BuildError(
        `${info.package} ${info.version} has no patch ${name}, which its recipe leaves out`,
      );
  await writeFile(series, lines.filter((line) => !names.includes(nameOf(line))).join('\n'));
}

// SPDX-License-Identifier: MIT
import { link, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../../cache.ts';
import { BuildError } from '../../errors.ts';
import { droppedLines, linuxTarball, type ToolchainKind } from './defconfig.ts';
import type { Buildroot } from './make.ts';

/** What is different on every machine and does not change what comes out. */
export interface LocalOptions {
  /** BR2_DL_DIR: sources, kept over builds. */
  readonly downloads: string;
  /** BR2_PRIMARY_SITE; with `offline` the only one. */
  readonly mirror: string | undefined;
  readonly offline: boolean;
  /** BR2_PACKAGE_OVERRIDE_FILE. */
  readonly overrides: string | undefined;
  /** Compilers at once. */
  readonly jobs: number;
}

export function localLines({ downloads, mirror, offline, overrides, jobs }: LocalOptions): string[] {
  const site = mirror ?? (offline ? downloads : undefined);
  return [
    `BR2_DL_DIR="${downloads}"`,
    ...(site === undefined ? [] : [`BR2_PRIMARY_SITE="file://${site}"`, 'BR2_PRIMARY_SITE_ONLY=y']),
    ...(overrides === undefined ? [] : [`BR2_PACKAGE_OVERRIDE_FILE="${overrides}"`]),
    `BR2_JLEVEL=${jobs}`,
  ];
}

/** Configures the output directory. Throws a BuildError when Kconfig dropped a line. */
export async function configure(
  buildroot: Buildroot,
  lines: readonly string[],
  local: readonly string[],
): Promise<void> {
  const { output } = buildroot;
  const file = join(output, 'plait/defconfig');
  // Buildroot refuses to do anything when its patches' directory is not there.
  await mkdir(join(output, 'plait/patches'), { recursive: true });
  const all = [...lines, ...local];
  await writeFile(file, `${all.join('\n')}\n`);
  await buildroot.make(['defconfig', `BR2_DEFCONFIG=${file}`]);
  const dropped = droppedLines(all, await readFile(join(output, '.config'), 'utf8'));
  if (dropped.length > 0)
    throw new BuildError(`Buildroot is not configured as asked for:\n  ${dropped.join('\n  ')}`);
}

/**
 * Puts the kernel's tarball where Buildroot looks for it, with its hash beside the patches: Buildroot's own hashes
 * cover the kernels that it knows only.
 */
export async function placeLinux(
  output: string,
  downloads: string,
  tarball: string,
  toolchain: ToolchainKind,
) {
  for (const dir of [join(output, 'plait'), join(downloads, 'linux')]) {
    await mkdir(dir, { recursive: true });
    await rm(join(dir, linuxTarball), { force: true });
    await link(tarball, join(dir, linuxTarball)).catch(async () => {
      await writeFile(join(dir, linuxTarball), await readFile(tarball));
    });
  }
  const line = `# Out of Debian's signed archive.\nsha256  ${await hashFile(tarball)}  ${linuxTarball}\n`;
  for (const name of toolchain === 'internal' ? ['linux', 'linux-headers'] : ['linux']) {
    const dir = join(output, 'plait/patches', name);
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, `${name}.hash`), line);
  }
}

/**
 * Makes Buildroot install everything into an empty `target/` again: it never removes from it what a package has
 * stopped to install. Packages whose unpacking, patching or configuring was interrupted begin anew.
 */
export async function forgetInstalled(output: string): Promise<void> {
  for (const dir of ['target', 'images']) await rm(join(output, dir), { recursive: true, force: true });
  const build = join(output, 'build');
  for (const name of await readdir(build).catch(() => [] as string[])) {
    const dir = join(build, name);
    if (name === 'buildroot-config' || !(await stat(dir)).isDirectory()) continue;
    const files = new Set(await readdir(dir));
    if (!files.has('.stamp_configured')) {
      await rm(dir, { recursive: true, force: true });
      continue;
    }
    // With a picture of target/ that Buildroot once took, it would list what others have installed since.
    for (const stamp of ['.stamp_target_installed', '.stamp_images_installed', '.files-list.before'])
      await rm(join(dir, stamp), { force: true });
  }
}

/**
 * Has one of Plait's own packages, whose sources Buildroot does not watch, built anew when something that it is made
 * of is not what it was. `made` names all of that.
 */
export async function forgetChanged(output: string, name: string, made: string): Promise<void> {
  const mark = join(output, 'plait', `${name}.of`);
  if ((await readFile(mark, 'utf8').catch(() => '')) === made) return;
  await rm(join(output, 'build', name), { recursive: true, force: true });
  await writeFile(mark, made);
}

/** Keeps the output directory in use and the one used before it: each takes some gigabytes. */
export async function pruneOutputs(home: string, board: string, current: string): Promise<void> {
  const now = new Date();
  await utimes(current, now, now);
  const names = (await readdir(home)).filter((name) => name.startsWith(`${board}-`));
  const dated = await Promise.all(
    names.map(async (name) => ({ name, time: (await stat(join(home, name))).mtimeMs })),
  );
  for (const { name } of dated.sort((a, b) => b.time - a.time).slice(2))
    await rm(join(home, name), { recursive: true, force: true });
}

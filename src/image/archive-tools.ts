// SPDX-License-Identifier: MIT
import { chmod, mkdir, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { codeOf } from './code-key.ts';
import { exists } from './exists.ts';
import type { PackageStage, Sources } from './sources/sources.ts';
import type { Stage } from './stage.ts';

/**
 * Programs that shape an image's bytes are taken out of Debian's archive like the compiler, with the libraries that
 * they load: so neither the release nor an update of the build machine's own changes an image.
 */
interface ToolSet {
  readonly id: string;
  readonly packages: readonly string[];
  readonly programs: Readonly<Record<string, Program>>;
}

/** How a wrapper calls a program of the tree (`$here`). */
interface Program {
  /** File and first arguments. Default: the wrapper's own name. */
  readonly argv?: readonly string[];
  /** What the program's environment must say of the tree. */
  readonly env?: readonly string[];
}

/** What makes file systems, packs them, and indexes modules. */
const image: ToolSet = {
  id: 'image-tools',
  packages: [
    ...['dosfstools', 'e2fsprogs', 'fdisk', 'kmod', 'mtools', 'squashfs-tools', 'xz-utils'],
    ...[
      'libblkid1',
      'libcom-err2',
      'libext2fs2',
      'libfdisk1',
      'libkmod2',
      'liblz4-1',
      'liblzma5',
      'liblzo2-2',
    ],
    ...['libreadline8', 'libsmartcols1', 'libssl3', 'libtinfo6', 'libuuid1', 'libzstd1', 'zlib1g'],
  ],
  programs: {
    depmod: {},
    mcopy: {},
    mke2fs: {},
    'mkfs.fat': {},
    mksquashfs: {},
    mmd: {},
    sfdisk: {},
    xz: {},
  },
};

const bisonEnvironment = ['BISON_PKGDATADIR="$here/usr/share/bison"', 'M4="$here/usr/bin/m4"'];

/** What writes C that is then compiled for the board. */
const generators: ToolSet = {
  id: 'generators',
  packages: ['bison', 'flex', 'm4', 'libsigsegv2'],
  programs: {
    bison: { env: bisonEnvironment },
    flex: { env: ['M4="$here/usr/bin/m4"'] },
    // Debian has no file of that name but a link that its alternatives make when the package is set up.
    yacc: { argv: ['bison', '-y'], env: bisonEnvironment },
    m4: {},
  },
};

/** Output: `bin/<tool>` for mksquashfs, mke2fs, mkfs.fat, mcopy, mmd, sfdisk, depmod and xz. */
export function imageToolsStage(sources: Sources): Promise<Stage> {
  return toolsStage(image, sources);
}

/** Output: `bin/` with bison, yacc, flex and m4. */
export function generatorsStage(sources: Sources): Promise<Stage> {
  return toolsStage(generators, sources);
}

async function toolsStage({ id, packages, programs }: ToolSet, sources: Sources): Promise<Stage> {
  const stages: PackageStage[] = [];
  for (const name of packages) stages.push(await sources.binary({ name, releases: ['bookworm'] }));
  return {
    id,
    inputs: { programs, code: await codeOf(import.meta.url) },
    deps: stages,
    async run(ctx) {
      const dirs = ['lib', 'bin'].map((dir) => join(ctx.out, 'usr', dir));
      await ctx.exec(['mkdir', '-p', dirs, join(ctx.out, 'usr/share'), join(ctx.out, 'bin')]);
      for (const stage of stages) {
        const root = join(ctx.output(stage), 'root');
        // Programs and libraries lie in either half of the tree; documentation is not needed.
        for (const [from, to] of places)
          await ctx.exec(['sh', '-c', copyIfThere, 'copy', join(root, from), join(ctx.out, to)]);
      }
      await keepLinksInside(join(ctx.out, 'usr/bin'));
      for (const [name, { argv = [name], env = [] }] of Object.entries(programs))
        await writeScript(join(ctx.out, 'bin', name), [
          ...wrapperHead,
          ...env.map((one) => `export ${one}`),
          `exec "$here"/usr/bin/${argv.join(' ')} "$@"`,
        ]);
    },
  };
}

const places = [
  ...['lib', 'usr/lib'].map((from) => [from, 'usr/lib'] as const),
  ...['bin', 'sbin', 'usr/bin', 'usr/sbin'].map((from) => [from, 'usr/bin'] as const),
  ['usr/share/bison', 'usr/share/bison'] as const,
];

/**
 * Programs that a package has by links to an absolute path (`depmod` → `/bin/kmod`): they are the tree's own, where it has them,
 * and never the build machine's.
 */
async function keepLinksInside(dir: string): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    const to = entry.isSymbolicLink() ? await readlink(path) : '';
    if (!isAbsolute(to)) continue;
    await rm(path);
    if (await exists(join(dir, basename(to)))) await symlink(basename(to), path);
  }
}

const copyIfThere = 'if [ -d "$1" ]; then mkdir -p "$2" && cp -a "$1/." "$2"; fi';

/** The first lines of a wrapper script: `$here` is the top of the tree, and the tree's own libraries are used. */
export const wrapperHead = [
  '#!/bin/sh',
  'here=${0%/*}/..',
  'export LD_LIBRARY_PATH="$here/usr/lib/x86_64-linux-gnu"',
];

/** Writes an executable script. */
export async function writeScript(path: string, lines: readonly string[]): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `${lines.join('\n')}\n`);
  await chmod(path, 0o755);
}

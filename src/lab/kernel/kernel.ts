// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf } from '../../image/code-key.ts';
import { checkConfig, fixedBanner, type KernelParts, kernelMake } from '../../image/kernel/build.ts';
import { formatConfig, readFragments } from '../../image/kernel/fragments.ts';
import type { Stage, StageContext } from '../../image/stage.ts';

/** The lab's kernels: the plain one, one with the kernel's own checks, and one that a debugger can read. */
export const kernelVariants = ['plain', 'debug', 'gdb'] as const;
export type KernelVariant = (typeof kernelVariants)[number];

const fragments: Readonly<Record<KernelVariant, readonly string[]>> = {
  plain: ['lab.config'],
  debug: ['lab.config', 'debug.config'],
  gdb: ['lab.config', 'gdb.config'],
};

/**
 * A User Mode Linux kernel. Output: `linux`, the executable; `config`; `release`; `build/`, what modules from
 * outside the tree are built against; and for `gdb` its commands in `gdb/`.
 */
export async function umlKernelStage(variant: KernelVariant, parts: KernelParts): Promise<Stage> {
  const wishes = await readFragments(fragments[variant].map(ownFile));
  return {
    id: `lab-kernel-${variant}`,
    inputs: { config: formatConfig(wishes), code: await codeOf(import.meta.url) },
    deps: [parts.linux, parts.compiler],
    async run(ctx) {
      const build = join(ctx.out, 'build');
      const make = kernelMake(ctx, parts, build);
      const start = join(ctx.work, 'wishes.config');
      await writeFile(start, formatConfig(wishes));
      await ctx.exec([make, 'allnoconfig'], { env: { KCONFIG_ALLCONFIG: start } });
      await checkConfig(join(build, '.config'), wishes);
      const targets = ['linux', 'modules', ...(variant === 'gdb' ? ['scripts_gdb'] : [])];
      await ctx.exec([make, `-j${ctx.jobs}`, targets], { env: fixedBanner });
      await ctx.exec(['cp', '--dereference', join(build, 'linux'), join(ctx.out, 'linux')]);
      await ctx.exec(['cp', join(build, '.config'), join(ctx.out, 'config')]);
      const release = await readFile(join(build, 'include/config/kernel.release'), 'utf8');
      await writeFile(join(ctx.out, 'release'), release);
      if (variant === 'gdb') await keepScripts(ctx, build);
      await pruneBuildTree(ctx, build);
    },
  };
}

function ownFile(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** gdb's commands for the kernel, `lx-symbols` and others: `gdb/vmlinux-gdb.py` and what it imports. */
async function keepScripts(ctx: StageContext, build: string): Promise<void> {
  const to = join(ctx.out, 'gdb');
  await ctx.exec(['mkdir', '-p', join(to, 'scripts')]);
  await ctx.exec(['cp', '-aL', join(build, 'scripts/gdb'), join(to, 'scripts')]);
  await ctx.exec(['cp', '-aL', join(build, 'vmlinux-gdb.py'), to]);
}

/** Keeps what a module from outside needs: configuration, headers, symbols, and the build's own programs. */
async function pruneBuildTree(ctx: StageContext, build: string): Promise<void> {
  const keep = [
    './scripts/*',
    './include/*',
    './arch/*/include/*',
    './.config',
    './Makefile',
    './Module.symvers',
  ];
  const kept = keep.flatMap((path) => ['!', '-path', path]);
  await ctx.exec(['find', '.', '!', '-type', 'd', kept, '-delete'], { cwd: build });
  await ctx.exec(['find', '.', '-type', 'd', '-empty', '-delete'], { cwd: build });
}

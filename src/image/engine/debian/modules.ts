// SPDX-License-Identifier: MIT
import { appendFile, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compilePrograms, packageVersions } from '../../build-machine.ts';
import { codeOf } from '../../code-key.ts';
import { cachedCompiler } from '../../compiler-cache.ts';
import { type KernelParts, kernelMake } from '../../kernel/build.ts';
import { hashTree, type Stage } from '../../stage.ts';

const sources = fileURLToPath(new URL('../../../kmod/', import.meta.url));

export interface ModulesOptions {
  /** Default: `modules`. */
  readonly id?: string;
  /** Keep what a debugger needs. Default: no. */
  readonly symbols?: boolean;
  /** C files of more modules, one each, that are built with Plait's own. Default: none. */
  readonly more?: readonly string[];
}

/** Plait's own kernel modules, built against a kernel's `build/`. Output: `lib/modules/<release>/updates/*.ko`. */
export async function modulesStage(
  kernel: Stage,
  parts: KernelParts,
  { id = 'modules', symbols = false, more = [] }: ModulesOptions = {},
): Promise<Stage> {
  return {
    id,
    inputs: { symbols, sources: await hashTree([sources, ...more]), code: await codeOf(import.meta.url) },
    machine: await packageVersions(compilePrograms),
    deps: [kernel, parts.linux, parts.compiler],
    async run(ctx) {
      const release = (await readFile(join(ctx.output(kernel), 'release'), 'utf8')).trim();
      const build = join(ctx.work, 'build');
      await ctx.exec(['cp', '-a', join(ctx.output(kernel), 'build'), build]);
      const tree = join(ctx.work, 'kmod');
      await ctx.exec(['cp', '-a', sources, tree]);
      for (const file of more) {
        await ctx.exec(['cp', file, join(tree, 'linux')]);
        await appendFile(join(tree, 'linux/Kbuild'), `obj-m += ${basename(file, '.c')}.o\n`);
      }
      // Warnings name their source file: without the path of the build machine.
      const map = `KCFLAGS=-ffile-prefix-map=${tree}/=`;
      const { command, env } = cachedCompiler(ctx, join(ctx.output(parts.compiler), 'bin/gcc'));
      const options = [`M=${join(tree, 'linux')}`, `CC=${command}`, map, `-j${ctx.jobs}`];
      await ctx.exec([kernelMake(ctx, parts, build), options, 'modules'], { env });
      const to = join(ctx.out, 'lib/modules', release, 'updates');
      await ctx.exec(['mkdir', '-p', to]);
      const built = (await ctx.read(['find', join(tree, 'linux'), '-name', '*.ko']))
        .split('\n')
        .filter((path) => path !== '');
      await ctx.exec(['cp', built.sort(), to]);
      if (symbols) return;
      const strip = join(ctx.output(parts.compiler), 'bin/strip');
      for (const path of built)
        await ctx.exec([strip, '--strip-debug', join(to, path.slice(path.lastIndexOf('/') + 1))]);
    },
  };
}

// SPDX-License-Identifier: MIT
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { wrapperHead, writeScript } from '../../archive-tools.ts';
import { codeOf } from '../../code-key.ts';
import type { PackageStage, Sources } from '../../sources/sources.ts';
import type { Stage } from '../../stage.ts';
import type { Arch } from './arch.ts';

/** gcc's major version in the names of programs and packages. */
const gcc = '12';

/** Programs of binutils that builds ask for. */
export const binutils =
  'addr2line ar as ld ld.bfd nm objcopy objdump ranlib readelf size strings strip'.split(' ');

/**
 * Debian's compiler for the board, without a C library. Output: the unpacked packages, and `bin/<tool>`, plain names
 * that run with the libraries beside them: good for the kernel (`CROSS_COMPILE=<out>/bin/`).
 */
export async function compilerStage(arch: Arch, sources: Sources): Promise<Stage> {
  const packages: PackageStage[] = [];
  for (const request of arch.compiler) packages.push(await sources.binary(request));
  return {
    id: 'compiler',
    inputs: { arch, code: await codeOf(import.meta.url) },
    deps: packages,
    async run(ctx) {
      for (const stage of packages) await ctx.exec(['cp', '-a', `${ctx.output(stage)}/root/.`, ctx.out]);
      await ctx.exec([
        'find',
        ctx.out,
        '(',
        unneeded.flatMap((name) => ['-name', name, '-o']),
        '-false',
        ')',
        '-delete',
      ]);
      await ctx.exec(['rm', '-rf', unneededTrees.map((path) => join(ctx.out, path))]);
      // gcc looks for the assembler and the linker here.
      const own = join(ctx.out, 'usr', arch.gnu, 'bin');
      await mkdir(own, { recursive: true });
      for (const tool of binutils) await link(`../../bin/${arch.gnu}-${tool}`, join(own, tool));
      await mkdir(join(ctx.out, 'bin'));
      for (const tool of binutils) await writeWrapper(ctx.out, tool, `${arch.gnu}-${tool}`);
      for (const tool of ['gcc', 'cpp']) await writeWrapper(ctx.out, tool, `${arch.gnu}-${tool}-${gcc}`);
      for (const tool of ['gcc-ar', 'gcc-nm', 'gcc-ranlib'])
        await writeWrapper(ctx.out, tool, `${arch.gnu}-${tool}-${gcc}`);
    },
  };
}

/** Path of the compiler proper below the output. */
export function compilerProgram(arch: Arch): string {
  return `usr/bin/${arch.gnu}-gcc-${gcc}`;
}

async function writeWrapper(out: string, name: string, program: string): Promise<void> {
  await writeScript(join(out, 'bin', name), [...wrapperHead, `exec "$here/usr/bin/${program}" "$@"`]);
}

async function link(target: string, path: string): Promise<void> {
  await symlink(target, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

const unneeded = [
  ...['lto1', '*lto-dump*', '*-gcov*', '*-gp*', '*-dwp', '*-ld.gold', 'ld.gold', 'dwp'],
  ...['lib[alt]*san*', 'libubsan*', 'libgomp*', 'libitm*', 'libquadmath*', 'libgprofng*'],
];
const unneededTrees = ['usr/share', 'usr/lib/compat-ld', 'usr/lib/gold-ld'];

// SPDX-License-Identifier: MIT
import { rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wrapperHead, writeScript } from '../../archive-tools.ts';
import type { Board } from '../../board.ts';
import { compilePrograms, packageVersions } from '../../build-machine.ts';
import { codeOf } from '../../code-key.ts';
import type { PackageStage, Sources } from '../../sources/sources.ts';
import { unpackSource } from '../../sources/unpack.ts';
import type { Stage, StageContext } from '../../stage.ts';
import type { Arch } from './arch.ts';
import { binutils, compilerProgram } from './compiler.ts';

/** The C library of every board. */
export const muslRequest = { name: 'musl', range: '>=1.2.3 <1.3', releases: ['trixie', 'bookworm'] } as const;

/** Debian's changelog of musl, below the toolchain's output. */
export const muslChangelog = 'debian/musl.changelog';

export interface Toolchain extends Stage {
  readonly musl: PackageStage;
}

/**
 * The compiler with musl and the kernel's headers. Output: `bin/<target>-<tool>`, `sysroot/`, and `licenses/musl/`.
 * What it compiles runs on the board's CPU, has no paths of the build machine in it (below $PLAIT_WORK), and is
 * protected against stack smashing.
 */
export async function toolchainStage(
  board: Board,
  arch: Arch,
  parts: { readonly compiler: Stage; readonly linux: Stage; readonly sources: Sources },
): Promise<Toolchain> {
  const musl = await parts.sources.source(muslRequest);
  const flags = [`-march=${board.cpu.march}`, '-fcf-protection=none', '-fstack-protector-strong'];
  return {
    id: 'toolchain',
    musl,
    inputs: { arch, flags, code: await codeOf(import.meta.url) },
    machine: await packageVersions(compilePrograms),
    deps: [parts.compiler, parts.linux, musl],
    async run(ctx) {
      await ctx.exec(['cp', '-al', `${ctx.output(parts.compiler)}/.`, ctx.out]);
      await ctx.exec(['rm', '-rf', join(ctx.out, 'bin')]);
      await ctx.exec(['mkdir', '-p', join(ctx.out, 'bin'), join(ctx.out, 'sysroot/usr/lib')]);
      await writeWrappers(ctx.out, arch, flags);
      await installKernelHeaders(ctx, ctx.output(parts.linux), arch);
      await installMusl(ctx, await muslSource(ctx, musl), arch);
      await installStackProtector(ctx, arch);
    },
  };
}

/** The tree that musl is compiled from, with all of Debian's patches. */
export function muslSource(ctx: StageContext, musl: PackageStage): Promise<string> {
  return unpackSource(ctx, musl);
}

async function writeWrappers(out: string, arch: Arch, flags: readonly string[]): Promise<void> {
  const own = [
    '--sysroot="$here/sysroot"',
    '-specs="$here/musl.specs"',
    '-mmusl',
    '-static-libgcc',
    ...flags,
  ];
  const map = '${PLAIT_WORK:+"-ffile-prefix-map=$PLAIT_WORK=."}';
  const run = `exec "$here/${compilerProgram(arch)}" ${own.join(' ')} ${map}`;
  const bin = (tool: string) => join(out, 'bin', `${arch.target}-${tool}`);
  for (const tool of ['gcc', 'cc']) await writeScript(bin(tool), [...wrapperHead, `${run} "$@"`]);
  await writeScript(bin('cpp'), [...wrapperHead, `${run} -E "$@"`]);
  for (const tool of binutils) {
    await writeScript(bin(tool), [...wrapperHead, `exec "$here/usr/bin/${arch.gnu}-${tool}" "$@"`]);
  }
  await writeFile(join(out, 'musl.specs'), `*link_ssp:\n${stackProtectorSpec}\n`);
}

/** Debian's gcc expects this part in glibc; with musl it is a library of its own. */
const stackProtectorSpec =
  '%{fstack-protector|fstack-protector-all|fstack-protector-strong|fstack-protector-explicit:-lssp_nonshared}';

async function installKernelHeaders(ctx: StageContext, linux: string, arch: Arch): Promise<void> {
  const build = join(ctx.work, 'headers');
  const target = `INSTALL_HDR_PATH=${join(ctx.out, 'sysroot/usr')}`;
  const make = ['make', '-C', linux, `O=${build}`, `ARCH=${arch.kernel}`, `-j${ctx.jobs}`];
  await ctx.exec([make, target, 'headers_install']);
}

async function installMusl(ctx: StageContext, src: string, arch: Arch): Promise<void> {
  const tool = (name: string) => join(ctx.out, 'bin', `${arch.target}-${name}`);
  const sysroot = join(ctx.out, 'sysroot');
  const options = { cwd: src, env: { PLAIT_WORK: src } };
  // musl asks the CPU before it touches SSE's control register. An i586 never gets there, and needs no such code.
  if (arch.musl === 'i386') await ctx.exec(['sed', '-i', '/mxcsr/d', 'src/fenv/i386/fenv.s'], options);
  await ctx.exec(
    [
      ['./configure', `--target=${arch.target}`, '--prefix=/usr', '--syslibdir=/lib', '--disable-wrapper'],
      [`CC=${tool('gcc')}`, `AR=${tool('ar')}`, `RANLIB=${tool('ranlib')}`, 'CFLAGS=-Os'],
    ],
    options,
  );
  // One compilation for the shared and the static library: this gcc makes position-independent code for both.
  await ctx.exec(['make', `-j${ctx.jobs}`, 'AOBJS=$(LOBJS)', `DESTDIR=${sysroot}`, 'install'], options);
  // musl's link to its loader is absolute; the loader is the library itself.
  await rename(join(sysroot, 'usr/lib/libc.so'), join(sysroot, 'lib/libc.so'));
  await symlink('../../lib/libc.so', join(sysroot, 'usr/lib/libc.so'));
  const loader = join(sysroot, 'lib', `ld-musl-${arch.musl}.so.1`);
  await rm(loader);
  await symlink('libc.so', loader);
  await ctx.exec([
    'install',
    '-D',
    '-m644',
    join(src, 'COPYRIGHT'),
    join(ctx.out, 'licenses/musl/COPYRIGHT'),
  ]);
  await ctx.exec(['install', '-D', '-m644', join(src, 'debian/changelog'), join(ctx.out, muslChangelog)]);
}

/** On i386 position-independent code calls a hidden function that musl has only for itself. */
async function installStackProtector(ctx: StageContext, arch: Arch): Promise<void> {
  const tool = (name: string) => join(ctx.out, 'bin', `${arch.target}-${name}`);
  const source = [
    'void __stack_chk_fail(void);',
    '__attribute__((visibility("hidden"))) void __stack_chk_fail_local(void) { __stack_chk_fail(); }',
  ];
  await writeFile(join(ctx.work, 'ssp.c'), `${source.join('\n')}\n`);
  await ctx.exec([tool('gcc'), '-Os', '-fPIC', '-c', 'ssp.c', '-o', 'ssp.o']);
  await ctx.exec([tool('ar'), 'rcsD', join(ctx.out, 'sysroot/usr/lib/libssp_nonshared.a'), 'ssp.o']);
}

// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Board } from '../board.ts';
import { compilePrograms, packageVersions } from '../build-machine.ts';
import { codeOf } from '../code-key.ts';
import { BuildError } from '../errors.ts';
import { type Stage, type StageContext, UNDATED_EPOCH } from '../stage.ts';
import { formatConfig, readFragments, unmetWishes, type Wish } from './fragments.ts';

export interface KernelParts {
  /** Output: the source tree. */
  readonly linux: Stage;
  /** Output: `bin/<tool>` for the board's CPU. */
  readonly compiler: Stage;
  /** `ARCH=` of the kernel's makefiles. */
  readonly arch: string;
}

/**
 * The board's kernel. Output: `vmlinuz`, `elf/` (its code with symbols), `config`, `modules/` (a tree with `lib/modules/<release>/`), `release`, `licenses/`, and
 * `build/`, what modules from outside the tree are built against.
 */
export async function kernelStage(board: Board, parts: KernelParts): Promise<Stage> {
  const wishes = await readFragments(board.kernel.fragments);
  return {
    id: 'kernel',
    inputs: {
      config: formatConfig(wishes),
      arch: parts.arch,
      code: await codeOf(import.meta.url),
    },
    machine: await packageVersions(compilePrograms),
    deps: [parts.linux, parts.compiler],
    async run(ctx) {
      const build = join(ctx.out, 'build');
      const make = kernelMake(ctx, parts, build);
      const start = join(ctx.work, 'wishes.config');
      await writeFile(start, formatConfig(wishes));
      await ctx.exec([make, 'allnoconfig'], { env: { KCONFIG_ALLCONFIG: start } });
      await checkConfig(join(build, '.config'), wishes);
      await ctx.exec([make, `-j${ctx.jobs}`, 'bzImage', 'modules'], { env: fixedBanner });
      const image = (await ctx.read([make, '--silent', 'image_name'])).trim();
      await ctx.exec(['install', '-m644', join(build, image), join(ctx.out, 'vmlinuz')]);
      await ctx.exec(['install', '-m644', join(build, '.config'), join(ctx.out, 'config')]);
      await installElf(ctx, parts, build);
      await installModules(ctx, make, build);
      await installLicences(ctx, ctx.output(parts.linux));
      await pruneBuildTree(ctx, build);
    },
  };
}

/** The first words of every call of the kernel's makefile; `build` is where its output goes. */
export function kernelMake(ctx: StageContext, parts: KernelParts, build: string): string[] {
  const compiler = `${ctx.output(parts.compiler)}/bin/`;
  return [
    'make',
    '-C',
    ctx.output(parts.linux),
    `O=${build}`,
    `ARCH=${parts.arch}`,
    `CROSS_COMPILE=${compiler}`,
  ];
}

/** Throws a BuildError that names each wish which the .config at `path` does not fulfil. */
export async function checkConfig(path: string, wishes: readonly Wish[]): Promise<void> {
  const unmet = unmetWishes(await readFile(path, 'utf8'), wishes);
  if (unmet.length > 0)
    throw new BuildError(`the kernel's configuration is not what was asked for:\n  ${unmet.join('\n  ')}`);
}

/** The kernel's banner is the same wherever and whenever it is built. */
export const fixedBanner = {
  KBUILD_BUILD_TIMESTAMP: new Date(UNDATED_EPOCH * 1000).toUTCString(),
  KBUILD_BUILD_USER: 'plait',
  KBUILD_BUILD_HOST: 'plait',
};

/** The code inside `vmlinuz` with its symbols, for the ISA gate: `elf/vmlinux`, and what runs before and unpacks it. */
async function installElf(ctx: StageContext, parts: KernelParts, build: string): Promise<void> {
  const strip = join(ctx.output(parts.compiler), 'bin/strip');
  const boot = join(build, 'arch/x86/boot');
  const files = { vmlinux: 'vmlinux', compressed: 'compressed/vmlinux', setup: 'setup.elf' };
  await ctx.exec(['mkdir', join(ctx.out, 'elf')]);
  for (const [name, file] of Object.entries(files)) {
    const from = name === 'vmlinux' ? join(build, file) : join(boot, file);
    await ctx.exec([strip, '--strip-debug', '-o', join(ctx.out, 'elf', name), from]);
  }
}

async function installModules(ctx: StageContext, make: readonly string[], build: string): Promise<void> {
  const modules = join(ctx.out, 'modules');
  const options = [`INSTALL_MOD_PATH=${modules}`, 'INSTALL_MOD_STRIP=1', 'DEPMOD=true'];
  await ctx.exec([make, `-j${ctx.jobs}`, options, 'modules_install']);
  const release = (await readFile(join(build, 'include/config/kernel.release'), 'utf8')).trim();
  await writeFile(join(ctx.out, 'release'), `${release}\n`);
  // The link back to the tree it was built in means nothing on the board.
  await ctx.exec(['rm', '-f', join(modules, 'lib/modules', release, 'build')]);
}

async function installLicences(ctx: StageContext, linux: string): Promise<void> {
  const to = join(ctx.out, 'licenses/linux');
  await ctx.exec(['mkdir', '-p', to]);
  const files = ['COPYING', 'LICENSES/preferred/GPL-2.0', 'LICENSES/exceptions/Linux-syscall-note'];
  await ctx.exec(['cp', files.map((file) => join(linux, file)), to]);
}

/** Keeps what a module from outside needs: configuration, generated headers, symbols, and the build's own programs. */
async function pruneBuildTree(ctx: StageContext, build: string): Promise<void> {
  const keep = ['./scripts/*', './include/*', './arch/*/include/*', './tools/objtool/objtool'];
  const files = ['./.config', './Makefile', './Module.symvers', './arch/*/Makefile*'];
  const kept = [...keep, ...files].flatMap((path) => ['!', '-path', path]);
  await ctx.exec(['find', '.', '!', '-type', 'd', kept, '-delete'], { cwd: build });
  await ctx.exec(
    ['find', '.', '-name', '*.o', '-path', './scripts/*', '!', '-name', 'module-common.o', '-delete'],
    { cwd: build },
  );
  await ctx.exec(['find', '.', '-type', 'd', '-empty', '-delete'], { cwd: build });
}

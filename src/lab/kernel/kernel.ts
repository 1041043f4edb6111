// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf } from '../../image/code-key.ts';
import { checkConfig, fixedBanner, type KernelParts, kernelMake } from '../../image/kernel/build.ts';
import { formatConfig, readFragments } from '../../image/kernel/fragments.ts';
import type { Stage, StageContext } from '../../image/stage.ts';

/** How a guest runs: as a process of User Mode Linux on simulated time, or in QEMU on several CPUs. */
export type GuestKind = 'uml' | 'qemu';

interface Variant {
  readonly guest: GuestKind;
  readonly fragments: readonly string[];
  /** Words for the kernel's command line. */
  readonly kernelArguments: readonly string[];
}

const uml = ['uml.config', 'lab.config'];
const pc = ['pc.config', 'lab.config'];
/** Consistency checks of the allocator, which is told at boot. */
const slabChecks = ['slab_debug=F'];

const variants = {
  /** The one whose figures count. */
  plain: { guest: 'uml', fragments: uml, kernelArguments: [] },
  /** With the kernel's own checks. */
  debug: {
    guest: 'uml',
    fragments: [...uml, 'debug.config', 'kasan.config', 'uml-debug.config'],
    kernelArguments: slabChecks,
  },
  /** One that a debugger can read. */
  gdb: { guest: 'uml', fragments: [...uml, 'gdb.config'], kernelArguments: [] },
  /** Several CPUs, with the kernel's own checks. */
  smp: { guest: 'qemu', fragments: [...pc, 'debug.config', 'kasan.config'], kernelArguments: slabChecks },
  /** Several CPUs, with the search for data races. */
  kcsan: { guest: 'qemu', fragments: [...pc, 'kcsan.config'], kernelArguments: [] },
} as const satisfies Record<string, Variant>;

export type KernelVariant = keyof typeof variants;

export function variantOf(name: KernelVariant): Variant {
  return variants[name];
}

/** How one kind of kernel is built. */
const builds = {
  uml: { target: 'linux', image: 'linux', outside: [] },
  qemu: {
    target: 'bzImage',
    image: 'arch/x86/boot/bzImage',
    outside: ['./tools/objtool/objtool', './arch/*/Makefile*'],
  },
} as const satisfies Record<GuestKind, { target: string; image: string; outside: readonly string[] }>;

/**
 * A kernel of the lab. Output: `linux`, the executable or what QEMU boots; `config`; `release`; `build/`, what modules from
 * outside the tree are built against; and for `gdb` its commands in `gdb/`.
 */
export async function labKernelStage(variant: KernelVariant, parts: KernelParts): Promise<Stage> {
  const { guest, fragments } = variantOf(variant);
  const { target, image, outside } = builds[guest];
  const wishes = await readFragments(fragments.map(ownFile));
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
      const targets = [target, 'modules', ...(variant === 'gdb' ? ['scripts_gdb'] : [])];
      await ctx.exec([make, `-j${ctx.jobs}`, targets], { env: fixedBanner });
      await ctx.exec(['cp', '--dereference', join(build, image), join(ctx.out, 'linux')]);
      await ctx.exec(['cp', join(build, '.config'), join(ctx.out, 'config')]);
      const release = await readFile(join(build, 'include/config/kernel.release'), 'utf8');
      await writeFile(join(ctx.out, 'release'), release);
      if (variant === 'gdb') await keepScripts(ctx, build);
      await pruneBuildTree(ctx, build, outside);
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
async function pruneBuildTree(ctx: StageContext, build: string, more: readonly string[]): Promise<void> {
  const keep = [
    ...more,
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

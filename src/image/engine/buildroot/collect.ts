// SPDX-License-Identifier: MIT
import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isElf, neededLibraries } from '../../elf.ts';
import { BuildError } from '../../errors.ts';
import type { StageContext } from '../../stage.ts';

/** Who installed a file of `target/`, out of Buildroot's `packages-file-list.txt`: lines `busybox,./bin/sh`. */
export function ownersOf(list: string): Map<string, string> {
  return new Map(
    [...list.matchAll(/^([^,\n]+),\.\/(.+)$/gm)].map((match) => [match[2] ?? '', match[1] ?? '']),
  );
}

/**
 * Sorts what is in `target/` by the packages that installed it: `<to>/<package>/<path>`. Only files that a package
 * says it installed are taken, so that nothing else gets into an image; what is left out is in the log.
 */
export async function collectPackages(output: string, to: string, ctx: StageContext): Promise<void> {
  const target = join(output, 'target');
  const owners = ownersOf(await readFile(join(output, 'build/packages-file-list.txt'), 'utf8'));
  const byOwner = new Map<string, string[]>();
  const paths = await filesBelow(target);
  const libraries = paths.filter((path) => owners.get(path) === compilerLibraries);
  const idle = await idleLibraries(target, libraries, paths);
  for (const path of paths) {
    const owner = owners.get(path);
    if (owner === undefined || owner.startsWith('skeleton') || idle.has(path))
      ctx.log.line(`left out: /${path} (${owner ?? 'no package'})`);
    else byOwner.set(owner, [...(byOwner.get(owner) ?? []), path]);
  }
  for (const [owner, paths] of byOwner) {
    const dir = join(to, owner);
    await mkdir(dir, { recursive: true });
    const list = `${paths.join('\0')}\0`;
    await ctx.exec(['cpio', '--quiet', '--null', '--pass-through', '--make-directories', dir], {
      cwd: target,
      input: list,
    });
  }
}

/** The package of the shared libraries of a gcc that Buildroot built. */
const compilerLibraries = 'gcc-final';

/**
 * Which of the `libraries`, paths below `root`, no other file there is linked with. gcc links its own in statically where
 * it can; the shared libgcc has conversions of 16-bit floats, which no program here uses and which need SSE.
 */
export async function idleLibraries(
  root: string,
  libraries: readonly string[],
  paths: readonly string[],
): Promise<Set<string>> {
  const idle = new Set(libraries);
  if (idle.size === 0) return idle;
  // `libatomic.so` and `libatomic.so.1` are links to `libatomic.so.1.2.0`.
  const stem = (path: string) => basename(path).replace(/\.so\b.*/, '');
  for (const path of paths) {
    if (!(await lstat(join(root, path))).isFile()) continue;
    const bytes = await readFile(join(root, path));
    if (!isElf(bytes)) continue;
    const needed = new Set(neededLibraries(bytes).map(stem));
    for (const library of libraries)
      if (stem(library) !== stem(path) && needed.has(stem(library))) idle.delete(library);
  }
  return idle;
}

async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

/** Where things of a kernel lie in its build directory. */
const kernelFiles = {
  vmlinux: 'vmlinux',
  compressed: 'arch/x86/boot/compressed/vmlinux',
  setup: 'arch/x86/boot/setup.elf',
};

/**
 * The kernel as every engine gives it: `vmlinuz`, `config`, `release`, `elf/` with symbols for the ISA gate, and its
 * modules, taken out of what its package installed.
 */
export async function collectKernel(
  output: string,
  to: string,
  installed: string,
  strip: string,
  ctx: StageContext,
): Promise<void> {
  const build = await builtDir(output, 'linux');
  await mkdir(join(to, 'elf'), { recursive: true });
  await ctx.exec(['install', '-m644', join(output, 'images/bzImage'), join(to, 'vmlinuz')]);
  await ctx.exec(['install', '-m644', join(build, '.config'), join(to, 'config')]);
  for (const [name, file] of Object.entries(kernelFiles))
    await ctx.exec([strip, '--strip-debug', '-o', join(to, 'elf', name), join(build, file)]);
  const release = (await readFile(join(build, 'include/config/kernel.release'), 'utf8')).trim();
  await writeFile(join(to, 'release'), `${release}\n`);
  const modules = join(to, 'modules/lib/modules', release);
  await mkdir(modules, { recursive: true });
  await ctx.exec(['cp', '-a', `${join(installed, 'lib/modules', release)}/.`, modules]);
  // Made anew for the finished root.
  const index = (await readdir(modules)).filter(
    (name) => /^modules\./.test(name) && !/builtin|order/.test(name),
  );
  await ctx.exec(['rm', '-f', index.map((name) => join(modules, name)), join(modules, 'build')]);
}

/** The one directory that a package is built in: `build/linux-custom`, `build/busybox-1.37.0`. */
export async function builtDir(output: string, name: string): Promise<string> {
  const names = await readdir(join(output, 'build')).catch(() => [] as string[]);
  const found = names.filter((one) => one === name || new RegExp(`^${name}-(\\d|custom$)`).test(one));
  const [only] = found;
  if (only === undefined || found.length !== 1)
    throw new BuildError(
      `${output}/build holds ${found.length} directories of the package ${name}; must be one`,
    );
  return join(output, 'build', only);
}

/** Seconds that each package took when its steps last ran, out of Buildroot's `build-time.log`. */
export function packageSeconds(log: string): Record<string, number> {
  const begun = new Map<string, number>();
  const taken = new Map<string, Map<string, number>>();
  for (const [, time, what, step = '', name = ''] of log.matchAll(
    /^([\d.]+):(start|end)\s*:(\S+)\s*:\s*(\S+)$/gm,
  )) {
    const at = Number(time);
    if (what === 'start') begun.set(`${name} ${step}`, at);
    else {
      const steps = taken.get(name) ?? new Map<string, number>();
      taken.set(name, steps.set(step, at - (begun.get(`${name} ${step}`) ?? at)));
    }
  }
  return Object.fromEntries(
    [...taken].map(([name, steps]) => {
      const sum = [...steps.values()].reduce((all, seconds) => all + seconds, 0);
      return [name, Math.round(sum * 100) / 100];
    }),
  );
}

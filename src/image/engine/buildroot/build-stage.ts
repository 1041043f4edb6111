// SPDX-License-Identifier: MIT
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AGENT_NATIVE, bundleAgent } from '../../../agent/build.ts';
import type { Board } from '../../board.ts';
import type { PackageVersions } from '../../build-machine.ts';
import { codeOf } from '../../code-key.ts';
import type { PackageStage } from '../../sources/sources.ts';
import { hashTree, hashValue, type Stage, type StageContext } from '../../stage.ts';
import { archOf } from '../toolchain/arch.ts';
import { writeAgentSource } from './agent-source.ts';
import { builtDir, collectKernel, collectPackages, packageSeconds } from './collect.ts';
import { linuxCcFlags, linuxTarball, type ToolchainKind } from './defconfig.ts';
import { imagePackages, type PackageFacts, type ShowInfo } from './info.ts';
import {
  checkBuiltConfig,
  isWritten,
  type KconfigPackage,
  type PackageMake,
  writeKconfig,
} from './kconfig.ts';
import { Buildroot, explainFailure, listInstalled, type MakeOptions, type Run } from './make.ts';
import { configure, forgetChanged, forgetInstalled, placeLinux } from './output.ts';
import type { HashedOverride } from './overrides.ts';
import { writeBuildrootReports } from './reports.ts';
import { crossPrefix, writeExternalToolchain } from './toolchain.ts';

export interface BuildStageOptions {
  readonly board: Board;
  readonly version: string;
  readonly make: MakeOptions;
  /** Names everything that the output directory was made for. */
  readonly key: string;
  readonly lines: readonly string[];
  readonly local: readonly string[];
  readonly kind: ToolchainKind;
  /** The pipeline's own toolchain; absent when Buildroot builds one. */
  readonly toolchain: Stage | undefined;
  /** Debian's package of the kernel's source. */
  readonly linux: PackageStage;
  readonly kconfig: readonly KconfigPackage[];
  /** What `make show-info` said, corrected. */
  readonly info: ShowInfo;
  readonly overrides: readonly HashedOverride[];
  /** Versions of the build machine's programs. */
  readonly machine: PackageVersions;
  /** BR2_DL_DIR. */
  readonly downloads: string;
}

/** What the package plait-kmod is made of besides the kernel. */
const moduleSources = ['../../../kmod', '../../../../LICENSES/GPL-2.0-only.txt'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

/**
 * Runs Buildroot in its output directory, which stays as it is for the next time, and sorts what came out. Output:
 * `packages/<name>/`, `kernel/`, `modules/`, `agent/`, `licenses/<name>/`, `reports/`.
 */
export async function buildStage(options: BuildStageOptions): Promise<Stage> {
  const { board, version, key, kconfig, info, toolchain } = options;
  return {
    id: 'buildroot',
    inputs: {
      board: board.name,
      version,
      key,
      kconfig,
      versions: Object.entries(info).map(([name, { version }]) => [name, version ?? null]),
      agent: hashValue(await bundleAgent({ board: board.name, version })),
      sources: await hashTree([listInstalled, AGENT_NATIVE, ...moduleSources]),
      code: await codeOf(import.meta.url),
    },
    machine: options.machine,
    deps: [options.linux, ...(toolchain ? [toolchain] : [])],
    async run(ctx) {
      const buildroot = new Buildroot(options.make, stageRun(ctx));
      await build(options, buildroot, ctx);
      await collect(options, buildroot, ctx);
    },
  };
}

async function build(options: BuildStageOptions, buildroot: Buildroot, ctx: StageContext): Promise<void> {
  const { board, version, lines, local, toolchain, kconfig } = options;
  const inputs = join(buildroot.output, 'plait');
  if (toolchain)
    await writeExternalToolchain(join(inputs, 'toolchain'), ctx.output(toolchain), archOf(board));
  await writeAgentSource(join(inputs, 'agent'), { board: board.name, version });
  const tarball = join(ctx.output(options.linux), 'root/usr/src', linuxTarball);
  await placeLinux(buildroot.output, options.downloads, tarball, options.kind);
  await configure(buildroot, lines, local);
  await forgetInstalled(buildroot.output);
  await writeKconfigs(options, buildroot, ctx);
  await forgetChangedOwn(buildroot.output);
  await buildroot.make([]);
  for (const pkg of kconfig)
    await checkBuiltConfig(pkg, join(await builtDir(buildroot.output, pkg.name), '.config'));
}

/** Modules are compiled again for a kernel with other options, too. */
async function forgetChangedOwn(output: string): Promise<void> {
  const inputs = join(output, 'plait');
  const modules = await hashTree([...moduleSources, join(inputs, 'linux.config')]);
  await forgetChanged(output, 'plait-kmod', modules);
  await forgetChanged(output, 'plait-agent', await hashTree([join(inputs, 'agent')]));
}

/** Each call of Buildroot's makefile takes five seconds before it does anything, so none is made in vain. */
async function writeKconfigs(
  options: BuildStageOptions,
  buildroot: Buildroot,
  ctx: StageContext,
): Promise<void> {
  const open: KconfigPackage[] = [];
  for (const pkg of options.kconfig)
    if (!(await isWritten(pkg, kconfigFile(pkg, buildroot.output)))) open.push(pkg);
  if (open.length === 0) return;
  // They are made of the unpacked sources, the kernel's also by asking the compiler.
  await buildroot.make(['toolchain', open.map(({ name }) => `${name}-patch`)]);
  for (const pkg of open) await writeKconfig(pkg, await kconfigPlaces(pkg, options, buildroot.output, ctx));
}

function kconfigFile({ name }: KconfigPackage, output: string): string {
  return join(output, 'plait', `${name}.config`);
}

async function kconfigPlaces(
  pkg: KconfigPackage,
  { board, kind }: BuildStageOptions,
  output: string,
  ctx: StageContext,
) {
  const source = await builtDir(output, pkg.name);
  const prefix = await crossPrefix(output);
  const cc = [`${prefix}gcc`, ...linuxCcFlags(board, kind)].join(' ');
  const linux = pkg.name === 'linux' ? [`ARCH=${archOf(board).kernel}`, `CC=${cc}`] : [];
  return {
    source,
    file: kconfigFile(pkg, output),
    make: (argv, extra) => ctx.exec(['make', '-C', source, `CROSS_COMPILE=${prefix}`, linux, argv], extra),
  } satisfies { source: string; file: string; make: PackageMake };
}

async function collect(options: BuildStageOptions, buildroot: Buildroot, ctx: StageContext): Promise<void> {
  const { output } = buildroot;
  const packages = join(ctx.out, 'packages');
  await mkdir(packages);
  await collectPackages(output, packages, ctx);
  const strip = `${await crossPrefix(output)}strip`;
  await collectKernel(output, join(ctx.out, 'kernel'), join(packages, 'linux'), strip, ctx);
  for (const [from, to] of [
    ['plait-kmod', 'modules'],
    ['plait-agent', 'agent'],
  ] as const)
    await ctx.exec(['mv', join(packages, from), join(ctx.out, to)]);
  // Made anew for the finished root.
  await ctx.exec(['find', join(ctx.out, 'modules'), '-name', 'modules.*', '-delete']);
  await ctx.exec(['rm', '-rf', join(packages, 'linux')]);
  await collectLicenses(options, output, join(ctx.out, 'licenses'), ctx);
  await writeBuildrootReports(options, buildroot, join(ctx.out, 'reports'), ctx);
  const seconds = packageSeconds(await readFile(join(output, 'build/build-time.log'), 'utf8'));
  await writeFile(join(ctx.out, 'seconds.json'), JSON.stringify(seconds));
}

/** Licence texts out of the sources as they were built: also of those that Buildroot has no hash for. */
async function collectLicenses(
  { info }: BuildStageOptions,
  output: string,
  to: string,
  ctx: StageContext,
): Promise<void> {
  const facts: PackageFacts[] = [...imagePackages(info), ...(info.linux ? [info.linux] : [])];
  for (const { name, license_files, source_dir } of facts) {
    const dir = join(to, name);
    await mkdir(dir, { recursive: true });
    for (const file of license_files ?? [])
      await ctx.exec(['cp', join(output, source_dir ?? '', file), join(dir, licenseName(file))]);
  }
}

/** Texts of one package may have the same name in several folders. */
export function licenseName(path: string): string {
  return /^(COPYING|LICEN[CS]E|NOTICE)/i.test(basename(path)) && path.includes('/')
    ? path.replaceAll('/', '-')
    : basename(path);
}

/** Programs of a stage, with its clean environment. */
function stageRun(ctx: StageContext): Run {
  return async (argv, { env, capture }) => {
    if (capture) return ctx.read(argv, { env });
    await ctx.exec(argv, { env }).catch(async (error: unknown) => {
      throw ctx.signal.aborted ? error : await explainFailure(error, ctx.log.path);
    });
    return '';
  };
}

// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Board } from '../../board.ts';
import { packageVersions } from '../../build-machine.ts';
import { stageKey } from '../../cache.ts';
import { UsageError } from '../../errors.ts';
import { readFragments } from '../../kernel/fragments.ts';
import { linuxSourceStage } from '../../kernel/source.ts';
import { imageRecipes } from '../../packages/recipes.ts';
import { hashTree, hashValue, UNDATED_EPOCH } from '../../stage.ts';
import type { Engine, EngineContext, EngineParts } from '../engine.ts';
import { archOf } from '../toolchain/arch.ts';
import { compilerStage } from '../toolchain/compiler.ts';
import { toolchainStage } from '../toolchain/toolchain.ts';
import { billOfMaterials } from './bom.ts';
import { buildStage } from './build-stage.ts';
import { defconfig, type ToolchainKind, withNeeds } from './defconfig.ts';
import { imagePackages } from './info.ts';
import type { KconfigPackage } from './kconfig.ts';
import { lookUp } from './look-up.ts';
import { localLines, pruneOutputs } from './output.ts';
import { readOverrides } from './overrides.ts';
import { partStages } from './parts.ts';
import { buildrootTree } from './release.ts';

export interface BuildrootOptions {
  /** The pipeline's cache; this engine's own is the folder `buildroot` in it. */
  readonly cache: string;
  /** A tree of the user's; default: the release that is pinned. */
  readonly dir: string | undefined;
  readonly toolchain: ToolchainKind;
  /** Directory that `plait mirror` made. */
  readonly mirror: string | undefined;
  readonly offline: boolean;
  /** Buildroot's override file, for sources that no mirror has. */
  readonly overrides: string | undefined;
  readonly jobs: number;
}

/** BR2_EXTERNAL. */
export const externalTree = fileURLToPath(new URL('../../../../buildroot', import.meta.url));

/** What of it decides a build; the defconfigs are there for people, made of the same facts. */
const externalParts = ['Config.in', 'external.desc', 'external.mk', 'package'];

/** What Buildroot wants of the build machine, and what it would else build for itself or the kernel needs. */
const hostPackages = [
  ...'bash bc bison bzip2 cmake cpio diffutils file findutils flex g++ gcc gzip libc6-dev libelf-dev'.split(
    ' ',
  ),
  ...'make patch perl python3 rsync sed tar unzip wget xz-utils'.split(' '),
];

/** Upstream Buildroot with our BR2_EXTERNAL tree: the reference. */
export function buildrootEngine(options: BuildrootOptions): Engine {
  for (const dir of [externalTree, options.dir ?? ''])
    if (/[\s:]/.test(dir))
      throw new UsageError(
        `Buildroot's makefiles take no path with blanks or colons: ${dir}. Move it, or take --engine debian`,
      );
  return {
    name: 'buildroot',
    hostPackages,
    plan: (board, context) => plan(board, context, options),
  };
}

/** Where this engine keeps its own below the pipeline's cache. */
export function buildrootHome(cache: string): string {
  return join(cache, 'buildroot');
}

/** Where sources for Buildroot lie in a directory that `plait mirror` made. */
export function mirrorSite(mirror: string): string {
  return join(mirror, 'buildroot');
}

async function plan(board: Board, context: EngineContext, options: BuildrootOptions): Promise<EngineParts> {
  const { sources, version, reports } = context;
  const { toolchain: kind, mirror, offline } = options;
  const home = buildrootHome(options.cache);
  const tree = await buildrootTree({ dir: options.dir, home, mirror, offline }, reports);
  const overrides = options.overrides === undefined ? undefined : await readOverrides(options.overrides);
  const compiler = await compilerStage(archOf(board), sources);
  const linux = await linuxSourceStage(sources);
  const toolchain =
    kind === 'external'
      ? await toolchainStage(board, archOf(board), { compiler, linux, sources })
      : undefined;
  const lines = defconfig(board, kind);
  const key = hashValue({
    tree: tree.digest,
    external: await hashTree(externalParts.map((part) => join(externalTree, part))),
    lines,
    toolchain: toolchain ? stageKey(toolchain, UNDATED_EPOCH) : kind,
    linux: linux.archive.info.files,
    overrides: overrides?.digest ?? null,
  });
  const outputs = join(home, 'output');
  const output = join(outputs, `${board.name}-${key.slice(0, 16)}`);
  const downloads = join(home, 'dl');
  const local = localLines({
    downloads,
    mirror: mirror === undefined ? undefined : mirrorSite(mirror),
    offline,
    overrides: overrides?.file,
    jobs: options.jobs,
  });
  const make = { tree: tree.dir, external: externalTree, output };
  const found = await lookUp(
    {
      make,
      lines,
      local,
      downloads,
      key,
      overrides: overrides?.list ?? [],
      kernel: linux.archive.info.upstream,
      fromDebian: async (hashes) => (offline || mirror !== undefined ? new Map() : sources.tarballs(hashes)),
      first: 'upstream',
    },
    reports,
  );
  await pruneOutputs(outputs, board.name, output);
  const build = await buildStage({
    board,
    version,
    make,
    key,
    lines,
    local,
    kind,
    toolchain,
    linux: linux.archive,
    kconfig: await kconfigPackages(board),
    info: found.info,
    overrides: overrides?.list ?? [],
    downloads,
    machine: await packageVersions(hostPackages),
  });
  const names = imagePackages(found.info).map(({ name }) => name);
  return {
    ...partStages(build, names, kind),
    tools: compiler,
    timed: build,
    bom: await billOfMaterials(found, {
      build,
      tree,
      linux: linux.archive,
      toolchain,
      overrides: overrides?.list ?? [],
    }),
    facts: {
      release: tree.version,
      tree: tree.digest,
      toolchain: kind,
      overridden: overrides?.list.map(({ variable, version }) => `${variable} ${version}`) ?? [],
    },
  };
}

/** The kernel and the programs that are configured like it, with what the boards and recipes wish. */
async function kconfigPackages(board: Board): Promise<KconfigPackage[]> {
  const programs: KconfigPackage[] = [];
  for (const { name, kconfig } of withNeeds(imageRecipes)) {
    if (kconfig === undefined) continue;
    const file = fileURLToPath(new URL(`../../packages/${kconfig}`, import.meta.url));
    programs.push({ name, wishes: await readFragments([file]), allconfig: false });
  }
  return [
    { name: 'linux', wishes: await readFragments(board.kernel.fragments), allconfig: true },
    ...programs,
  ];
}

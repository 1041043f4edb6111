// SPDX-License-Identifier: MIT
import type { Board } from '../../board.ts';
import { kernelSeries } from '../../kernel/source.ts';
import type { Recipe } from '../../packages/recipe.ts';
import { imageRecipes } from '../../packages/recipes.ts';
import { archOf } from '../toolchain/arch.ts';
import { variableOf } from './overrides.ts';

/** What compiles: the pipeline's own toolchain, or one that Buildroot builds. */
export const toolchainKinds = ['external', 'internal'] as const;
export type ToolchainKind = (typeof toolchainKinds)[number];

/**
 * Where the engine puts what it makes for a build, below the output directory. `$(BASE_DIR)` is that directory in
 * Buildroot's makefiles, so that `make -C <output>` works by hand as well.
 */
export const inputs = '$(BASE_DIR)/plait';

/** The kernel's tarball among the inputs, and in the download directory. */
export const linuxTarball = `linux-source-${kernelSeries}.tar.xz`;

/** Every option of a board's image that does not depend on the machine it is built on, as lines of a defconfig. */
export function defconfig(board: Board, toolchain: ToolchainKind): string[] {
  return [...cpu(board), ...compilers(board)[toolchain], ...system, ...kernel, ...packages()];
}

function cpu({ cpu: { arch, march } }: Board): string[] {
  return [`BR2_${arch}=y`, `BR2_x86_${march.replaceAll('-', '_')}=y`];
}

function compilers(board: Board): Record<ToolchainKind, readonly string[]> {
  const arch = archOf(board);
  const series = kernelSeries.replace('.', '_');
  const gcc = arch.compiler
    .map(({ name }) => /^gcc-(\d+)/.exec(name)?.[1])
    .find((major) => major !== undefined);
  return {
    external: [
      'BR2_TOOLCHAIN_EXTERNAL=y',
      'BR2_TOOLCHAIN_EXTERNAL_CUSTOM=y',
      `BR2_TOOLCHAIN_EXTERNAL_PATH="${inputs}/toolchain"`,
      `BR2_TOOLCHAIN_EXTERNAL_CUSTOM_PREFIX="${arch.target}"`,
      `BR2_TOOLCHAIN_EXTERNAL_GCC_${gcc}=y`,
      `BR2_TOOLCHAIN_EXTERNAL_HEADERS_${series}=y`,
      'BR2_TOOLCHAIN_EXTERNAL_CUSTOM_MUSL=y',
      '# BR2_TOOLCHAIN_EXTERNAL_CXX is not set',
      'BR2_TOOLCHAIN_EXTERNAL_HAS_SSP=y',
    ],
    internal: [
      'BR2_TOOLCHAIN_BUILDROOT_MUSL=y',
      'BR2_KERNEL_HEADERS_AS_KERNEL=y',
      `BR2_PACKAGE_HOST_LINUX_HEADERS_CUSTOM_${series}=y`,
      ...linuxCcFlags(board, 'internal').map((flag) => `BR2_PLAIT_LINUX_CC_FLAGS="${flag}"`),
    ],
  };
}

/**
 * What the kernel's compiler is called with even when the kernel's Kconfig asks what it can. Buildroot configures its gcc
 * for musl on i386 without SSP; its stack protector then compares with a variable, and the kernel's guard is in a segment.
 */
export function linuxCcFlags({ cpu }: Board, toolchain: ToolchainKind): string[] {
  return toolchain === 'internal' && cpu.arch === 'i386' ? ['-mstack-protector-guard=tls'] : [];
}

/** No init system, file system image or boot loader: these are the pipeline's own, whatever the engine. */
const system = [
  `BR2_GLOBAL_PATCH_DIR="${inputs}/patches"`,
  'BR2_DOWNLOAD_FORCE_CHECK_HASHES=y',
  'BR2_REPRODUCIBLE=y',
  // gcc's -O3, which some sources ask for, puts SSE's prefetch into loops even for a Geode LX.
  'BR2_TARGET_OPTIMIZATION="-fno-prefetch-loop-arrays"',
  'BR2_INIT_NONE=y',
  '# BR2_PACKAGE_IFUPDOWN_SCRIPTS is not set',
  '# BR2_TARGET_ROOTFS_TAR is not set',
];

const kernel = [
  'BR2_LINUX_KERNEL=y',
  'BR2_LINUX_KERNEL_CUSTOM_TARBALL=y',
  `BR2_LINUX_KERNEL_CUSTOM_TARBALL_LOCATION="file://${inputs}/${linuxTarball}"`,
  'BR2_LINUX_KERNEL_USE_CUSTOM_CONFIG=y',
  `BR2_LINUX_KERNEL_CUSTOM_CONFIG_FILE="${inputs}/linux.config"`,
];

/** The same programs as with every engine, by their recipes, and Plait's own packages. */
function packages(): string[] {
  const own = ['BR2_PACKAGE_PLAIT_AGENT=y', 'BR2_PACKAGE_PLAIT_KMOD=y'];
  return [...withNeeds(imageRecipes).flatMap(packageLines), ...own];
}

function packageLines({ name, kconfig, buildroot }: Recipe): string[] {
  const symbol = `BR2_PACKAGE_${variableOf(name)}`;
  const config = kconfig === undefined ? [] : [`${symbol}_CONFIG="${inputs}/${name}.config"`];
  return [`${symbol}=y`, ...config, ...(buildroot ?? [])];
}

/** The recipes with the libraries that they are built with, each once. */
export function withNeeds(recipes: readonly Recipe[]): Recipe[] {
  return [...new Set(recipes.flatMap((recipe) => [recipe, ...withNeeds(recipe.needs ?? [])]))];
}

/**
 * Compares what was asked for with the .config that came of it: Kconfig drops in silence what it does not know or
 * whose dependencies are not met. Gives a sentence for each line that is not there.
 */
export function droppedLines(lines: readonly string[], config: string): string[] {
  const there = new Set(config.split('\n'));
  const symbolOf = (line: string) => /BR2_\w+/.exec(line)?.[0] ?? line;
  const now = new Map([...there].map((line) => [symbolOf(line), line]));
  return lines
    .filter((line) => !there.has(line))
    .filter((line) => !(line.startsWith('# ') && !now.has(symbolOf(line))))
    .map(
      (line) =>
        `${line} came out as '${now.get(symbolOf(line)) ?? 'nothing: unknown, or a dependency is off'}'`,
    );
}

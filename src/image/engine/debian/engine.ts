// SPDX-License-Identifier: MIT
import type { Board } from '../../board.ts';
import { compilePrograms } from '../../build-machine.ts';
import { compilerCachePackages } from '../../compiler-cache.ts';
import { kernelStage } from '../../kernel/build.ts';
import { linuxSourceStage } from '../../kernel/source.ts';
import { quickjs } from '../../packages/quickjs.ts';
import { imageRecipes } from '../../packages/recipes.ts';
import type { PackageStage } from '../../sources/sources.ts';
import type { BomEntry, Engine, EngineContext, EngineParts } from '../engine.ts';
import { archOf } from '../toolchain/arch.ts';
import { compilerStage } from '../toolchain/compiler.ts';
import { libcStage } from '../toolchain/libc.ts';
import { muslChangelog, toolchainStage } from '../toolchain/toolchain.ts';
import { agentStage } from './agent.ts';
import { modulesStage } from './modules.ts';
import { type RecipeStage, RecipeStages } from './package.ts';

/** Cross-compiles everything from the source packages of the machine's own Debian mirror. */
export const debianEngine: Engine = {
  name: 'debian',
  hostPackages: [...compilePrograms, ...compilerCachePackages, 'bzip2', 'xz-utils'],
  plan,
};

async function plan(board: Board, { sources, version }: EngineContext): Promise<EngineParts> {
  const arch = archOf(board);
  const compiler = await compilerStage(arch, sources);
  const linux = await linuxSourceStage(sources);
  const kernelParts = { linux, compiler, arch: arch.kernel };
  const kernel = await kernelStage(board, kernelParts);
  const toolchain = await toolchainStage(board, arch, { compiler, linux, sources });
  const recipes = new RecipeStages(arch, board.cpu.arch, toolchain, sources);
  const packages: RecipeStage[] = [];
  for (const recipe of imageRecipes) packages.push(await recipes.stage(recipe));
  const engine = await recipes.stage(quickjs);
  const libc = await libcStage(arch, toolchain);
  return {
    packages: [libc, ...packages],
    kernel,
    modules: await modulesStage(kernel, kernelParts),
    agent: await agentStage({ board: board.name, version, arch, toolchain, quickjs: engine }),
    tools: compiler,
    bom: [
      component(linux.archive, 'linux', 'GPL-2.0-only WITH Linux-syscall-note', kernel, 'licenses/linux', [
        ...['COPYING', 'GPL-2.0', 'Linux-syscall-note'],
      ]),
      {
        ...component(toolchain.musl, 'musl', 'MIT', toolchain, 'licenses/musl', ['COPYRIGHT']),
        changelog: { stage: toolchain, path: muslChangelog },
      },
      ...(await recipes.all()).map((stage) => {
        const { name, license, skippedPatches, notAffected } = stage.recipe;
        return {
          ...component(stage.source, name, license.spdx, stage, `licenses/${name}`, licenseNames(stage)),
          ...(skippedPatches ? { skippedPatches } : {}),
          ...(notAffected ? { notAffected } : {}),
          changelog: { stage, path: `debian/${name}.changelog` },
        };
      }),
    ],
  };
}

function licenseNames(stage: RecipeStage): string[] {
  return stage.recipe.license.files.map((file) => file.slice(file.lastIndexOf('/') + 1));
}

function component(
  { info }: PackageStage,
  name: string,
  license: string,
  stage: BomEntry['licenseFiles'][number]['stage'],
  dir: string,
  files: readonly string[],
): BomEntry {
  return {
    name,
    version: info.upstream,
    license,
    licenseFiles: files.map((file) => ({ stage, path: `${dir}/${file}` })),
    origin: { archive: `debian ${info.suite}`, package: info.package, version: info.version },
    sources: info.files.map(({ name, sha256, size }) => ({ name, sha256, size })),
  };
}

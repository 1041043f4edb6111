// SPDX-License-Identifier: MIT
import { fileURLToPath } from 'node:url';
import { loadBoard } from '../image/board.ts';
import { agentStage } from '../image/engine/debian/agent.ts';
import { debianEngine } from '../image/engine/debian/engine.ts';
import { modulesStage } from '../image/engine/debian/modules.ts';
import { RecipeStages } from '../image/engine/debian/package.ts';
import { archOf } from '../image/engine/toolchain/arch.ts';
import { compilerStage } from '../image/engine/toolchain/compiler.ts';
import { toolchainStage } from '../image/engine/toolchain/toolchain.ts';
import { linuxSourceStage } from '../image/kernel/source.ts';
import { quickjs } from '../image/packages/quickjs.ts';
import type { Sources } from '../image/sources/sources.ts';
import type { Stage } from '../image/stage.ts';
import { guestProgramsStage } from './guest-programs.ts';
import { guestRootStage } from './guest-root.ts';
import { type KernelVariant, labKernelStage, variantOf } from './kernel/kernel.ts';
import { labSourceStage } from './kernel/source.ts';

/** Stages of the pipeline whose outputs a run of the lab needs. */
export interface LabParts {
  /** Output: `linux`, `release`. */
  readonly kernel: Stage;
  /** Output: `lib/modules/<release>/updates/*.ko`. */
  readonly modules: Stage;
  /** Output: `usr/bin/plaitctl`, the very executable of the 64-bit board. */
  readonly agent: Stage;
  /** Output: the guest's read-only file system. */
  readonly root: Stage;
  /** Output: `bin/`, programs beside those of the file system. */
  readonly programs: Stage;
}

/** A leg that is no network device, for the experiment `kernel`. */
const testLeg = fileURLToPath(new URL('kernel/modules/plait_test_leg.c', import.meta.url));

/** The board whose agent runs in the lab: its executables run on any 64-bit PC. */
const boardOfTheLab = 'apu';

/** Resolves the sources and gives the stages; nothing is built yet. */
export async function labParts(sources: Sources, version: string, variant: KernelVariant): Promise<LabParts> {
  const board = await loadBoard(boardOfTheLab);
  const arch = archOf(board);
  const compiler = await compilerStage(arch, sources);
  const toolchain = await toolchainStage(board, arch, {
    compiler,
    linux: await linuxSourceStage(sources),
    sources,
  });
  const engine = await new RecipeStages(arch, board.cpu.arch, toolchain, sources).stage(quickjs);
  const linux = await labSourceStage(sources);
  const kernelParts = { linux, compiler, arch: variantOf(variant).guest === 'uml' ? 'um' : arch.kernel };
  const kernel = await labKernelStage(variant, kernelParts);
  return {
    kernel,
    modules: await modulesStage(kernel, kernelParts, {
      id: `lab-modules-${variant}`,
      symbols: variant === 'gdb',
      more: [testLeg],
    }),
    agent: await agentStage({ board: board.name, version, arch, toolchain, quickjs: engine }),
    root: await guestRootStage(sources),
    programs: await guestProgramsStage(arch, toolchain, sources),
  };
}

/** Debian packages of the build machine that these stages and the runs call. */
export function labHostPackages(variant: KernelVariant): string[] {
  const emulator = variantOf(variant).guest === 'qemu' ? ['qemu-system-x86'] : [];
  return [...debianEngine.hostPackages, 'util-linux', ...emulator];
}

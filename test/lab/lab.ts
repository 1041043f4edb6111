// SPDX-License-Identifier: MIT
/** The lab for tests: its parts from the pipeline's cache, and cells that run in a folder that is forgotten. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDir } from '../../src/image/cache-dir.ts';
import { Times } from '../../src/image/times.ts';
import type { CellResult } from '../../src/lab/cell.ts';
import { type Cell, cellsOf, type Experiment } from '../../src/lab/experiment.ts';
import type { KernelVariant } from '../../src/lab/kernel/kernel.ts';
import { buildLab, type LabOutputs } from '../../src/lab/outputs.ts';
import { type RunOptions, type RunResult, runCells } from '../../src/lab/run.ts';

/** Milliseconds for kernel, modules, agent and file system on a machine that has none of them. */
const BUILD = 30 * 60_000;

export function lab(variant: KernelVariant = 'plain'): Promise<LabOutputs> {
  process.umask(0o022);
  return buildLab({
    ...{ variant, version: '0.0.0-test', cache: cacheDir(), jobs: 2 },
    signal: AbortSignal.timeout(BUILD),
    onEvent: (event) => event.event === 'stage-built' && console.log(`  ${event.stage}: ${event.seconds} s`),
  });
}

/** Runs cells with seed 1, two at once; `options` may say otherwise. */
export async function run(
  outputs: LabOutputs,
  cells: readonly Cell[],
  options: Partial<RunOptions> = {},
): Promise<RunResult> {
  const folder = mkdtempSync(join(tmpdir(), 'plait-lab-test-'));
  try {
    return await runCells(cells, {
      ...{
        outputs,
        seed: 1,
        realTime: false,
        traces: [],
        traceFolder: folder,
        scratch: folder,
        keep: false,
        parallel: 2,
      },
      times: await Times.load(folder),
      signal: AbortSignal.timeout(20 * 60_000),
      onEvent: () => {},
      ...options,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The only cell of an experiment, run. */
export async function runOne(
  outputs: LabOutputs,
  experiment: Experiment,
  options: Partial<RunOptions> = {},
): Promise<CellResult> {
  const { experiments } = await run(outputs, cellsOf(experiment), options);
  const [cell] = experiments[0]?.cells ?? [];
  if (!cell) throw new Error(`${experiment.name} has no cell`);
  return cell;
}

// SPDX-License-Identifier: MIT
/** One cell of an experiment, run in a guest of its own. */
import { chmod, copyFile, link, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '../appliance/config.ts';
import { describe } from '../appliance/problems.ts';
import type { Config } from '../appliance/schema.ts';
import { UsageError } from '../image/errors.ts';
import { type Cell, describeValues, type Figures, Rejected } from './experiment.ts';
import { runGuest } from './guest/machine.ts';
import { runScript } from './guest/script.ts';
import type { LabOutputs } from './outputs.ts';
import { readDrawing } from './topology/drawing.ts';
import { type Network, networkOfDrawing } from './topology/network.ts';
import { Results } from './workload/results.ts';
import { Workload } from './workload/workload.ts';

export interface CellOptions {
  readonly outputs: LabOutputs;
  /** Folder of the run, made anew. */
  readonly folder: string;
  readonly seed: number;
  readonly realTime: boolean;
  /** Links to trace besides those that the experiment traces. */
  readonly traces: readonly string[];
  readonly signal: AbortSignal;
}

export interface CellResult {
  readonly values: Cell['values'];
  /** Absent when rejected. */
  readonly figures?: Figures;
  readonly paper?: number;
  readonly limit?: number;
  /** Why the repetitions in this cell are worth nothing. */
  readonly rejected?: string;
  /** Why there is no result at all. */
  readonly failed?: string;
  /** Which goal was missed, and by how much. */
  readonly missed?: string;
}

/** Simulated seconds that a cell may take when its experiment does not say. */
const DEADLINE = 900;
/** Seconds of wall-clock time that a simulated second may take, and what any guest may take to start. */
const SLOWNESS = 3;
const START = 240;

/** Runs a cell and reads its figures. Throws a GuestError when the guest gives none. */
export async function runCell(cell: Cell, options: CellOptions): Promise<CellResult> {
  const { experiment, values } = cell;
  const read = await runWorkload(cell, options, false);
  const limit = experiment.limit?.(values);
  const paper = experiment.paper?.(values);
  const known = {
    values,
    ...(paper === undefined ? {} : { paper }),
    ...(limit === undefined ? {} : { limit }),
  };
  try {
    const figures = read();
    checkFigures(cell, figures);
    const missed = experiment.goal?.(figures, values, limit);
    return { ...known, figures, ...(missed === undefined ? {} : { missed }) };
  } catch (error) {
    if (error instanceof Rejected) return { ...known, rejected: error.message };
    throw error;
  }
}

async function runWorkload(cell: Cell, options: CellOptions, shell: boolean): Promise<() => Figures> {
  const { experiment, values } = cell;
  const { outputs, folder, seed } = options;
  const yaml = experiment.boxes?.(values) ?? {};
  const network = networkOfDrawing(readDrawing(experiment.topology(values)), checkBoxes(cell, yaml));
  const workload = new Workload(network, new Results(join(folder, 'out')));
  const read = experiment.play(workload, values);
  for (const name of options.traces) workload.trace(name);
  const deadline = experiment.deadline ?? DEADLINE;
  await prepareFolder(folder, outputs);
  await writeBoxes(join(folder, 'boxes'), network, yaml);
  const script = runScript({
    network,
    seed,
    modules: outputs.modules.map((path) => `modules/${basename(path)}`),
    workload: workload.lines,
    traces: [...workload.traces],
    deadline,
    shell,
  });
  await writeFile(join(folder, 'run.sh'), script);
  await runGuest({
    kernel: outputs.kernel,
    root: outputs.root,
    folder,
    seed,
    realTime: options.realTime,
    deadline: START + deadline * SLOWNESS,
    signal: options.signal,
  });
  return read;
}

function checkBoxes(cell: Cell, yaml: Readonly<Record<string, string>>): Map<string, Config> {
  const configs = new Map<string, Config>();
  for (const [node, text] of Object.entries(yaml)) {
    const parsed = parseConfig(text);
    if (!parsed.ok) {
      const where = `${cell.experiment.name} ${describeValues(cell.values)}, plait.yaml of ${node}`;
      throw new UsageError(`${where}:\n${parsed.problems.map(describe).join('\n')}`);
    }
    configs.set(node, parsed.config);
  }
  return configs;
}

function checkFigures({ experiment }: Cell, figures: Figures): void {
  for (const name of Object.keys(experiment.figures)) {
    if (!Number.isFinite(figures[name])) throw new Error(`${experiment.name} gives no number for ${name}`);
  }
}

const guestDir = fileURLToPath(new URL('guest/', import.meta.url));
const udhcpcScript = fileURLToPath(new URL('../../overlay/usr/lib/plait/udhcpc.script', import.meta.url));

async function prepareFolder(folder: string, outputs: LabOutputs): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const dir of ['out', 'boxes', 'modules', 'bin']) await mkdir(join(folder, dir), { recursive: true });
  await copyFile(join(guestDir, 'prelude.sh'), join(folder, 'prelude.sh'));
  await copyFile(udhcpcScript, join(folder, 'boxes/udhcpc.script'));
  await chmod(join(folder, 'boxes/udhcpc.script'), 0o755);
  for (const path of outputs.modules) await copyFile(path, join(folder, 'modules', basename(path)));
  await copyFile(outputs.agent, join(folder, 'bin/plaitctl'));
  await link(join(folder, 'bin/plaitctl'), join(folder, 'bin/plaitd'));
}

/** What a box finds: its plait.yaml, and the facts of its board. */
async function writeBoxes(
  folder: string,
  { nodes }: Network,
  yaml: Readonly<Record<string, string>>,
): Promise<void> {
  for (const { name, ports } of nodes.filter(({ box }) => box)) {
    await writeFile(join(folder, `${name}.yaml`), yaml[name] ?? '');
    await writeFile(join(folder, `${name}.json`), JSON.stringify({ board: 'lab', ports }));
  }
}

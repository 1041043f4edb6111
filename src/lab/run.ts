// SPDX-License-Identifier: MIT
/** Runs cells, several at once, and collects what came of them. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildError, Interrupted, UsageError } from '../image/errors.ts';
import type { BuildEvent } from '../image/progress/events.ts';
import type { Times } from '../image/times.ts';
import { type CellResult, runCell } from './cell.ts';
import { type Cell, cellsOf, describeValues, type Experiment } from './experiment.ts';
import type { Journal } from './journal.ts';
import type { LabOutputs } from './outputs.ts';
import { keepTraces } from './traces.ts';

export interface RunOptions {
  readonly outputs: LabOutputs;
  readonly seed: number;
  readonly realTime: boolean;
  /** Links to trace; every cell must have them. */
  readonly traces: readonly string[];
  /** Where captures are kept. */
  readonly traceFolder: string;
  /** Run folders stay. */
  readonly keep: boolean;
  /** Below which the guests' folders are made. */
  readonly scratch: string;
  /** Guests at once. */
  readonly parallel: number;
  readonly times: Times;
  /** Keeps what is done, and knows what an interrupted run has done. */
  readonly journal?: Journal;
  readonly signal: AbortSignal;
  readonly onEvent: (event: BuildEvent) => void;
}

export interface ExperimentResult {
  readonly experiment: Experiment;
  readonly cells: readonly CellResult[];
}

export interface RunResult {
  readonly experiments: readonly ExperimentResult[];
  /** Run folders that were kept, because of `keep` or since a guest failed. */
  readonly kept: readonly string[];
}

/** Runs the cells; a cell that fails does not keep the others from running. Throws Interrupted when `signal` fires. */
export async function runCells(cells: readonly Cell[], options: RunOptions): Promise<RunResult> {
  const { times, onEvent, signal } = options;
  const base = await mkdtemp(join(options.scratch, 'plait-lab-'));
  const results = new Map<Cell, CellResult>();
  for (const cell of cells) {
    const known = options.journal?.find(cell);
    if (known) results.set(cell, known);
  }
  const missing = cells.filter((cell) => !results.has(cell));
  const plan = missing.map((cell) => ({
    stage: cellName(cell),
    seconds: times.expected(cellName(cell)),
    after: [],
  }));
  onEvent({ event: 'plan', stages: plan, of: 'cell' });
  if (results.size > 0)
    onEvent({ event: 'note', text: `${results.size} of ${cells.length} cells were done before` });
  const took = new Map<string, number>();
  const kept: string[] = [];
  const queue = [...missing]
    .sort((a, b) => times.expected(cellName(b)) - times.expected(cellName(a)))
    .values();
  const work = async () => {
    for (const cell of queue) {
      if (signal.aborted) throw new Interrupted('interrupted');
      const folder = join(base, cellName(cell).replaceAll(/[^\w.-]+/g, '_'));
      const result = await attempt(cell, folder, { ...options, took });
      results.set(cell, result);
      await options.journal?.add(cell, result);
      if (options.keep || result.failed !== undefined) kept.push(folder);
      else await rm(folder, { recursive: true, force: true });
    }
  };
  try {
    await Promise.all(Array.from({ length: options.parallel }, work));
  } finally {
    await times.record(
      [...took].map(([stage, seconds]) => ({ stage, state: 'built', seconds, key: '', out: '' })),
    );
    if (kept.length === 0) await rm(base, { recursive: true, force: true });
  }
  return { experiments: grouped(cells, results), kept };
}

/** `two-uplinks mode=ipip`: for progress, and for what is known of its duration. */
export function cellName({ experiment, values }: Cell): string {
  const described = describeValues(values);
  return described === '' ? experiment.name : `${experiment.name} ${described}`;
}

/** The cells of an experiment that belong to the quick set. */
export function quickCells(experiment: Experiment): Cell[] {
  return cellsOf(experiment).filter(({ values }) => experiment.quick?.(values));
}

/** What each cell took, in seconds. */
interface Took {
  readonly took: Map<string, number>;
}

async function attempt(cell: Cell, folder: string, options: RunOptions & Took): Promise<CellResult> {
  const { onEvent, signal } = options;
  const stage = cellName(cell);
  const begin = performance.now();
  const seconds = () => Math.round((performance.now() - begin) / 10) / 100;
  onEvent({ event: 'stage-start', stage });
  try {
    await mkdir(folder, { recursive: true });
    const onClock = (simulated: number) => onEvent({ event: 'stage-clock', stage, simulated });
    const result = await runCell(cell, { ...options, folder, onClock });
    await keepTraces(folder, options.traces, options.traceFolder, stage);
    options.took.set(stage, seconds());
    onEvent({ event: 'stage-built', stage, seconds: seconds() });
    return result;
  } catch (error) {
    if (signal.aborted) throw new Interrupted('interrupted', { cause: error });
    if (error instanceof UsageError || !(error instanceof BuildError)) throw error;
    onEvent({ event: 'stage-failed', stage, seconds: seconds() });
    onEvent({ event: 'note', text: `${stage}: ${error.message}` });
    return { values: cell.values, failed: error.message };
  }
}

function grouped(cells: readonly Cell[], results: ReadonlyMap<Cell, CellResult>): ExperimentResult[] {
  return [...new Set(cells.map(({ experiment }) => experiment))].map((experiment) => ({
    experiment,
    cells: cells.filter((cell) => cell.experiment === experiment).flatMap((cell) => results.get(cell) ?? []),
  }));
}

// SPDX-License-Identifier: MIT
/** One cell of an experiment, run in a guest of its own. */
import type { Cell, Figures } from './experiment.ts';
import { watchClock } from './guest/clock.ts';
import { debugGuest, shellInGuest } from './guest/interactive.ts';
import { runGuest } from './guest/machine.ts';
import { type PrepareOptions, prepareCell } from './prepare.ts';
import { Rejected } from './rejected.ts';

export interface CellOptions extends PrepareOptions {
  readonly signal: AbortSignal;
  /** Told now and then how far the guest's clock is, in seconds. */
  readonly onClock: (seconds: number) => void;
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

/** Seconds of wall-clock time that a simulated second may take, and what any guest may take to start. */
const SLOWNESS = 3;
const START = 240;

/** Runs a cell and reads its figures. Throws a GuestError when the guest gives none. */
export async function runCell(cell: Cell, options: CellOptions): Promise<CellResult> {
  const { experiment, values } = cell;
  const { guest, read, deadline } = await prepareCell(cell, options, false);
  const endWatch = watchClock(options.folder, options.onClock);
  try {
    await runGuest({ ...guest, deadline: START + deadline * SLOWNESS, signal: options.signal });
  } finally {
    endWatch();
  }
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

function checkFigures({ experiment }: Cell, figures: Figures): void {
  for (const [index, name] of Object.keys(experiment.figures).entries()) {
    const value = figures[name];
    if (value === undefined ? index === 0 : !Number.isFinite(value)) {
      throw new Error(`${experiment.name} gives no number for ${name}`);
    }
  }
}

/** Gives a shell inside of a cell's network instead of its workload. */
export async function exploreCell(cell: Cell, options: PrepareOptions): Promise<void> {
  const { guest } = await prepareCell(cell, options, true);
  await shellInGuest(guest);
}

/** Runs a cell's workload below gdb. */
export async function debugCell(cell: Cell, options: PrepareOptions): Promise<void> {
  const { debugging } = options.outputs;
  if (!debugging) throw new Error('this kernel was built without symbols');
  const { guest } = await prepareCell(cell, options, false);
  await debugGuest(guest, debugging);
}

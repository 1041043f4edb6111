// SPDX-License-Identifier: MIT
/** Yield: of how many boards the test says that they are good, and how soon. */
import type { RunRow } from '../index/readings.ts';

export interface Yield {
  /** Boards with at least one run that was finished. */
  readonly boards: number;
  /** Boards whose first finished run passed. */
  readonly firstPass: number;
  /** Boards whose last finished run passed. */
  readonly finalPass: number;
  /** Boards with more than one finished run. */
  readonly retested: number;
  /** Finished runs of these boards. */
  readonly runs: number;
  /** Runs that a person or a fault of the bench ended, or of boards that nobody identified: they judge no board. */
  readonly unfinished: number;
}

/** One board's runs of one test list, as far as they judge it. */
export interface BoardRuns {
  readonly board: string;
  readonly list: string;
  readonly serial: string;
  /** In the order of time, at least one. */
  readonly runs: readonly [RunRow, ...RunRow[]];
}

/** A run that judges a board: one that was not broken off, of a board that is known. */
function judges({ outcome, serial }: RunRow): boolean {
  return outcome !== 'ABORTED' && serial !== null;
}

/** Runs board by board, each list by itself; `runs` in the order of time. */
export function boardsOf(runs: readonly RunRow[]): BoardRuns[] {
  const boards = new Map<string, { first: RunRow; runs: [RunRow, ...RunRow[]] }>();
  for (const run of runs.filter(judges)) {
    const key = JSON.stringify([run.board, run.list, run.serial]);
    const known = boards.get(key);
    if (known) known.runs.push(run);
    else boards.set(key, { first: run, runs: [run] });
  }
  return [...boards.values()].map(({ first, runs }) => ({
    ...{ board: first.board, list: first.list, serial: first.serial ?? '', runs },
  }));
}

export function yieldOf(runs: readonly RunRow[]): Yield {
  const boards = boardsOf(runs);
  const passed = (run: RunRow | undefined) => run?.outcome === 'PASS';
  const counted = boards.reduce((sum, board) => sum + board.runs.length, 0);
  return {
    boards: boards.length,
    firstPass: boards.filter((board) => passed(board.runs[0])).length,
    finalPass: boards.filter((board) => passed(board.runs.at(-1))).length,
    retested: boards.filter((board) => board.runs.length > 1).length,
    runs: counted,
    unfinished: runs.length - counted,
  };
}

export interface Group {
  readonly name: string;
  readonly yield: Yield;
}

/** A board belongs where its first finished run does, so that each counts once. In the order of names. */
export function yieldBy(runs: readonly RunRow[], nameOf: (run: RunRow) => string): Group[] {
  const groups = new Map<string, RunRow[]>();
  const into = (name: string, some: readonly RunRow[]) => {
    const group = groups.get(name) ?? [];
    groups.set(name, group);
    for (const run of some) group.push(run);
  };
  for (const board of boardsOf(runs)) into(nameOf(board.runs[0]), board.runs);
  for (const run of runs.filter((one) => !judges(one))) into(nameOf(run), [run]);
  return [...groups]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, some]) => ({ name, yield: yieldOf(some) }));
}

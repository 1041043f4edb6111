// SPDX-License-Identifier: MIT

import type { Table } from '../../report/table.ts';
import type { CellResult } from '../cell.ts';
import type { Experiment } from '../experiment.ts';

/** What decides the figures; the same facts and sources give the same files, byte for byte. */
export interface RunFacts {
  readonly version: string;
  readonly seed: number;
  readonly kernel: string;
  readonly time: 'simulated' | 'real';
}

/** What stands in an experiment's JSON file. */
export interface JsonReport
  extends RunFacts,
    Pick<Experiment, 'name' | 'title' | 'source' | 'about' | 'limitIs' | 'figures'> {
  readonly cells: readonly (CellResult & { readonly percentOfLimit?: number })[];
  /** The same for people, as in the other files. */
  readonly table: Table;
}

// SPDX-License-Identifier: MIT
import type { Workload } from './workload/workload.ts';

/** One combination of an experiment's parameters. */
export type Values = Readonly<Record<string, string | number | boolean>>;

/** What is measured in a cell, by name; all but the first may be absent. */
export type Figures = Readonly<Record<string, number | undefined>>;

export interface FigureKind {
  readonly unit: string;
  /** Digits after the point in tables. */
  readonly digits?: number;
}

/**
 * An experiment: a topology, a workload, a measure, the figures of whoever did it before, and the physical limit.
 * Every combination of the parameters is a cell, run in a guest of its own.
 */
export interface Experiment<V extends Values = Values> {
  /** As in `plait lab run <name>`. */
  readonly name: string;
  readonly title: string;
  /** Where the figures that it repeats stand: `multi-path thesis, table 4.2`. */
  readonly source?: string;
  /** A sentence or more for the report: what is done, what the figures show. */
  readonly about: string;
  /** Values of each parameter, in the order of the table's columns. */
  readonly parameters: { readonly [K in keyof V]: readonly V[K][] };
  /** Combinations that are not measured. */
  readonly skip?: (values: NoInfer<V>) => boolean;
  /** Cells of the quick set; none by default. */
  readonly quick?: (values: NoInfer<V>) => boolean;
  /** What `play` gives; the first is the one that stands beside paper and limit. */
  readonly figures: Readonly<Record<string, FigureKind>>;
  /** A drawing (`topology/drawing.ts`). */
  topology(values: NoInfer<V>): string;
  /** Text of plait.yaml for those nodes that are boxes. */
  boxes?(values: NoInfer<V>): Readonly<Record<string, string>>;
  /** Private keys of those boxes that need the ones that others know them by: by node, then by name, in base64. */
  readonly keys?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Notes down the workload, and gives the function that reads the figures from its results. */
  play(lab: Workload, values: NoInfer<V>): () => Figures;
  /** The source's figure. */
  paper?(values: NoInfer<V>): number | undefined;
  /** What physics allows of the first figure. */
  limit?(values: NoInfer<V>): number | undefined;
  /** A sentence about the formula of `limit`. */
  readonly limitIs?: string;
  /** What is to be reached: a sentence when it is not. */
  goal?(figures: Figures, values: NoInfer<V>, limit: number | undefined): string | undefined;
  /** The parameter whose values are drawn along the horizontal axis; default: the last. */
  readonly axis?: keyof NoInfer<V> & string;
  /** Simulated seconds that a cell may take; default 900. */
  readonly deadline?: number;
}

/** Checks nothing; lets TypeScript know the parameters of each experiment. */
export function experiment<V extends Values>(definition: Experiment<V>): Experiment {
  return definition as unknown as Experiment;
}

export interface Cell {
  readonly experiment: Experiment;
  /** From 0, in the order of the parameters' values. */
  readonly index: number;
  readonly values: Values;
}

/** Every combination of the parameters' values, the last parameter changing fastest. */
export function cellsOf(experiment: Experiment): Cell[] {
  let combinations: Values[] = [{}];
  for (const [name, values] of Object.entries(experiment.parameters)) {
    combinations = combinations.flatMap((before) => values.map((value) => ({ ...before, [name]: value })));
  }
  return combinations
    .filter((values) => !experiment.skip?.(values))
    .map((values, index) => ({ experiment, index, values }));
}

/** `rate=20 nodes=2` */
export function describeValues(values: Values): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

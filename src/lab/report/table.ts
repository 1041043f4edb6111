// SPDX-License-Identifier: MIT
import type { Column, Table } from '../../report/table.ts';
import type { CellResult } from '../cell.ts';
import type { Experiment } from '../experiment.ts';
import type { ExperimentResult } from '../run.ts';

/**
 * A row for each cell: its parameters, the paper's figure, ours, the physical limit and the percentage of it, the
 * other figures, and what is wrong with it. Columns that are empty throughout are left out.
 */
export function resultTable({ experiment, cells }: ExperimentResult): Table {
  const parameters = Object.keys(experiment.parameters);
  const [first = '', ...others] = Object.keys(experiment.figures);
  const digits = (name: string) => experiment.figures[name]?.digits ?? 1;
  const number = (value: number | undefined, places: number) => value?.toFixed(places) ?? '';
  const all: (Column & { cell: (result: CellResult) => string })[] = [
    ...parameters.map((title) => ({
      title,
      number: experiment.parameters[title]?.every((value) => typeof value === 'number') ?? false,
      cell: ({ values }: CellResult) => String(values[title]),
    })),
    { title: 'paper', number: true, cell: ({ paper }) => number(paper, digits(first)) },
    {
      title: titleOf(experiment, first),
      number: true,
      cell: ({ figures }) => number(figures?.[first], digits(first)),
    },
    { title: 'limit', number: true, cell: ({ limit }) => number(limit, digits(first)) },
    { title: '% of limit', number: true, cell: (result) => number(percentOfLimit(result, first), 1) },
    ...others.map((name) => ({
      title: titleOf(experiment, name),
      number: true,
      cell: ({ figures }: CellResult) => number(figures?.[name], digits(name)),
    })),
    { title: 'remarks', number: false, cell: remarks },
  ];
  const used = all.filter((column) => cells.some((result) => column.cell(result) !== ''));
  return {
    columns: used.map(({ title, number }) => ({ title, number })),
    rows: cells.map((result) => used.map((column) => column.cell(result))),
  };
}

function titleOf({ figures }: Experiment, name: string): string {
  return `${name} (${figures[name]?.unit})`;
}

/** The first figure in percent of its physical limit. */
export function percentOfLimit({ figures, limit }: CellResult, first: string): number | undefined {
  const value = figures?.[first];
  return value === undefined || limit === undefined || limit === 0 ? undefined : (100 * value) / limit;
}

function remarks({ failed, rejected, missed }: CellResult): string {
  if (failed !== undefined) return `FAILED: ${failed}`;
  if (rejected !== undefined) return `rejected: ${rejected}`;
  return missed === undefined ? '' : `missed: ${missed}`;
}

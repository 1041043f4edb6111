// SPDX-License-Identifier: MIT
/** The figures beside each other and beside the goals, for people and for programs. */
import { type CaseCost, type Size, sizes } from './run.ts';

/** What a case costs beside the one that it is compared with. */
export interface Comparison {
  /** Percent more instructions; negative when fewer. */
  readonly percent: number;
  /** Whether that is within the goal; undefined without one. */
  readonly met?: boolean;
}

export interface ReportRow {
  readonly name: string;
  readonly title: string;
  readonly sessions: number;
  /** The case that it is compared with. */
  readonly over?: string;
  /** Percent more than that, at most. */
  readonly goal?: number;
  readonly costs: Readonly<
    Partial<Record<Size, { instructions: number; rounds: number[]; agree: boolean } & Partial<Comparison>>>
  >;
}

/** Puts each case beside the one it is compared with, where that was measured too. Instructions are whole numbers. */
export function reportRows(measured: readonly CaseCost[]): ReportRow[] {
  return measured.map(({ costCase, costs }) => {
    const { name, title, sessions, over } = costCase;
    const base = measured.find((other) => other.costCase.name === over?.name);
    const entries = Object.entries(costs).map(([size, cost]) => {
      const beside = base?.costs[size as Size];
      return [
        size,
        {
          instructions: Math.round(cost.instructions),
          rounds: cost.rounds.map(Math.round),
          agree: cost.agree,
          ...(beside ? compare(cost.instructions, beside.instructions, over?.goal) : {}),
        },
      ];
    });
    return {
      name,
      title,
      sessions,
      ...(over ? { over: over.name } : {}),
      ...(over?.goal === undefined ? {} : { goal: over.goal }),
      costs: Object.fromEntries(entries) as ReportRow['costs'],
    };
  });
}

function compare(instructions: number, base: number, goal: number | undefined): Comparison {
  const percent = Number(((instructions / base - 1) * 100).toFixed(1));
  return goal === undefined ? { percent } : { percent, met: percent <= goal };
}

/** A table of plain text. */
export function reportTable(rows: readonly ReportRow[], of: readonly Size[]): string[] {
  const head = ['', 'sessions', ...of.flatMap((size) => [sizes[size].title, '']), 'beside', 'goal'];
  const body = rows.map((row) => [
    row.title,
    String(row.sessions),
    ...of.flatMap((size) => [instructionsText(row, size), percentText(row, size)]),
    row.over ?? '',
    goalText(row, of),
  ]);
  const table = [head, ...body];
  const widths = head.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  const textual = (column: number) => column === 0 || column >= head.length - 2;
  return table.map((line) =>
    line
      .map((cell, column) =>
        textual(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

function instructionsText({ costs }: ReportRow, size: Size): string {
  const cost = costs[size];
  if (!cost) return '';
  return cost.agree ? String(cost.instructions) : `rejected: ${cost.rounds.join(', ')}`;
}

function percentText({ costs }: ReportRow, size: Size): string {
  const percent = costs[size]?.percent;
  return percent === undefined ? '' : `${percent < 0 ? '' : '+'}${percent.toFixed(1)} %`;
}

function goalText({ goal, costs }: ReportRow, of: readonly Size[]): string {
  const met = of.map((size) => costs[size]?.met);
  if (goal === undefined) return '';
  const verdict = met.includes(undefined) ? 'not compared' : met.every(Boolean) ? 'met' : 'MISSED';
  return `+${goal} %: ${verdict}`;
}

// SPDX-License-Identifier: MIT
/** Measures cases one after the other, several times over, and puts the figures beside each other. */
import type { Bench } from './bench.ts';
import type { CostCase } from './cost-case.ts';
import { median } from './window.ts';

/** Sizes of packets that are measured. */
export const sizes = {
  /** The shortest Ethernet frame: 64 bytes with header, padding and checksum. */
  small: { title: '64-byte frames', length: 46 },
  /** Leaves room for a tunnel's headers. */
  large: { title: '1400-byte packets', length: 1_400 },
} as const;
export type Size = keyof typeof sizes;

/** Instructions that a packet of one size takes in one case. */
export interface Cost {
  /** The median of the rounds. */
  readonly instructions: number;
  /** What each round came to. */
  readonly rounds: readonly number[];
  /** Whether the rounds agree; a figure for which they do not is not to be used. */
  readonly agree: boolean;
}

export interface CaseCost {
  readonly costCase: CostCase;
  readonly costs: Readonly<Partial<Record<Size, Cost>>>;
}

/** Rounds agree when the largest is above the smallest by at most this share. */
const SPREAD = 0.01;

/** What is needed of a board under load. */
export type Measuring = Pick<Bench, 'open' | 'measure' | 'stop'>;

/** Boots the board anew for each round, and sets every case up in it. `onFigure` is told each figure as it comes. */
export async function measureCases(
  boot: () => Promise<Measuring>,
  cases: readonly CostCase[],
  options: {
    readonly sizes: readonly Size[];
    readonly rounds: number;
    readonly onFigure: (costCase: CostCase, size: Size, instructions: number) => void;
  },
): Promise<CaseCost[]> {
  const measured = cases.map((costCase) => ({
    costCase,
    figures: new Map(options.sizes.map((size) => [size, [] as number[]])),
  }));
  for (let round = 0; round < options.rounds; round++) {
    const bench = await boot();
    try {
      for (const { costCase, figures } of measured) {
        await bench.open(costCase);
        for (const [size, list] of figures) {
          const instructions = await bench.measure(costCase, sizes[size].length);
          list.push(instructions);
          options.onFigure(costCase, size, instructions);
        }
      }
    } finally {
      await bench.stop();
    }
  }
  return measured.map(({ costCase, figures }) => ({
    costCase,
    costs: Object.fromEntries([...figures].map(([size, rounds]) => [size, summarize(rounds)])),
  }));
}

function summarize(rounds: readonly number[]): Cost {
  const agree = Math.max(...rounds) <= Math.min(...rounds) * (1 + SPREAD);
  return { instructions: median(rounds), rounds, agree };
}

// SPDX-License-Identifier: MIT
/**
 * Tables 4.6 to 4.11 of the multi-path thesis: the first proxy's path is slower or faster than the others, and weights
 * say how many packets it gets.
 */
import { type Experiment, experiment } from '../experiment.ts';
import type { Workload } from '../workload/workload.ts';
import {
  buffer,
  bufferCosts,
  CARD,
  fetchDocument,
  LIMIT_IS,
  limitByWeights,
  limitOf,
  paperFigure,
  RATES,
  recovery,
  spread,
  testbed,
} from './multipath.ts';

/** A table: rows by the weight of all other paths together, when that of the first is 1. */
interface Table {
  readonly number: string;
  readonly proxies: number;
  /** kB/s of each path but the first. */
  readonly others: number;
  readonly buffered: boolean;
  /** How the server's TCP finds losses: `byWeights` is for a TCP that waits for late packets, RACK sends them again by a fast path. */
  readonly recovery: 'thesis' | 'today';
  /** Mean and median may differ by this share, where one timeout of TCP takes as long as a whole fetch. */
  readonly tolerance?: number;
  readonly paper: Readonly<Record<number, readonly number[]>>;
}

const UNLIMITED = { others: CARD, recovery: 'today', tolerance: 0.25 } as const;
const LIMITED = { others: 100, recovery: 'thesis' } as const;

const tables: readonly Table[] = [
  {
    number: '4.6',
    proxies: 2,
    buffered: false,
    ...UNLIMITED,
    paper: {
      1: [74.73, 194.04, 379.29, 605.41, 731.56, 912.91, 615.69],
      5: [744.43, 993.16, 1698.55, 1064.84, 2827.98, 3579.81, 1360.96],
      10: [821.44, 970.64, 2980.17, 3741.78, 1341, 4823.39, 7429.3],
      15: [1099.2, 2766.55, 4537.04, 4715.12, 5726.8, 5537.9, 9547.39],
      20: [2545.89, 2965.74, 4677.69, 5783.55, 6657.01, 7490.8, 10312.84],
      25: [1351.84, 5215.93, 1434.78, 6791.28, 7720.03, 8171.29, 10010.05],
      50: [6735.84, 1526.95, 8058.24, 9238.52, 10543.52, 9898.79, 10386.47],
    },
  },
  {
    number: '4.7',
    proxies: 5,
    buffered: false,
    ...UNLIMITED,
    paper: {
      5: [429.16, 473.08, 861.53, 969.8, 1077.58, 2471.8, 4623.66],
      10: [664.92, 1340.77, 2116.51, 2841.25, 3610.58, 4262.41, 7502.99],
      15: [2011.95, 2894.95, 4061.25, 4362.48, 5467.36, 6282.97, 8777.42],
      20: [1683.33, 2994.02, 4374.42, 5525.86, 6901.93, 6622.7, 11038.23],
      25: [4862.64, 5565.77, 6260.65, 6800, 7514.78, 8481.29, 11058.5],
      50: [7395.51, 8078.38, 8846.95, 9471.17, 10889.49, 11070.3, 11089.29],
    },
  },
  {
    number: '4.8',
    proxies: 2,
    buffered: true,
    ...UNLIMITED,
    paper: {
      1: [65.56, 170.42, 285.01, 482.97, 484.43, 798.32, 1591.96],
      5: [149.46, 378.63, 740.57, 695.41, 1467.37, 937.25, 3666.94],
      10: [246.87, 614, 755.12, 1836.36, 2449.2, 3051.8, 5903.01],
      15: [387.14, 597.32, 1729.88, 2527.56, 1228.37, 4349, 8113.38],
      20: [459.41, 1100.52, 2213.77, 3316.02, 4421.19, 5602.23, 10812.94],
      25: [526.93, 793.25, 2609.29, 4059.65, 5421.48, 6397.25, 10157.18],
      50: [1039.59, 2530.88, 5040.78, 7726, 10158.86, 10020.19, 10026.31],
    },
  },
  {
    number: '4.9',
    proxies: 5,
    buffered: true,
    ...UNLIMITED,
    paper: {
      5: [150.08, 376.09, 535.07, 1091.85, 1467.25, 1828.28, 3612.16],
      10: [246.84, 616.7, 1238.35, 1842.64, 2417.22, 3078.82, 6017.99],
      15: [295.54, 857.57, 917.48, 2615.94, 3441.39, 4373.17, 8133.43],
      20: [439.95, 1104.84, 2266.62, 3337.03, 4354.55, 5606.78, 10058.13],
      25: [527.3, 1328.11, 2585.6, 4024.4, 5370.11, 6879.43, 10193.91],
      50: [1041.07, 2590.06, 5218.48, 7334.42, 10258.47, 11088.64, 11082.53],
    },
  },
  {
    number: '4.10',
    proxies: 2,
    buffered: false,
    ...LIMITED,
    paper: {
      1: [74.02, 95.36, 120.71, 115.16, 115.25, 113.83, 120.84],
      5: [61.37, 87.88, 108.97, 121.59, 103.87, 110.27, 102.76],
      10: [61.3, 102.12, 121.61, 101.3, 103.08, 109.29, 121.61],
      15: [59.55, 101.79, 100.13, 112.86, 102.06, 121.61, 121.61],
      20: [61.37, 102.06, 101.84, 110.95, 121.61, 121.61, 119.55],
      25: [61.43, 100.29, 105.81, 109.06, 121.51, 120.48, 105.3],
      50: [54.81, 111.21, 114.28, 121.51, 104.42, 105.15, 107.26],
    },
  },
  {
    number: '4.11',
    proxies: 5,
    buffered: true,
    ...LIMITED,
    paper: {
      5: [192.4, 344.35, 471.66, 378.65, 379.09, 471.37, 379.47],
      10: [121.29, 322.16, 466.71, 466.98, 467.59, 467.85, 467.74],
      15: [127.86, 326.75, 467.07, 467.33, 465.71, 467.85, 467.36],
      20: [127.8, 319.98, 467.02, 467.7, 467.22, 466.74, 467.01],
      25: [127.8, 319.79, 315.31, 467.62, 377.06, 466.33, 467.37],
      50: [127.82, 319.6, 465.88, 466.93, 375.83, 467.78, 466.94],
    },
  },
];

function rates(table: Table, first: number): number[] {
  return [first, ...Array<number>(table.proxies - 1).fill(table.others)];
}

/** 1:5 over five proxies is 4:5:5:5:5: the first gets one packet of six, the others share five. */
function weights(table: Table, weight: number): number[] {
  const others = table.proxies - 1;
  return [others, ...Array<number>(others).fill(weight)];
}

/** How packets are divided: by weight, or by the scheduler that finds out for itself. */
type Division = number | 'earliest';

function divide(lab: Workload, table: Table, division: Division): void {
  const { proxies: paths } = table;
  if (division !== 'earliest') {
    spread(lab, { paths, weights: weights(table, division) });
    return;
  }
  spread(lab, { paths, scheduler: 'earliest' });
  // It finds out rates and delays meanwhile.
  fetchDocument(lab, Number.POSITIVE_INFINITY);
}

function weightsTable(table: Table): Experiment {
  const { number, proxies, buffered, paper } = table;
  return experiment({
    name: `thesis-${number}`,
    title: `${proxies} proxies, the first limited to the rate${table.others === CARD ? '' : `, others to ${table.others} kB/s`}, ${buffered ? 'with' : 'without'} buffer`,
    source: `multi-path thesis, table ${number}`,
    about:
      'The first path gets one packet, the others together as many as the weight says. In order, no more arrives than the ' +
      'path that is loaded most for its rate lets through, which is what weights allow. TCP exceeds that where it takes what stands in the slow queue for ' +
      'lost and sends it again by the other paths; it stays below where it does so needlessly. With `earliest` nobody sets weights; it has ' +
      'learnt from three fetches that do not count.',
    parameters: {
      weight: [...Object.keys(paper).map(Number), 'earliest'] as Division[],
      rate: RATES,
    },
    quick: ({ weight, rate }) =>
      buffered && ((weight === 20 && rate === 200) || (weight === 'earliest' && rate === 100)),
    figures: {
      goodput: { unit: 'kB/s', digits: 2 },
      byWeights: { unit: 'kB/s', digits: 2 },
      ...(buffered ? { without: { unit: 'kB/s', digits: 2 } } : {}),
    },
    topology: ({ rate }) => testbed(rates(table, rate)),
    play(lab, { weight, rate }) {
      recovery(lab, table.recovery);
      divide(lab, table, weight);
      const without = buffered ? fetchDocument(lab, table.tolerance) : undefined;
      buffer(lab, buffered);
      const document = fetchDocument(lab, table.tolerance);
      return () => ({
        goodput: document.kilobytesPerSecond(),
        byWeights:
          weight === 'earliest' ? undefined : limitByWeights(rates(table, rate), weights(table, weight)),
        without: without?.kilobytesPerSecond(),
      });
    },
    paper: ({ weight, rate }) => paperFigure(paper, weight, rate),
    limit: ({ rate }) => limitOf(rates(table, rate)),
    limitIs: LIMIT_IS,
    goal({ goodput = 0, without = 0 }, { weight }, limit = 0) {
      const costs = bufferCosts(goodput, without);
      if (costs !== undefined) return costs;
      return weight === 'earliest' && goodput < 0.95 * limit ? 'less than 95 % of the limit' : undefined;
    },
  });
}

export default tables.map(weightsTable);

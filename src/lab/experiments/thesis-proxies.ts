// SPDX-License-Identifier: MIT
/** Tables 4.4 and 4.5 of the multi-path thesis: one to five proxies, each limited. */
import { experiment } from '../experiment.ts';
import {
  buffer,
  fetchDocument,
  LIMIT_IS,
  limitOf,
  paperFigure,
  RATES,
  recovery,
  spread,
  testbed,
} from './multipath.ts';

const paper = {
  without: {
    1: [18.59, 18.94, 65.78, 100.45, 124.91, 98.13, 156.43],
    2: [34.52, 75.72, 160.09, 215.88, 284.61, 342.22, 823.66],
    3: [52.62, 132.81, 239.66, 339.72, 553.93, 507.35, 1145.6],
    4: [71.8, 169.92, 372.87, 557.24, 539.76, 932.85, 1861.99],
    5: [90.27, 235.85, 378.31, 700.82, 943.65, 1181.53, 2355.65],
  },
  with: {
    1: [18.59, 19.29, 65.75, 105.93, 124.91, 110.03, 124.86],
    2: [34.25, 76.65, 114.26, 122.87, 150.46, 276.04, 344.46],
    3: [53.6, 129.88, 209.03, 365.87, 371.56, 548.52, 976.49],
    4: [70.97, 167.49, 305.79, 427.14, 733.86, 917.5, 1831.78],
    5: [89.35, 233.55, 466.35, 513.21, 929.92, 1162.14, 2325.29],
  },
};

function table(number: '4.4' | '4.5', buffered: 'with' | 'without') {
  return experiment({
    name: `thesis-${number}`,
    title: `Multiple path routing ${buffered} buffer`,
    source: `multi-path thesis, table ${number}`,
    about:
      `One to five proxies of equal rate, packets in turn, ${buffered} the client's buffer. The server's TCP finds losses as that of the thesis' ` +
      'kernel did, and, in the column `today`, as that of Linux 6.12 does, which takes a little disorder for loss.',
    parameters: { proxies: [1, 2, 3, 4, 5], rate: RATES },
    quick: ({ proxies, rate }) => rate === 250 && proxies !== 4,
    figures: { goodput: { unit: 'kB/s', digits: 2 }, today: { unit: 'kB/s', digits: 2 } },
    topology: ({ proxies, rate }) => testbed(Array(proxies).fill(rate)),
    play(lab, { proxies }) {
      spread(lab, { paths: proxies });
      recovery(lab, 'thesis');
      buffer(lab, buffered === 'with');
      const document = fetchDocument(lab);
      recovery(lab, 'today');
      const today = fetchDocument(lab, Number.POSITIVE_INFINITY);
      return () => ({ goodput: document.kilobytesPerSecond(), today: today.kilobytesPerSecond() });
    },
    paper: ({ proxies, rate }) => paperFigure(paper[buffered], proxies, rate),
    limit: ({ proxies, rate }) => limitOf(Array(proxies).fill(rate)),
    limitIs: LIMIT_IS,
    goal: ({ goodput = 0 }, _, limit = 0) =>
      goodput < 0.97 * limit ? 'less than 97 % of the limit' : undefined,
  });
}

export default [table('4.4', 'without'), table('4.5', 'with')];

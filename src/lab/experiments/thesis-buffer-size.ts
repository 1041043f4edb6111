// SPDX-License-Identifier: MIT
/** Table 4.12 of the multi-path thesis: one proxy, and more or less room in the client's buffer. */
import { experiment } from '../experiment.ts';
import {
  buffer,
  fetchDocument,
  LIMIT_IS,
  limitOf,
  paperFigure,
  RATES,
  spread,
  testbed,
} from './multipath.ts';

/** Rows by packets that may wait. */
const paper = {
  1: [18.93, 48.25, 66.4, 96.97, 124.91, 98.32, 139.51],
  5: [19.12, 48.23, 65.78, 100.39, 124.91, 98.4, 153.59],
  10: [19.12, 48.25, 65.78, 100.38, 123.93, 100.68, 223.16],
  15: [19.12, 48.25, 66.11, 100.39, 114.58, 105.44, 199.05],
  20: [19.1, 48.25, 65.76, 102.05, 125.43, 98.46, 164.55],
  25: [18.94, 48.25, 65.78, 96.03, 124.77, 98.39, 144.63],
  50: [18.93, 47.1, 65.65, 100.32, 124.91, 98.39, 144.08],
};

export default experiment({
  name: 'thesis-4.12',
  title: 'Sizes of the buffer',
  source: 'multi-path thesis, table 4.12',
  about: 'One proxy, so nothing overtakes: whatever room the buffer has, it must not show.',
  parameters: { size: Object.keys(paper).map(Number), rate: RATES },
  quick: ({ size, rate }) => size === 1 && rate === 500,
  figures: { goodput: { unit: 'kB/s', digits: 2 } },
  topology: ({ rate }) => testbed([rate]),
  play(lab, { size }) {
    spread(lab, { paths: 1 });
    buffer(lab, true, size);
    const document = fetchDocument(lab);
    return () => ({ goodput: document.kilobytesPerSecond() });
  },
  paper: ({ size, rate }) => paperFigure(paper, size, rate),
  limit: ({ rate }) => limitOf([rate]),
  limitIs: LIMIT_IS,
  goal: ({ goodput = 0 }, _, limit = 0) =>
    goodput < 0.99 * limit ? 'not flat: less than 99 % of the limit' : undefined,
});

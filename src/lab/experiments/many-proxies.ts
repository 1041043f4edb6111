// SPDX-License-Identifier: MIT
import { experiment } from '../experiment.ts';
import {
  buffer,
  bufferCosts,
  fetchDocument,
  LIMIT_IS,
  limitOf,
  recovery,
  spread,
  testbed,
} from './multipath.ts';

export default experiment({
  name: 'many-proxies',
  title: 'More proxies than the thesis had',
  source: 'multi-path thesis, tables 4.4 and 4.5, continued',
  about: "Six to sixteen proxies of equal rate, packets in turn, with the client's buffer, and without.",
  parameters: { proxies: [6, 8, 12, 16], rate: [20, 100, 500] },
  quick: ({ proxies, rate }) => proxies === 16 && rate === 500,
  figures: { goodput: { unit: 'kB/s', digits: 2 }, without: { unit: 'kB/s', digits: 2 } },
  topology: ({ proxies, rate }) => testbed(Array(proxies).fill(rate)),
  play(lab, { proxies }) {
    spread(lab, { paths: proxies });
    recovery(lab, 'thesis');
    const without = fetchDocument(lab, Number.POSITIVE_INFINITY);
    buffer(lab, true);
    const document = fetchDocument(lab);
    return () => ({ goodput: document.kilobytesPerSecond(), without: without.kilobytesPerSecond() });
  },
  limit: ({ proxies, rate }) => limitOf(Array(proxies).fill(rate)),
  limitIs: LIMIT_IS,
  goal({ goodput = 0, without = 0 }, _, limit = 0) {
    const costs = bufferCosts(goodput, without);
    if (costs !== undefined) return costs;
    return goodput < 0.97 * limit ? 'less than 97 % of the limit' : undefined;
  },
});

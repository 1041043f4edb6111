// SPDX-License-Identifier: MIT
import { experiment } from '../experiment.ts';
import { addDestinations, balancer, DESTINATIONS, drawing, readUplinks, sentBetween } from './balance.ts';

const FILE = 500e3;
/** So many that each uplink has been tried, see src/kmod/core/balance/history.c. */
const LEARNING = 9;

/** Which uplink is fast and near to each destination; the other fast one is 60 ms further. */
const NEAR = { dst1: 1, dst2: 2 } as const;

export default experiment({
  name: 'balance-history',
  title: 'The uplink that was best for a destination before',
  about:
    'One destination is near by one of the fast uplinks, the other by the other. After a few transfers that taught history, another one ' +
    'is sent to each, and it is counted what part of it leaves by the better uplink.',
  parameters: { destination: ['dst1', 'dst2'] as ('dst1' | 'dst2')[] },
  quick: () => true,
  figures: {
    best: { unit: '% of the bytes by the better uplink', digits: 2 },
    time: { unit: 's', digits: 3 },
    first: { unit: 's for the first transfer', digits: 3 },
  },
  topology: () =>
    drawing()
      .replace('r2 -- dst2', 'r2 --[ r2-dst2: 60ms ]-- dst2')
      .replace('r3 -- dst1', 'r3 --[ r3-dst1: 60ms ]-- dst1'),
  boxes: () => ({ balancer: balancer('history') }),
  play(lab, { destination }) {
    addDestinations(lab);
    const to = DESTINATIONS.filter(({ node }) => node === destination).slice(0, 1);
    const learning = lab
      .send({ from: 'src-a', to, sizes: Array.from({ length: LEARNING }, () => FILE) })
      .wait();
    const before = readUplinks(lab);
    const again = lab.send({ from: 'src-a', to, sizes: [FILE] }).wait();
    const after = readUplinks(lab);
    return () => {
      const { left } = sentBetween(before(), after());
      const all = left.reduce((sum, bytes) => sum + bytes, 0);
      const seconds = [...learning.files(), ...again.files()].map(({ begin, end }) => end - begin);
      return {
        best: (100 * (left[NEAR[destination]] ?? 0)) / all,
        time: seconds.at(-1) ?? Number.NaN,
        first: seconds[0] ?? Number.NaN,
      };
    };
  },
  goal: ({ best = 0 }) =>
    best < 98 ? 'the transfer did not leave by the uplink that was best before' : undefined,
});

// SPDX-License-Identifier: MIT
/** Two boxes joined by UDP legs, by plait.yaml alone: encrypted, one of them only heard, nobody sets rates or weights. */
import { experiment } from '../experiment.ts';
import { boxes, drawing, keys, type Lines, limitOf } from './udp-branch.ts';

/** Lines of the cells, as issue 13 asks for them. */
const lines = {
  '10+1': [
    { rate: 10, delay: 10 },
    { rate: 1, delay: 10 },
  ],
  '10+0.2': [
    { rate: 10, delay: 10 },
    { rate: 0.2, delay: 10 },
  ],
  '8+8, 10 and 50 ms': [
    { rate: 8, delay: 10 },
    { rate: 8, delay: 50 },
  ],
  '8+8, one loses 1 %': [
    { rate: 8, delay: 10 },
    { rate: 8, delay: 10, loss: 1 },
  ],
  '8+8, one loses 3 %': [
    { rate: 8, delay: 10 },
    { rate: 8, delay: 10, loss: 3 },
  ],
  '8+8, 100 and 200 ms': [
    { rate: 8, delay: 100 },
    { rate: 8, delay: 200 },
  ],
  '8+8, one wavers by 5 ms': [
    { rate: 8, delay: 10 },
    { rate: 8, delay: 10, jitter: 5 },
  ],
  '25+8+2, 10 to 70 ms': [
    { rate: 25, delay: 10 },
    { rate: 8, delay: 30 },
    { rate: 2, delay: 70 },
  ],
  'five of 2': [
    { rate: 2, delay: 10 },
    { rate: 2, delay: 10 },
    { rate: 2, delay: 10 },
    { rate: 2, delay: 10 },
    { rate: 2, delay: 10 },
  ],
} as const satisfies Record<string, Lines>;

type Which = keyof typeof lines;

/** What one TCP connection is to get of what the legs leave, percent. */
const GOALS: Record<Which, number> = {
  '10+1': 98,
  '10+0.2': 98,
  '8+8, 10 and 50 ms': 97,
  '8+8, one loses 1 %': 95,
  '8+8, one loses 3 %': 95,
  '8+8, 100 and 200 ms': 95,
  '8+8, one wavers by 5 ms': 96,
  '25+8+2, 10 to 70 ms': 97,
  'five of 2': 98,
};

/** Lines of the quick set; they take a minute each. */
const QUICK: readonly Which[] = ['10+0.2', '8+8, 10 and 50 ms', '8+8, one loses 1 %', '8+8, one loses 3 %'];

export default experiment({
  name: 'udp-legs',
  title: 'One connection over UDP legs',
  source: 'document L, and issue 13',
  about:
    'A branch with two or more uplinks and its far end, which only listens. Every packet is encrypted or signed, carries order, and is acknowledged by reports. ' +
    'One TCP connection between hosts behind them, from the branch.',
  parameters: {
    lines: Object.keys(lines) as Which[],
    protect: ['encrypt', 'sign'] as const,
  },
  quick: ({ lines: which, protect }) => which === '10+1' || (protect === 'encrypt' && QUICK.includes(which)),
  figures: {
    goodput: { unit: 'Mbit/s', digits: 3 },
    share: { unit: '% of the limit', digits: 1 },
    lost: { unit: 'packets', digits: 0 },
  },
  keys,
  topology: ({ lines: which }) => drawing(lines[which], 'vlans'),
  boxes: ({ lines: which, protect }) => boxes(protect, 'vlans', undefined, lines[which].length),
  play(lab, { lines: which }) {
    const stream = lab.stream({ from: 'host-a', to: 'host-b', seconds: 30, omit: 5 });
    return () => ({
      goodput: stream.megabitsPerSecond(),
      share: (100 * stream.megabitsPerSecond()) / limitOf(lines[which]),
      lost: stream.retransmits(),
    });
  },
  limit: ({ lines: which }) => limitOf(lines[which]),
  limitIs: "all lines' rates, of which a full frame leaves its payload below 60 bytes of headers of the leg",
  goal: ({ share = 0 }, { lines: which }) =>
    share < GOALS[which] ? `less than ${GOALS[which]} % of what the legs leave` : undefined,
});

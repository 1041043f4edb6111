// SPDX-License-Identifier: MIT
/** Two boxes joined by UDP legs, by plait.yaml alone: encrypted, one of them only heard, nobody sets rates or weights. */
import { experiment } from '../experiment.ts';
import { boxes, drawing, keys, type Line, payloadOf } from './udp-branch.ts';

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
} as const satisfies Record<string, readonly [Line, Line]>;

type Lines = keyof typeof lines;

/** What one TCP connection is to get of what the legs leave, percent. */
const GOALS: Record<Lines, number> = {
  '10+1': 98,
  '10+0.2': 98,
  '8+8, 10 and 50 ms': 97,
  '8+8, one loses 1 %': 95,
  '8+8, one loses 3 %': 95,
};

export default experiment({
  name: 'udp-legs',
  title: 'One connection over two UDP legs',
  source: 'document L, and issue 13',
  about:
    'A branch with two uplinks and its far end, which only listens. Every packet is encrypted or signed, carries order, and is acknowledged by reports. ' +
    'One TCP connection between hosts behind them, from the branch.',
  parameters: {
    lines: Object.keys(lines) as Lines[],
    protect: ['encrypt', 'sign'] as const,
  },
  quick: ({ lines: which, protect }) => which === '10+1' || protect === 'encrypt',
  figures: {
    goodput: { unit: 'Mbit/s', digits: 3 },
    share: { unit: '% of the limit', digits: 1 },
    lost: { unit: 'packets', digits: 0 },
  },
  keys,
  topology: ({ lines: which }) => drawing(lines[which], 'vlans'),
  boxes: ({ protect }) => boxes(protect, 'vlans'),
  play(lab, { lines: which }) {
    const stream = lab.stream({ from: 'host-a', to: 'host-b', seconds: 30, omit: 5 });
    return () => ({
      goodput: stream.megabitsPerSecond(),
      share: (100 * stream.megabitsPerSecond()) / limitOf(which),
      lost: stream.retransmits(),
    });
  },
  limit: ({ lines: which }) => limitOf(which),
  limitIs: "both lines' rates, of which a full frame leaves its payload below 60 bytes of headers of the leg",
  goal: ({ share = 0 }, { lines: which }) =>
    share < GOALS[which] ? `less than ${GOALS[which]} % of what the legs leave` : undefined,
});

function limitOf(which: Lines): number {
  return payloadOf(lines[which].reduce((all, { rate }) => all + rate, 0));
}

// SPDX-License-Identifier: MIT
/** Two UDP legs of unlike delays, under all kinds of traffic; nobody sets rates or weights. */
import { experiment } from '../experiment.ts';
import type { StreamOptions } from '../workload/iperf.ts';
import { boxes, drawing, FULL_DATAGRAM, keys, type Lines, limitOf } from './udp-branch.ts';

const LINES: Lines = [
  { rate: 8, delay: 10 },
  { rate: 8, delay: 50 },
];
const SECONDS = 30;
/** Share of what both lines carry that datagrams come at. */
const LOAD = 0.9;

/** What goes, and what it is to get, percent of what the legs leave. */
const kinds = {
  cubic: { congestion: 'cubic', omit: 5, goal: 97 },
  reno: { congestion: 'reno', omit: 5, goal: 97 },
  bbr: { congestion: 'bbr', omit: 5, goal: 97 },
  '20 connections': { connections: 20, omit: 5, goal: 98 },
  'datagrams at 90 %': { udp: LOAD * limitOf(LINES) * 1e6 * FULL_DATAGRAM, goal: 0 },
} as const satisfies Record<string, Partial<StreamOptions> & { goal: number }>;

type Kind = keyof typeof kinds;
const isUdp = (kind: Kind) => 'udp' in kinds[kind];

/** Percent of datagrams, from the first second on. */
const LOST_MOST = 0.1;

export default experiment({
  name: 'udp-traffic',
  title: 'All kinds of traffic over two UDP legs of 8 Mbit/s, 10 and 50 ms',
  source: 'issue 13',
  about:
    'A branch and its far end. Connections by congestion control and by number, and datagrams at 90 % of what both lines carry, from the first second on.',
  parameters: { traffic: Object.keys(kinds) as Kind[] },
  quick: ({ traffic }) => traffic === '20 connections' || isUdp(traffic),
  figures: {
    goodput: { unit: 'Mbit/s', digits: 3 },
    share: { unit: '% of the limit', digits: 1 },
    lost: { unit: '% of datagrams', digits: 2 },
    disorder: { unit: 'datagrams out of order', digits: 0 },
  },
  keys,
  topology: () => drawing(LINES, 'vlans'),
  boxes: () => boxes('encrypt', 'vlans'),
  play(lab, { traffic }) {
    const { goal: _, ...options } = kinds[traffic];
    const stream = lab.stream({ from: 'host-a', to: 'host-b', seconds: SECONDS, ...options });
    return () => ({
      goodput: stream.megabitsPerSecond(),
      share: (100 * stream.megabitsPerSecond()) / limitOf(LINES),
      ...(isUdp(traffic) ? { lost: stream.lossPercent(), disorder: stream.outOfOrder() } : {}),
    });
  },
  limit: () => limitOf(LINES),
  limitIs: "both lines' rates, of which a full frame leaves its payload below 60 bytes of headers of the leg",
  goal({ share = 0, lost = 0, disorder = 0 }, { traffic }) {
    const { goal } = kinds[traffic];
    if (share < goal) return `less than ${goal} % of what the legs leave`;
    if (lost > LOST_MOST) return `more than ${LOST_MOST} % lost`;
    return disorder > 0 ? 'out of order' : undefined;
  },
});

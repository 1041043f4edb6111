// SPDX-License-Identifier: MIT
/** Short files over a link that was idle: its legs are known from before, or not at all. */
import { experiment } from '../experiment.ts';
import { median } from '../measure/statistics.ts';
import { FRAME, IPV4, MTU, TCP } from './headers.ts';
import { join, type Leg, legsDrawing } from './legs.ts';

/** The best leg is the first. */
const LEGS: readonly Leg[] = [
  { traits: '10mbit 10ms', weight: 5 },
  { traits: '2mbit 40ms', weight: 1 },
];
const RATE = 10e6;
const ROUND_TRIP = 0.02;
/** Files, and seconds without traffic before each. */
const FILES = 9;
const IDLE = 5;

export default experiment({
  name: 'short-files',
  title: 'Files over an idle link of 10 and 2 Mbit/s, 10 and 40 ms',
  about: `Each of ${FILES} files comes after ${IDLE} s without traffic, by a connection of its own. A link must not be slower than its best leg.`,
  parameters: { kilobytes: [50, 200, 500, 2000], tool: ['earliest', 'weighted', 'single'] as const },
  figures: { time: { unit: 's, the median', digits: 3 }, worst: { unit: 's', digits: 3 } },
  topology: () => legsDrawing(LEGS),
  play(lab, { kilobytes, tool }) {
    const ends = join(lab, tool, LEGS);
    const transfers = lab.fetch({
      ...{ client: ends.to, server: ends.from, bytes: kilobytes * 1000 },
      ...{ times: FILES, pause: IDLE, tolerance: Number.POSITIVE_INFINITY },
    });
    return () => {
      const seconds = transfers.seconds();
      return { time: median(seconds), worst: Math.max(...seconds) };
    };
  },
  // Handshake, request, and the bytes at the rate of the best leg; slow start comes on top.
  limit: ({ kilobytes }) => 2 * ROUND_TRIP + (kilobytes * 8000 * (FRAME / (MTU - IPV4 - TCP))) / RATE,
  limitIs: 'two round trips and the bytes at the rate of the best leg; TCP begins slower',
});

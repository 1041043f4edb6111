// SPDX-License-Identifier: MIT
/** What other traffic waits for while one connection takes all that two legs carry. */
import { experiment } from '../experiment.ts';
import { percentile } from '../measure/statistics.ts';
import { FRAME, goodput, IPV4, MTU } from './headers.ts';
import { join, type Leg, legsDrawing, outerHeaders, tools } from './legs.ts';

const RATE = 8e6;
/** Round trip of an empty leg, in milliseconds. */
const BASE = 20;
/** Milliseconds that load may add. */
const ADDED = 20;

/** What is left of a leg's rate for IP packets, as its `rates` file takes it: its frames have another 34 bytes. */
const PACKETS = Math.floor((RATE * (MTU - IPV4)) / FRAME);

const LEGS: readonly Leg[] = [1, 2].map(() => ({
  traits: `${RATE / 1e6}mbit 10ms`,
  weight: 1,
  rate: PACKETS,
}));

export default experiment({
  name: 'round-trip',
  title: 'Round trip of pings while one connection fills 8 and 8 Mbit/s of 10 ms',
  about:
    'The queues of the lines hold 100 packets, which is 150 ms. `earliest` is told the rates here, and keeps the queue in the ' +
    "plait device's own fq_codel, where pings overtake; the others fill the lines' queues.",
  parameters: { tool: tools.filter((tool) => tool !== 'mptcp') },
  quick: ({ tool }) => tool === 'earliest',
  figures: {
    goodput: { unit: 'Mbit/s', digits: 2 },
    typical: { unit: 'ms, the median' },
    worst: { unit: 'ms, 99 of 100' },
  },
  topology: () => legsDrawing(LEGS),
  play(lab, { tool }) {
    const ends = join(lab, tool, LEGS);
    const stream = lab.backgroundStream({ ...ends, seconds: 20, omit: 2 });
    lab.wait(2);
    const pings = lab.ping({ ...ends, interval: 0.02 });
    lab.wait(18);
    const seen = pings.end();
    const sent = stream.wait();
    return () => {
      const trips = seen.milliseconds();
      return {
        goodput: sent.megabitsPerSecond(),
        typical: percentile(trips, 50),
        worst: percentile(trips, 99),
      };
    };
  },
  limit: ({ tool }) => goodput(((tool === 'single' ? 1 : 2) * RATE) / 1e6, outerHeaders(tool)),
  limitIs: 'the rates of the legs, after headers',
  goal({ goodput: reached = 0, worst = Number.POSITIVE_INFINITY }, { tool }, limit = 0) {
    if (tool !== 'earliest') return undefined;
    if (worst > BASE + ADDED) return `one of a hundred pings waits more than ${ADDED} ms`;
    return reached < 0.95 * limit ? 'the connection gets less than 95 % of the limit' : undefined;
  },
});

// SPDX-License-Identifier: MIT
/** Both ends send all they can: each one's acknowledgements share the legs with its data. */
import { experiment } from '../experiment.ts';
import { goodput } from './headers.ts';
import { join, type Leg, legsDrawing, outerHeaders, tools } from './legs.ts';

const LEGS: readonly Leg[] = [1, 2].map(() => ({ traits: '8mbit 10ms', weight: 1 }));
const SECONDS = 15;

/** Milliseconds without anything new that arrives. */
const STALL = 300;
/** Of what the legs carry, both ways together; acknowledgements take their share of it. */
const SHARE = 0.8;

export default experiment({
  name: 'both-ways',
  title: 'As much as goes, both ways at once, over 8 and 8 Mbit/s of 10 ms',
  about:
    'TCP connections from each end to the other. A scheduler with flow control sends as acknowledgements come in; were they to wait ' +
    'for room at either end, each end would wait for the other.',
  parameters: { tool: tools.filter((tool) => tool !== 'mptcp'), connections: [1, 4] },
  quick: ({ tool, connections }) => tool === 'earliest' && connections === 4,
  figures: {
    there: { unit: 'Mbit/s', digits: 2 },
    back: { unit: 'Mbit/s', digits: 2 },
    stall: { unit: 'ms' },
  },
  topology: () => legsDrawing(LEGS),
  play(lab, { tool, connections }) {
    const ends = join(lab, tool, LEGS);
    lab.startClock();
    const seen = lab.capture(ends.to, 'eth0');
    const there = lab.backgroundStream({ ...ends, seconds: SECONDS, connections });
    const back = lab.backgroundStream({
      from: ends.to,
      to: ends.from,
      address: lab.address(ends.from),
      seconds: SECONDS,
      connections,
    });
    const [one, other] = [there.wait(), back.wait()];
    return () => ({
      there: one.megabitsPerSecond(),
      back: other.megabitsPerSecond(),
      stall: seen.flow().stall.seconds * 1000,
    });
  },
  limit: ({ tool }) => goodput(16, outerHeaders(tool)),
  limitIs:
    'the rates of both legs in one direction, of which full frames leave their payload after the headers of the tool',
  goal({ there = 0, back = 0, stall = 0 }, { tool }, limit = 0) {
    if (tool !== 'earliest') return undefined;
    if (stall > STALL) return `a stall of more than ${STALL} ms`;
    return there + back < SHARE * 2 * limit ? `less than ${SHARE * 100} % both ways together` : undefined;
  },
});

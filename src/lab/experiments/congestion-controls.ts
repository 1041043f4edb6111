// SPDX-License-Identifier: MIT
/** One, four and twenty connections of each congestion control over legs of unlike delay, beside the legs one by one. */
import { experiment } from '../experiment.ts';
import { goodput } from './headers.ts';
import { join, type Leg, legsDrawing, outerHeaders } from './legs.ts';

const LEGS: readonly Leg[] = [
  { traits: '8mbit 10ms', weight: 1 },
  { traits: '8mbit 30ms', weight: 1 },
];
const SECONDS = 20;
const OMIT = 2;
/** Of the limit. */
const GOAL = 0.95;

const tools = ['earliest', 'weighted', 'mptcp', 'single'] as const;

export default experiment({
  name: 'congestion-controls',
  title: 'TCP with each congestion control over 8 and 8 Mbit/s, 10 and 30 ms',
  about:
    'What spreads packets must suit every sender: cubic and reno, which fill queues and heed losses, and bbr, which measures.',
  parameters: {
    congestion: ['cubic', 'reno', 'bbr'] as const,
    connections: [1, 4, 20],
    tool: [...tools],
  },
  // MPTCP couples its own connections, whatever is asked for.
  skip: ({ tool, congestion }) => tool === 'mptcp' && congestion !== 'cubic',
  figures: {
    goodput: { unit: 'Mbit/s', digits: 2 },
    retransmitted: { unit: 'segments', digits: 0 },
  },
  topology: () => legsDrawing(LEGS),
  play(lab, { congestion, connections, tool }) {
    const ends = join(lab, tool, LEGS);
    lab.startClock();
    const mptcp = tool === 'mptcp';
    const stream = lab.stream({
      ...ends,
      ...{ seconds: SECONDS, omit: OMIT, connections, mptcp },
      ...(mptcp ? {} : { congestion }),
    });
    return () => ({
      goodput: stream.megabitsPerSecond(),
      retransmitted: lab.counters(ends.from).protocol('TcpRetransSegs'),
    });
  },
  limit: ({ tool }) => goodput(tool === 'single' ? 8 : 16, outerHeaders(tool)),
  limitIs: 'the rates of the legs, of which full frames leave their payload after the headers of the tool',
  goal: ({ goodput: reached = 0 }, { tool }, limit = 0) =>
    tool === 'earliest' && reached < GOAL * limit ? `less than ${GOAL * 100} % of the limit` : undefined,
});

// SPDX-License-Identifier: MIT
/** One TCP connection over several legs: Plait beside what Linux has of its own, on the same links. */
import { type Experiment, experiment } from '../experiment.ts';
import { goodput } from './headers.ts';
import { join, type Leg, legsDrawing, outerHeaders, tools } from './legs.ts';

interface Scene {
  readonly name: string;
  readonly title: string;
  readonly legs: readonly Leg[];
  /** Changes while it runs; the connection begins at 0. */
  readonly events?: string;
  /** Mbit/s of all legs together, averaged over the time that is measured. */
  readonly rate: number;
  /** Simulated seconds, of which the first `omit` do not count. */
  readonly seconds: number;
  readonly omit: number;
}

const leg = (traits: string, weight = 1): Leg => ({ traits, weight });

const scenes: readonly Scene[] = [
  {
    name: '10-1',
    title: '10 and 1 Mbit/s, 10 ms',
    legs: [leg('10mbit 10ms', 10), leg('1mbit 10ms')],
    ...{ rate: 11, seconds: 20, omit: 2 },
  },
  {
    name: '10-02',
    title: '10 and 0.2 Mbit/s, 10 ms',
    legs: [leg('10mbit 10ms', 50), leg('200kbit 10ms')],
    ...{ rate: 10.2, seconds: 20, omit: 2 },
  },
  {
    name: '8-8-delays',
    title: '8 and 8 Mbit/s, 10 and 50 ms',
    legs: [leg('8mbit 10ms'), leg('8mbit 50ms')],
    ...{ rate: 16, seconds: 20, omit: 2 },
  },
  {
    name: '8-8-far',
    title: '8 and 8 Mbit/s, 100 and 200 ms, queues of 300 packets',
    legs: [leg('8mbit 100ms queue=300'), leg('8mbit 200ms queue=300')],
    ...{ rate: 16, seconds: 30, omit: 0 },
  },
  {
    name: '5x2',
    title: 'five legs of 2 Mbit/s, 10 ms',
    legs: [1, 2, 3, 4, 5].map(() => leg('2mbit 10ms')),
    ...{ rate: 10, seconds: 20, omit: 2 },
  },
  {
    name: 'loss',
    title: '8 and 8 Mbit/s, 10 ms, 1 % of packets lost on the second',
    legs: [leg('8mbit 10ms'), leg('8mbit 10ms loss=1%')],
    ...{ rate: 16, seconds: 20, omit: 2 },
  },
  {
    name: 'jitter',
    title: '8 and 8 Mbit/s, 10 ms, the second up to 5 ms more or less',
    legs: [leg('8mbit 10ms'), leg('8mbit 10ms jitter=5ms')],
    ...{ rate: 16, seconds: 20, omit: 2 },
  },
  {
    name: 'changing',
    title: '8 and 8 Mbit/s, 10 ms, the second at half its rate from second 6 to 12',
    legs: [leg('8mbit 10ms'), leg('8mbit 10ms')],
    events: 'at 6s: leg2 [ 4mbit ]\nat 12s: leg2 [ 8mbit ]',
    // 6 of the 18 seconds that count.
    rate: 16 - (4 * 6) / 18,
    ...{ seconds: 18, omit: 0 },
  },
];

function peers({ name, title, legs, events, rate, seconds, omit }: Scene): Experiment {
  return experiment({
    name: `peers-${name}`,
    title: `One connection over ${title}`,
    about:
      "Plait's weighted scheduler with the true ratio set by hand, Linux' bonding (balance-rr, ARP monitor), teql and MPTCP, " +
      'and the first leg alone.',
    parameters: { tool: [...tools] },
    quick: ({ tool }) => name === '10-1' && (tool === 'weighted' || tool === 'single'),
    figures: {
      goodput: { unit: 'Mbit/s', digits: 2 },
      stall: { unit: 'ms' },
      reordered: { unit: '% of segments' },
      retransmitted: { unit: 'segments', digits: 0 },
    },
    topology: () => legsDrawing(legs, events),
    play(lab, { tool }) {
      const ends = join(lab, tool, legs);
      // The packets of an MPTCP connection come by all legs, as connections of their own.
      const seen = tool === 'mptcp' ? undefined : lab.capture(ends.to, 'eth0');
      lab.startClock();
      const stream = lab.stream({ ...ends, seconds, omit, mptcp: tool === 'mptcp' });
      return () => {
        const flow = seen?.flow();
        return {
          goodput: stream.megabitsPerSecond(),
          stall: flow && flow.stall.seconds * 1000,
          reordered: flow && (100 * flow.reordered) / flow.segments,
          retransmitted: lab.counters(ends.from).protocol('TcpRetransSegs'),
        };
      };
    },
    limit: ({ tool }) => goodput(rate, outerHeaders(tool)),
    limitIs:
      'the rates of all legs together, of which full frames leave their payload after the headers of the tool',
  });
}

export default scenes.map(peers);

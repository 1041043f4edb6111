// SPDX-License-Identifier: MIT
/** One TCP connection over several legs: Plait beside what Linux has of its own, on the same links. */
import { type Experiment, experiment } from '../experiment.ts';
import { goodput } from './headers.ts';
import { join, type Leg, legsDrawing, outerHeaders, type Tool, tools } from './legs.ts';

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
  /** Share of the limit that `earliest` is to reach; `ofApart`: of what a connection by each leg alone reaches, summed. */
  readonly goal: number;
  readonly ofApart?: true;
  /** It is to be above what the first leg allows alone, in Mbit/s of frames. */
  readonly first?: number;
  /** Cells of the quick set. */
  readonly quick?: readonly Tool[];
}

const leg = (traits: string, weight = 1): Leg => ({ traits, weight });

const scenes: readonly Scene[] = [
  {
    name: '10-1',
    title: '10 and 1 Mbit/s, 10 ms',
    legs: [leg('10mbit 10ms', 10), leg('1mbit 10ms')],
    ...{ rate: 11, seconds: 20, omit: 2, goal: 0.97, first: 10 },
    quick: ['weighted', 'single'],
  },
  {
    name: '10-02',
    title: '10 and 0.2 Mbit/s, 10 ms',
    legs: [leg('10mbit 10ms', 50), leg('200kbit 10ms')],
    ...{ rate: 10.2, seconds: 20, omit: 2, goal: 0.97, first: 10 },
  },
  {
    name: '8-8-delays',
    title: '8 and 8 Mbit/s, 10 and 50 ms',
    legs: [leg('8mbit 10ms'), leg('8mbit 50ms')],
    ...{ rate: 16, seconds: 20, omit: 2, goal: 0.95 },
  },
  {
    name: '8-8-far',
    title: '8 and 8 Mbit/s, 100 and 200 ms, queues of 300 packets',
    legs: [leg('8mbit 100ms queue=300'), leg('8mbit 200ms queue=300')],
    ...{ rate: 16, seconds: 30, omit: 0, goal: 0.9 },
    quick: ['earliest'],
  },
  {
    name: '5x2',
    title: 'five legs of 2 Mbit/s, 10 ms',
    legs: [1, 2, 3, 4, 5].map(() => leg('2mbit 10ms')),
    ...{ rate: 10, seconds: 20, omit: 2, goal: 0.98 },
    quick: ['earliest'],
  },
  {
    name: 'loss',
    title: '8 and 8 Mbit/s, 10 ms, 1 % of packets lost on the second',
    legs: [leg('8mbit 10ms'), leg('8mbit 10ms loss=1%')],
    ...{ rate: 16, seconds: 20, omit: 2, goal: 0.9, ofApart: true },
    quick: ['earliest'],
  },
  {
    name: 'loss-3',
    title: '8 and 8 Mbit/s, 10 ms, 3 % of packets lost on the second',
    legs: [leg('8mbit 10ms'), leg('8mbit 10ms loss=3%')],
    ...{ rate: 16, seconds: 20, omit: 2, goal: 0.9, ofApart: true },
  },
  {
    name: 'loss-both',
    title: '8 and 8 Mbit/s, 10 ms, 1 % of packets lost on both',
    legs: [leg('8mbit 10ms loss=1%'), leg('8mbit 10ms loss=1%')],
    ...{ rate: 16, seconds: 20, omit: 2, goal: 0.9, ofApart: true },
  },
  {
    name: 'jitter',
    title: '8 and 8 Mbit/s, 10 ms, the second up to 5 ms more or less',
    legs: [leg('8mbit 10ms'), leg('8mbit 10ms jitter=5ms')],
    ...{ rate: 16, seconds: 20, omit: 2, goal: 0.9, ofApart: true },
  },
  {
    name: 'three-unequal',
    title: '25, 8 and 2 Mbit/s, 10, 30 and 70 ms',
    legs: [leg('25mbit 10ms', 12), leg('8mbit 30ms', 4), leg('2mbit 70ms')],
    ...{ rate: 35, seconds: 20, omit: 2, goal: 0.97 },
  },
  {
    name: 'deep-queues',
    title: '8 and 4 Mbit/s, 10 and 20 ms, queues of 600 packets',
    legs: [leg('8mbit 10ms queue=600', 2), leg('4mbit 20ms queue=600')],
    ...{ rate: 12, seconds: 20, omit: 2, goal: 0.97 },
  },
  {
    name: 'changing',
    title: '8 and 8 Mbit/s, 10 ms, the second at half its rate from second 6 to 12',
    legs: [leg('8mbit 10ms'), leg('8mbit 10ms')],
    events: 'at 6s: leg2 [ 4mbit ]\nat 12s: leg2 [ 8mbit ]',
    // 6 of the 18 seconds that count.
    rate: 16 - (4 * 6) / 18,
    ...{ seconds: 18, omit: 0, goal: 0.9 },
  },
];

function peers(scene: Scene): Experiment {
  const { name, title, legs, events, rate, seconds, omit, ofApart } = scene;
  return experiment({
    name: `peers-${name}`,
    title: `One connection over ${title}`,
    about:
      "Plait's `earliest`, to which nobody tells anything, and its `weighted` with the true ratio set by hand; Linux' bonding " +
      '(balance-rr, ARP monitor), teql and MPTCP; and the first leg alone.',
    parameters: { tool: [...tools] },
    quick: ({ tool }) => scene.quick?.includes(tool) ?? false,
    figures: {
      goodput: { unit: 'Mbit/s', digits: 2 },
      ...(ofApart ? { apart: { unit: 'Mbit/s, each leg alone, summed', digits: 2 } } : {}),
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
      // What is bonded has no addresses of its own any more.
      const alone =
        ofApart && tool !== 'bonding'
          ? legs.map((_, index) =>
              lab.stream({ from: 'left', to: 'right', link: `leg${index + 1}`, seconds, omit }),
            )
          : undefined;
      return () => {
        const flow = seen?.flow();
        return {
          goodput: stream.megabitsPerSecond(),
          apart: alone?.reduce((sum, one) => sum + one.megabitsPerSecond(), 0),
          stall: flow && flow.stall.seconds * 1000,
          reordered: flow && (100 * flow.reordered) / flow.segments,
          retransmitted: lab.counters(ends.from).protocol('TcpRetransSegs'),
        };
      };
    },
    limit: ({ tool }) => goodput(rate, outerHeaders(tool)),
    limitIs:
      'the rates of all legs together, of which full frames leave their payload after the headers of the tool',
    goal: (figures, { tool }, limit = 0) =>
      tool === 'earliest' ? missedBy(scene, figures.goodput ?? 0, figures.apart ?? limit) : undefined,
  });
}

function missedBy({ goal, ofApart, first }: Scene, reached: number, of: number): string | undefined {
  const whole = ofApart ? 'the legs one by one' : 'the limit';
  if (reached < goal * of) return `less than ${goal * 100} % of ${whole}`;
  return first !== undefined && reached <= goodput(first) ? 'no more than the first leg alone' : undefined;
}

export default scenes.map(peers);

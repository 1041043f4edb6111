// SPDX-License-Identifier: MIT
/** One of two legs is gone for ten seconds: how long a connection stands still, and what becomes of its rate. */
import { experiment } from '../experiment.ts';
import type { FlowMeasures } from '../measure/flow.ts';
import type { Packet } from '../measure/pcap.ts';
import { goodput } from './headers.ts';
import { join, type Leg, legsDrawing, outerHeaders, type Tool, tools } from './legs.ts';

const LEGS: readonly Leg[] = [
  { traits: '8mbit 10ms', weight: 1 },
  { traits: '8mbit 10ms', weight: 1 },
];

/** Seconds on the workload's clock. */
const GONE = 5;
const BACK = 15;
const END = 25;
/** From here on the connection has had time to settle on one leg. */
const SETTLED = 7;

const box = (name: string, own: number, other: number, scheduler: string, tunnel: string) => `version: 1
hostname: ${name}
lan: { ports: [eth0], address: 192.168.${own}.1/24 }
uplinks:
  one: { port: eth1, address: 198.18.1.${own}/24 }
  two: { port: eth2, address: 198.18.2.${own}/24 }
tunnels:
  p:
    mode: ipip
    scheduler: ${scheduler}
    ${tunnel}
    address: 10.255.0.${own}/24
    routes: [192.168.${other}.0/24]
`;

const remote = 'remote: { one: 198.18.1.2, two: 198.18.2.2 }';
const answer = 'answer: { one: { uplink: one, from: 198.18.1.1 }, two: { uplink: two, from: 198.18.2.1 } }';

const boxes = (scheduler: string) => ({
  left: box('left', 1, 2, scheduler, remote),
  right: box('right', 2, 1, scheduler, answer),
});

/** Plait's schedulers run on boxes with the agent, which probes the paths. */
const plaited = (tool: Tool) => tool === 'earliest' || tool === 'weighted';

/** Payload that arrived in order between two moments, in Mbit/s. */
function rateBetween({ growth }: FlowMeasures, from: number, to: number): number {
  const at = (time: number) => growth.findLast((step) => step.time <= time)?.bytes ?? 0;
  return ((at(to) - at(from)) * 8) / (to - from) / 1e6;
}

/** The longest time without progress that began in the outage or just before, in milliseconds. */
function stallInOutage({ growth }: FlowMeasures): number {
  const gaps = growth.map(({ time }, index) => ({ from: growth[index - 1]?.time ?? time, time }));
  const then = gaps.filter(({ from }) => from >= GONE - 0.1 && from < BACK);
  return Math.max(0, ...then.map(({ from, time }) => time - from)) * 1000;
}

/** Payload on links between two moments, in Mbit/s; what was sent again counts too. */
function payloadBetween(packets: readonly Packet[], from: number, to: number): number {
  const within = packets.filter(({ time }) => time >= from && time < to);
  return (within.reduce((sum, { tcp }) => sum + (tcp?.payload ?? 0), 0) * 8) / (to - from) / 1e6;
}

const kinds = { silent: ['cut', 'mend'], carrier: ['down', 'up'] } as const;

/**
 * Longest stall in milliseconds. 100 are wanted where the carrier goes, and the leg is left at once. With `weighted` the
 * other line's queue alone, which what was lost has to pass when it is sent again, takes 110.
 */
function stallWanted(outage: keyof typeof kinds, tool: Tool): number {
  return outage === 'carrier' && tool === 'earliest' ? 100 : 300;
}

/** Segments with payload after a moment, within a second. */
function segmentsAfter(packets: readonly Packet[], moment: number): number {
  return packets.filter(({ time, tcp }) => time > moment && time < moment + 1 && (tcp?.payload ?? 0) > 0)
    .length;
}

export default experiment({
  name: 'outage',
  title: 'One of two legs of 8 Mbit/s is gone from second 5 to 15',
  about:
    'Boxes with a plait.yaml (earliest, weighted), bonding with its ARP monitor, teql and MPTCP. Packets vanish in silence, ' +
    'or the carrier goes.',
  parameters: {
    outage: ['silent', 'carrier'] as ('silent' | 'carrier')[],
    tool: tools.filter((tool) => tool !== 'single'),
  },
  quick: ({ tool }) => plaited(tool),
  figures: {
    meanwhile: { unit: 'Mbit/s', digits: 2 },
    stall: { unit: 'ms' },
    again: { unit: 'ms until both are used' },
    vanished: { unit: 'segments sent by the leg that is gone', digits: 0 },
  },
  topology: ({ outage }) => {
    const [gone, back] = kinds[outage];
    return legsDrawing(LEGS, `at ${GONE}s: leg2 ${gone}\nat ${BACK}s: leg2 ${back}`);
  },
  boxes: ({ tool }) => (plaited(tool) ? boxes(tool) : {}),
  play(lab, { tool }) {
    const ends = plaited(tool)
      ? { from: 'sender', to: 'receiver', address: lab.address('receiver') }
      : join(lab, tool, LEGS);
    const legs = [lab.trace('leg1'), lab.trace('leg2')];
    const leaving = lab.capture('left', 'eth2');
    lab.startClock();
    const seen = tool === 'mptcp' ? undefined : lab.capture(ends.to, 'eth0');
    lab.stream({ ...ends, seconds: END, mptcp: tool === 'mptcp' });
    return () => {
      const flow = seen?.flow();
      const [first = [], second = []] = legs.map((leg) => leg.packets());
      const returned = second.find(({ time, tcp }) => time >= BACK && (tcp?.payload ?? 0) > 1000);
      return {
        meanwhile: flow
          ? rateBetween(flow, SETTLED, BACK)
          : payloadBetween([...first, ...second], SETTLED, BACK),
        stall: flow && stallInOutage(flow),
        again: returned && (returned.time - BACK) * 1000,
        vanished: segmentsAfter(leaving.packets(), GONE),
      };
    };
  },
  limit: ({ tool }) => goodput(8, outerHeaders(tool)),
  limitIs: 'the rate of the leg that is left, after headers',
  goal(figures, { outage, tool }, limit = 0) {
    if (!plaited(tool)) return undefined;
    const { meanwhile = 0, stall = 0, again = Number.POSITIVE_INFINITY, vanished = 0 } = figures;
    const longest = stallWanted(outage, tool);
    if (stall > longest) return `a stall of more than ${longest} ms`;
    if (outage === 'carrier' && vanished > 0) return 'segments were sent by a leg without carrier';
    if (meanwhile < 0.95 * limit) return 'less than 95 % of one leg meanwhile';
    return again > 1000 ? 'more than 1 s until both legs are used again' : undefined;
  },
});

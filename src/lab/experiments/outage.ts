// SPDX-License-Identifier: MIT
/** One of two legs is gone for ten seconds: how long a connection stands still, and what becomes of its rate. */
import { experiment } from '../experiment.ts';
import { goodput } from './headers.ts';
import { join, legsDrawing, outerHeaders, type Tool, tools } from './legs.ts';
import { BACK, END, figures, GONE, LEGS, measureOutage, missedMeanwhile } from './outage-measures.ts';

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

const kinds = { silent: ['cut', 'mend'], carrier: ['down', 'up'] } as const;

/**
 * Longest stall in milliseconds. 100 are wanted where the carrier goes, and the leg is left at once. With `weighted` the
 * other line's queue alone, which what was lost has to pass when it is sent again, takes 110.
 */
function stallWanted(outage: keyof typeof kinds, tool: Tool): number {
  return outage === 'carrier' && tool === 'earliest' ? 100 : 300;
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
  // dead-leg is the quick one for weighted.
  quick: ({ tool }) => tool === 'earliest',
  figures,
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
      const [stays = [], goes = []] = legs.map((leg) => leg.packets());
      return measureOutage({ stays, goes, leaving: leaving.packets(), flow: seen?.flow() });
    };
  },
  limit: ({ tool }) => goodput(8, outerHeaders(tool)),
  limitIs: 'the rate of the leg that is left, after headers',
  goal(seen, { outage, tool }, limit = 0) {
    if (!plaited(tool)) return undefined;
    const { stall = 0, vanished = 0 } = seen;
    const longest = stallWanted(outage, tool);
    if (stall > longest) return `a stall of more than ${longest} ms`;
    if (outage === 'carrier' && vanished > 0) return 'segments were sent by a leg without carrier';
    return missedMeanwhile(seen, limit);
  },
});

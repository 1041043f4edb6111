// SPDX-License-Identifier: MIT
/** Two boxes joined by UDP legs, by plait.yaml alone: encrypted, one of them only heard, nobody sets rates or weights. */
import { experiment } from '../experiment.ts';
import { goodput, MTU } from './headers.ts';

/** What a UDP leg puts around a packet: IPv4, UDP, header and tag. */
const AROUND = 60;

/** Of these experiments only; the agent would make its own. */
const BRANCH = {
  key: 'mPFdHuLL2eX9Yk0SskYfx5cb1tqYCIZRh7p6lY4I40Y=',
  peer: '1XvD8CYn1Fd+3bMmq6UD363a0o/d2CyVTYDGJnlsOTU=',
};
const FAR = {
  key: 'iPWBygB/7jOoqQw6tmQNanUMn0UgT0tmUx+0G02Ev0o=',
  peer: '6aTMXOAjl6ghlZBWa4JSxruUEtQL/EPKXpoES/Vfd2A=',
};

interface Line {
  /** Mbit/s. */
  readonly rate: number;
  /** Each way, ms. */
  readonly delay: number;
}

/** Lines of the cells, as issue 13 asks for them. */
const lines = {
  '10+1': [
    { rate: 10, delay: 10 },
    { rate: 1, delay: 10 },
  ],
  '8+8, 10 and 50 ms': [
    { rate: 8, delay: 10 },
    { rate: 8, delay: 50 },
  ],
} as const satisfies Record<string, readonly [Line, Line]>;

/** What one TCP connection is to get of what the legs leave, percent. */
const GOALS = { '10+1': 98, '8+8, 10 and 50 ms': 97 } as const;

const box = (name: string, end: number, rest: string) => `version: 1
hostname: ${name}
lan: { ports: [eth0], address: 192.168.${end === 1 ? 60 : 50}.1/24 }
uplinks:
  dsl: { port: eth1, vlan: 5, address: 198.18.5.${end}/24 }
  cable: { port: eth1, vlan: 6, address: 198.18.6.${end}/24 }
tunnels:
  hq:
    mode: plait
    address: 10.255.0.${end}/30
    ${rest}
`;

export default experiment({
  name: 'udp-legs',
  title: 'One connection over two UDP legs',
  source: 'document L, and issue 13',
  about:
    'A branch with two uplinks and its far end, which only listens. Every packet is encrypted or signed, carries order, and is acknowledged by reports. ' +
    'One TCP connection between hosts behind them, from the branch.',
  parameters: {
    lines: Object.keys(lines) as (keyof typeof lines)[],
    protect: ['encrypt', 'sign'] as const,
  },
  quick: ({ lines: which, protect }) => which === '10+1' || protect === 'encrypt',
  figures: {
    goodput: { unit: 'Mbit/s', digits: 3 },
    share: { unit: '% of the limit', digits: 1 },
    lost: { unit: 'packets', digits: 0 },
  },
  keys: { branch: { hq: BRANCH.key }, far: { 'listen-5050': FAR.key } },
  topology({ lines: which }) {
    const [dsl, cable] = lines[which];
    const queue = ({ rate, delay }: Line) => Math.max(20, Math.round((rate * 2 * delay) / 12));
    return `
    host-a -- branch:eth0
    branch:eth1.5 --[ dsl:   ${dsl.rate}mbit ${dsl.delay}ms queue=${queue(dsl)} ]-- far:eth1.5
    branch:eth1.6 --[ cable: ${cable.rate}mbit ${cable.delay}ms queue=${queue(cable)} ]-- far:eth1.6
    far:eth0 -- host-b`;
  },
  boxes: ({ protect }) => ({
    branch: box(
      'branch',
      2,
      `remote: { dsl: 198.18.5.1, cable: 198.18.6.1 }
    peer: ${FAR.peer}
    protect: ${protect}
    routes: [192.168.60.0/24]`,
    ),
    far: box(
      'far',
      1,
      `listen: 5050
    mtu: ${MTU - AROUND}
    peer: ${BRANCH.peer}
    protect: ${protect}
    routes: [192.168.50.0/24]`,
    ),
  }),
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

function limitOf(which: keyof typeof lines): number {
  const sum = lines[which].reduce((all, { rate }) => all + rate, 0);
  return goodput(sum, AROUND);
}

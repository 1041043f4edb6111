// SPDX-License-Identifier: MIT
import { experiment } from '../experiment.ts';
import type { Packet } from '../measure/pcap.ts';

/** Mbit/s of each line. */
const RATE = 8;

interface Box {
  readonly name: string;
  readonly other: string;
  /** Last numbers of the addresses on the lines, and the third ones of the LANs. */
  readonly own: number;
  readonly far: number;
  readonly lan: number;
  readonly toLan: number;
  readonly scheduler: string;
}

const box = ({ name, other, own, far, lan, toLan, scheduler }: Box) => `version: 1
hostname: ${name}
lan: { ports: [eth0], address: 192.168.${lan}.1/24 }
uplinks:
  dsl: { port: eth1, address: 198.18.5.${own}/24 }
  cable: { port: eth2, address: 198.18.6.${own}/24 }
tunnels:
  ${other}:
    mode: ipip
    scheduler: ${scheduler}
    remote: { dsl: 198.18.5.${far}, cable: 198.18.6.${far} }
    routes: [192.168.${toLan}.0/24]
`;

/** Seconds after the begin at which the line `dsl` falls silent, and for how long. */
const [CUT_AT, CUT_FOR] = [6, 8];
/** What the agent promises at 100 ms × 3 (src/appliance/README.md), and for a path whose queue makes answers late. */
const [SOON, SLOW] = [300, 1000];

/** Times at which segments with payload went out, and acknowledgements came in. */
function timesOf(packets: readonly Packet[]): { sent: number[]; answered: number[] } {
  const tcp = packets.flatMap(({ time, tcp: segment }) => (segment ? [{ time, ...segment }] : []));
  const out = tcp.filter(({ payload }) => payload > 1000);
  const flow = out[0]?.flow;
  return {
    sent: out.map(({ time }) => time),
    answered: tcp.filter((one) => one.flow !== flow).map(({ time }) => time),
  };
}

/** Seconds without a packet on a leg that has enough to carry: it was left. */
const LEFT = 0.25;

/** Stretches without a packet, longest first; `sent`: when packets went out, in seconds. */
function pauses(sent: readonly number[]): { from: number; to: number }[] {
  return sent
    .flatMap((to, index) => {
      const from = sent[index - 1] ?? to;
      return to - from > LEFT ? [{ from, to }] : [];
    })
    .sort((a, b) => b.to - b.from - (a.to - a.from));
}

export default experiment({
  name: 'dead-leg',
  title: 'A leg that falls silent under load, and comes back',
  about:
    'Two boxes with the agent, joined by two lines of 8 Mbit/s, one TCP connection over both. One line swallows ' +
    'everything for eight seconds. How long packets are still sent by it, how soon it is used again, and how often a leg ' +
    'is left although nothing was wrong: long queues make the answers to probes late.',
  parameters: { scheduler: ['weighted', 'earliest'], queue: [50, 300] },
  quick: ({ scheduler, queue }) => scheduler === 'weighted' && queue === 50,
  figures: {
    left: { unit: 'ms', digits: 0 },
    back: { unit: 'ms', digits: 0 },
    flaps: { unit: '', digits: 0 },
  },
  topology: ({ queue }) => `
    host-a -- branch:eth0
    branch:eth1 --[ dsl:   ${RATE}mbit 10ms queue=${queue} ]-- far:eth1
    branch:eth2 --[ cable: ${RATE}mbit 10ms queue=${queue} ]-- far:eth2
    far:eth0 -- host-b
    at ${CUT_AT}s: dsl cut
    at ${CUT_AT + CUT_FOR}s: dsl mend`,
  boxes: ({ scheduler }) => ({
    branch: box({ name: 'branch', other: 'far', own: 2, far: 1, lan: 50, toLan: 60, scheduler }),
    far: box({ name: 'far', other: 'branch', own: 1, far: 2, lan: 60, toLan: 50, scheduler }),
  }),
  play(lab) {
    const [dsl, cable] = [lab.capture('branch', 'eth1'), lab.capture('branch', 'eth2')];
    lab.stream({ from: 'host-a', to: 'host-b', seconds: CUT_AT + CUT_FOR + 6 });
    return () => {
      const { sent, answered } = timesOf(dsl.packets());
      const [longest, ...others] = pauses(sent);
      if (!longest) return { left: Number.POSITIVE_INFINITY, back: Number.POSITIVE_INFINITY, flaps: 0 };
      // The last acknowledgement by the line came in just before it was cut.
      const cut = answered.filter((time) => time < longest.to - 1).at(-1) ?? longest.from;
      return {
        left: (longest.from - cut) * 1000,
        back: (longest.to - cut - CUT_FOR) * 1000,
        flaps: others.length + pauses(timesOf(cable.packets()).sent).length,
      };
    };
  },
  limit: () => SOON,
  limitIs: 'probes every 100 ms, of which three in a row must be lost',
  goal({ left = 0, back = 0, flaps = 0 }, { queue }) {
    if (left > (queue > 100 ? SLOW : SOON)) return 'packets were sent by the dead leg for too long';
    if (back > 1000) return 'the leg was not used again within a second';
    return flaps > 1 ? 'a leg that was only slow was left more than once' : undefined;
  },
});

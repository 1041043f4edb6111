// SPDX-License-Identifier: MIT
/**
 * Two routers joined by several legs, a host behind each, and the ways to make one link of the legs: Plait's device and
 * what Linux has of its own. Traffic goes from left to right.
 *
 *   sender -- left ══ leg1, leg2 … ══ right -- receiver
 */
import type { Workload } from '../workload/workload.ts';
import { IPV4 } from './headers.ts';
import { meet } from './meet.ts';

/** What makes one link of several legs. */
export const tools = ['earliest', 'weighted', 'bonding', 'teql', 'mptcp', 'single'] as const;
export type Tool = (typeof tools)[number];

export interface Leg {
  /** Traits as in a drawing: `8mbit 10ms queue=100`. */
  readonly traits: string;
  /** Share of packets that a person would set who knows the rates. */
  readonly weight: number;
  /** For `earliest`, the rate as a person would set it: bit/s of IP packets. Without, it finds it out. */
  readonly rate?: number;
}

/** The drawing. MPTCP works between hosts that have the legs themselves. */
export function legsDrawing(legs: readonly Leg[], events = ''): string {
  const lines = legs.map(
    ({ traits }, index) => `left:eth${index + 1} --[ leg${index + 1}: ${traits} ]-- right:eth${index + 1}`,
  );
  return ['sender -- left:eth0', 'right:eth0 -- receiver', ...lines, events].join('\n');
}

/** Bytes of outer headers that a tool puts before each packet. */
export function outerHeaders(tool: Tool): number {
  return tool === 'earliest' || tool === 'weighted' ? IPV4 : 0;
}

/** Where one TCP connection or the pings go, when the legs are one link. */
export interface Ends {
  readonly from: string;
  readonly to: string;
  readonly address: string;
}

/** Makes one link of the legs at both routers, and gives the ends between which to send. */
export function join(lab: Workload, tool: Tool, legs: readonly Leg[]): Ends {
  const numbers = legs.map((_, index) => index + 1);
  meet(
    lab,
    'left',
    numbers.map((n) => lab.address('right', `leg${n}`)),
  );
  setUps[tool](lab, numbers, legs);
  if (tool === 'mptcp') return { from: 'left', to: 'right', address: lab.address('right', 'leg1') };
  return { from: 'sender', to: 'receiver', address: lab.address('receiver') };
}

type SetUp = (lab: Workload, numbers: readonly number[], legs: readonly Leg[]) => void;

/** Address of a router inside of the joined link. */
const inner = { left: '10.99.0.1', right: '10.99.0.2' };
const sides = ['left', 'right'] as const;
const otherOf = { left: 'right', right: 'left' } as const;
const behind = { left: 'sender', right: 'receiver' } as const;

const FILES = '/proc/sys/net/ipv4/multipath/p';

const setUps: Readonly<Record<Tool, SetUp>> = {
  earliest(lab, numbers, legs) {
    const rates = legs.map(({ rate = 'auto' }, index) => `p.leg${index + 1}=${rate}`).join(' ');
    plaitDevice(lab, numbers, `echo earliest > ${FILES}/scheduler\necho '${rates}' > ${FILES}/rates`);
  },

  weighted(lab, numbers, legs) {
    const weights = legs.map(({ weight }, index) => `p.leg${index + 1}=${weight}`).join(' ');
    plaitDevice(lab, numbers, `echo '${weights}' > ${FILES}/weights`);
  },

  bonding(lab, numbers) {
    for (const side of sides) {
      const slaves = numbers.map(
        (n) => `ip addr flush dev eth${n} && ip link set eth${n} down && ip link set eth${n} master bond0`,
      );
      lab.shell(
        side,
        lines([
          `ip link add bond0 type bond mode balance-rr arp_interval 100 arp_ip_target ${inner[otherOf[side]]}`,
          ...slaves,
          `ip addr add ${inner[side]}/24 dev bond0 && ip link set bond0 up`,
          routeBy(lab, side, `via ${inner[otherOf[side]]}`),
        ]),
      );
    }
    // Until the ARP monitor has seen both ends of each leg.
    lab.wait(2);
  },

  teql(lab, numbers) {
    for (const [index, side] of sides.entries()) {
      lab.root(`ip link set teql${index} netns ${side}`);
      lab.shell(
        side,
        lines([
          ...numbers.map((n) => `tc qdisc add dev eth${n} root teql${index}`),
          `ip addr add ${inner[side]}/24 dev teql${index} && ip link set teql${index} up`,
          routeBy(lab, side, `via ${inner[otherOf[side]]} dev teql${index}`),
        ]),
      );
    }
  },

  mptcp(lab, numbers) {
    const more = numbers.slice(1);
    const limits = `ip mptcp limits set subflows ${more.length} add_addr_accepted ${more.length}`;
    lab.shell('left', limits);
    const signal = more.map(
      (n) => `ip mptcp endpoint add ${lab.address('right', `leg${n}`)} dev eth${n} signal`,
    );
    lab.shell('right', lines([limits, ...signal]));
  },

  single(lab) {
    // The hosts' routes lead over the leg that is drawn first.
    for (const side of sides) lab.shell(side, 'ip route show');
  },
};

/** Plait's device over an IPIP tunnel by each leg; `more` sets it up, at both sides alike. */
function plaitDevice(lab: Workload, numbers: readonly number[], more: string): void {
  for (const side of sides) {
    const other = otherOf[side];
    const legs = numbers.flatMap((n) => [
      `ip link add p.leg${n} type ipip local ${lab.address(side, `leg${n}`)} remote ${lab.address(other, `leg${n}`)} dev eth${n} ttl 64`,
      `ip link set p.leg${n} master p && ip link set p.leg${n} up`,
    ]);
    lab.shell(
      side,
      lines([
        'ip link add p type plait',
        ...legs,
        more,
        'ip link set p up',
        routeBy(lab, side, 'dev p'),
        // As a board's firewall does. Else the first ten packets are too long, and are sent again in disorder.
        'iptables -t mangle -A FORWARD -o p -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu',
      ]),
    );
  }
}

/** What is for the other router's host goes by the joined link. */
function routeBy(lab: Workload, side: 'left' | 'right', how: string): string {
  return `ip route replace ${lab.address(behind[otherOf[side]])}/32 ${how}`;
}

function lines(commands: readonly string[]): string {
  return commands.join('\n');
}

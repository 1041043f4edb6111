// SPDX-License-Identifier: MIT
/** The channel balancing thesis' network (figure 5.1), which its experiments and ours share. */
import type { Strategy } from '../../appliance/schema.ts';
import { type Sending, secondsOf } from '../workload/send.ts';
import type { Background, Workload } from '../workload/workload.ts';

export const PAPER = ['route', 'packet', 'session', 'bandwidth'] as const satisfies readonly Strategy[];
export const ALL = [...PAPER, 'headroom', 'retransmit', 'history'] as const satisfies readonly Strategy[];

/** The balancer's uplinks, by their devices, and what they can send, in bit/s. */
export const UPLINKS = { eth1: 1e6, eth2: 10e6, eth3: 10e6 } as const;
type Uplink = keyof typeof UPLINKS;
export const DEVICES = Object.keys(UPLINKS) as Uplink[];

/** Bytes of a full frame, and of the file in it. */
const FRAME = 1514;
const SEGMENT = 1448;

/** The least time that all uplinks together need for so many bytes of files, in seconds. */
export function leastSeconds(bytes: number): number {
  const bits = DEVICES.reduce((sum, device) => sum + UPLINKS[device], 0);
  return (bytes * 8 * FRAME) / SEGMENT / bits;
}

/** What differs from the plain network: the ways between routers and destinations, and how many routers are on them. */
export interface Ways {
  /** Traits of the three uplinks, beside their rates. */
  readonly traits?: readonly [string, string, string];
  /** Routers behind the one that each uplink leads to. */
  readonly hops?: number;
  /** Lines of the drawing: what changes when. */
  readonly events?: string;
}

/**
 * Two sources, three uplinks of 1, 10 and 10 Mbit/s (the balancer sends no faster), a router at the end of each, and two
 * destinations that every router reaches.
 */
export function drawing({ traits = ['2ms', '2ms', '2ms'], hops = 0, events = '' }: Ways = {}): string {
  const lines = DEVICES.flatMap((device, index) => {
    const number = index + 1;
    const further = Array.from({ length: hops }, (_, hop) => `r${number}-${hop + 2}`);
    const chain = [`r${number}`, ...further].join(' --[ 2ms ]-- ');
    return [
      `balancer:${device} --[ up${number}: 100mbit ${traits[index]} queue=1000 ]-- ${chain}`,
      ...[1, 2].map((destination) => `${lastRouter(number, hops)} -- dst${destination}`),
    ];
  });
  return `
    src-a:eth0=192.168.50.2/24 -- balancer:eth0
    src-b:eth0=192.168.50.3/24 -- balancer:eth4
    ${lines.join('\n    ')}
    ${events}`;
}

function lastRouter(uplink: number, hops: number): string {
  return hops === 0 ? `r${uplink}` : `r${uplink}-${hops + 1}`;
}

export interface BalancerOptions {
  /** Of all uplinks, or of each. */
  readonly nat?: boolean | readonly boolean[];
  /** What becomes of sessions of a dead uplink. */
  readonly dead?: 'move' | 'end';
  /** Known connections take the fast path. */
  readonly offload?: boolean;
  /** Hosts of the LAN may use IPv6, too, where somebody routes it. */
  readonly ipv6?: boolean;
  /** TCP port that hosts outside may connect to: of the box, and of the host of the LAN at each uplink. */
  readonly open?: { readonly port: number; readonly hosts: readonly string[] };
}

const NAMES = ['slow', 'fast', 'other'] as const;

const OUTWARDS = { from: ['lan'], to: NAMES, action: 'accept' };

/** Rules of the firewall for connections from outside: forwarded where the uplink has NAT, else direct. */
function opening({ port, hosts }: NonNullable<BalancerOptions['open']>, natBy: (number: number) => boolean) {
  const forwards = hosts.flatMap((to, index) =>
    natBy(index + 1) ? [{ from: [NAMES[index]], protocol: 'tcp', port, to }] : [],
  );
  const rules = ['lan', 'box'].map((to) => ({
    ...{ from: NAMES, to: [to], protocol: 'tcp', ports: [port], action: 'accept' },
  }));
  return { rules, forwards };
}

export function balancer(
  strategy: Strategy,
  { nat = false, dead = 'move', offload = true, ipv6 = false, open }: BalancerOptions = {},
): string {
  const natBy = (number: number) => (typeof nat === 'boolean' ? nat : nat[number - 1]) ?? false;
  const uplink = (name: string, device: Uplink, number: number) =>
    `  ${name}: { port: ${device}, address: 198.18.${number}.2/24, gateway: 198.18.${number}.1, ` +
    `nat: ${natBy(number)}, ` +
    `rate: { up: ${UPLINKS[device] / 1e6}mbit } }`;
  return `version: 1
hostname: balancer
lan: { ports: [eth0, eth4], address: 192.168.50.1/24 }
uplinks:
${NAMES.map((name, index) => uplink(name, DEVICES[index] ?? 'eth1', index + 1)).join('\n')}
dns: { servers: [9.9.9.9] }
ntp: { servers: [] }
firewall: ${JSON.stringify({ offload, ...(ipv6 && { rules: [OUTWARDS] }), ...(open && opening(open, natBy)) })}
balance: { strategy: ${strategy}, dead-sessions: ${dead} }
`;
}

/** Two addresses of each destination, as loopback addresses in the thesis. */
export const DESTINATIONS = [1, 2].flatMap((destination) =>
  [1, 2].map((host) => ({ node: `dst${destination}`, address: `198.51.${100 + destination}.${host}` })),
);

/** Gives the destinations their addresses; their answers come back by the first and by the second uplink. */
export function addDestinations(lab: Workload, { hops = 0 }: Ways = {}): void {
  for (const destination of [1, 2]) {
    const node = `dst${destination}`;
    for (const { address } of DESTINATIONS.filter((one) => one.node === node)) {
      lab.shell(node, `ip address add ${address}/32 dev lo`);
    }
    for (const uplink of [1, 2, 3]) addWay(lab, uplink, destination, hops);
    const back = lastRouter(destination, hops);
    lab.shell(node, `ip route replace 192.168.50.0/24 via ${lab.address(back, `${back}-${node}`)}`);
  }
}

/** The routes of all routers behind an uplink to one destination. */
function addWay(lab: Workload, uplink: number, destination: number, hops: number): void {
  const network = `198.51.${100 + destination}.0/24`;
  for (let hop = 0; hop <= hops; hop++) {
    const router = lastRouter(uplink, hop);
    const next = hop === hops ? `dst${destination}` : lastRouter(uplink, hop + 1);
    lab.shell(router, `ip route replace ${network} via ${lab.address(next, `${router}-${next}`)}`);
  }
}

/** Both sources send files of these sizes to all destinations at once, one after the other to each. */
export function sendFiles(lab: Workload, sizes: readonly number[]): { seconds(): number } {
  const sending = ['src-a', 'src-b'].map(
    (from): Background<Sending> => lab.send({ from, to: DESTINATIONS, sizes }),
  );
  const sent = sending.map((one) => one.wait());
  return { seconds: () => secondsOf(sent) };
}

/** Bytes that the sources send in all. */
export function bytesOf(sizes: readonly number[]): number {
  return 2 * DESTINATIONS.length * sizes.reduce((sum, size) => sum + size, 0);
}

/** Bytes of each uplink: those that it was given to send, and those that left, since its queue drops some. */
export interface UplinkBytes {
  readonly given: readonly number[];
  readonly left: readonly number[];
}

interface UplinkStatus {
  readonly device: string;
  readonly counters?: { readonly txBytes: number };
  readonly balance?: { readonly txBytes: number };
}

/** What the uplinks have sent by now, in the order of DEVICES. */
export function readUplinks(lab: Workload): () => UplinkBytes {
  const shown = lab.shell('balancer', 'plaitctl status --json');
  return () => {
    const { uplinks } = JSON.parse(shown.output()) as { uplinks: readonly UplinkStatus[] };
    const found = DEVICES.map((device) => uplinks.find((uplink) => uplink.device === device));
    return {
      given: found.map((uplink) => uplink?.balance?.txBytes ?? Number.NaN),
      left: found.map((uplink) => uplink?.counters?.txBytes ?? Number.NaN),
    };
  };
}

/** What the uplinks have sent between two readings. */
export function sentBetween(before: UplinkBytes, after: UplinkBytes): UplinkBytes {
  const difference = (what: keyof UplinkBytes) =>
    after[what].map((bytes, index) => bytes - (before[what][index] ?? Number.NaN));
  return { given: difference('given'), left: difference('left') };
}

/** 20 files of the small sizes, 5 of the large ones, as in the thesis. */
export function thesisFiles(size: string): number[] {
  if (size === 'mixed') return MIXED;
  const bytes = Number.parseInt(size, 10) * (size.endsWith('M') ? 1e6 : 1e3);
  return Array.from({ length: bytes < 1e6 ? 20 : 5 }, () => bytes);
}

/** One of each size up to 2 MB. */
export const MIXED = [8e3, 16e3, 64e3, 128e3, 512e3, 1e6, 2e6];

/** How far the uplink that is furthest off is from a third of all bytes, in percent of all. */
export function offAThird(bytes: readonly number[]): number {
  const all = bytes.reduce((sum, one) => sum + one, 0);
  return Math.max(...bytes.map((one) => 100 * Math.abs(one / all - 1 / 3)));
}

/** What became of sessions. */
export interface SessionCounts {
  readonly assigned: number;
  readonly moved: number;
  readonly ended: number;
}

/** What the balancer has counted by now: sessions that the third uplink was given, and those of all that moved and ended. */
export function readCounts(lab: Workload): () => SessionCounts {
  const shown = lab.shell('balancer', 'plaitctl status --json');
  return () => {
    const { uplinks } = JSON.parse(shown.output()) as {
      uplinks: readonly { readonly device: string; readonly balance: SessionCounts }[];
    };
    const sum = (what: 'moved' | 'ended') => uplinks.reduce((all, { balance }) => all + balance[what], 0);
    const third = uplinks.find(({ device }) => device === 'eth3');
    return { assigned: third?.balance.assigned ?? 0, moved: sum('moved'), ended: sum('ended') };
  };
}

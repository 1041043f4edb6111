// SPDX-License-Identifier: MIT
/** A branch with two or more uplinks and its far end, which only listens, joined by UDP legs with plait.yaml alone. */
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

export const keys = { branch: { hq: BRANCH.key }, far: { 'listen-5050': FAR.key } };

export type Protect = 'encrypt' | 'sign';

/** How uplinks leave a box: as VLANs of one port, or by a port each, whose carrier can go. */
export type Ports = 'vlans' | 'ports';

export interface Line {
  /** Mbit/s. */
  readonly rate: number;
  /** Each way, ms. */
  readonly delay: number;
  /** Percent. */
  readonly loss?: number;
  /** Up to so much longer or shorter, in order, ms. */
  readonly jitter?: number;
}

/** Two at least. */
export type Lines = readonly [Line, Line, ...Line[]];

/** Uplinks, in the order of lines. */
const NAMES = ['dsl', 'cable', 'fibre', 'lte', 'satellite'] as const;
const FIRST_VLAN = 5;

const portOf = {
  vlans: (index: number) => `port: eth1, vlan: ${FIRST_VLAN + index}`,
  ports: (index: number) => `port: eth${index + 1}`,
} as const;

const deviceOf = {
  vlans: (index: number) => `eth1.${FIRST_VLAN + index}`,
  ports: (index: number) => `eth${index + 1}`,
} as const;

const networkOf = (index: number) => `198.18.${FIRST_VLAN + index}`;

/** A line of YAML for each uplink. */
const uplinksOf = (end: number, ports: Ports, count: number) =>
  NAMES.slice(0, count)
    .map((name, index) => `  ${name}: { ${portOf[ports](index)}, address: ${networkOf(index)}.${end}/24 }`)
    .join('\n');

const remotesOf = (count: number) =>
  NAMES.slice(0, count)
    .map((name, index) => `${name}: ${networkOf(index)}.1`)
    .join(', ');

/** More lines of YAML for the tunnel of each box, such as its rules. */
export interface More {
  readonly branch: string;
  readonly far: string;
}

const box = (name: string, end: number, uplinks: string, rest: string) => `version: 1
hostname: ${name}
lan: { ports: [eth0], address: 192.168.${end === 1 ? 60 : 50}.1/24 }
uplinks:
${uplinks}
tunnels:
  hq:
    mode: plait
    address: 10.255.0.${end}/30
    ${rest}
`;

const NO_MORE: More = { branch: '', far: '' };

/** What both boxes are told, which are joined by so many lines. */
export const boxes = (protect: Protect, ports: Ports, more: More = NO_MORE, count = 2) => ({
  branch: box(
    'branch',
    2,
    uplinksOf(2, ports, count),
    `remote: { ${remotesOf(count)} }
    peer: ${FAR.peer}
    protect: ${protect}
    routes: [192.168.60.0/24]
    ${more.branch}`,
  ),
  far: box(
    'far',
    1,
    uplinksOf(1, ports, count),
    `listen: 5050
    mtu: ${MTU - AROUND}
    peer: ${BRANCH.peer}
    protect: ${protect}
    routes: [192.168.50.0/24]
    ${more.far}`,
  ),
});

/** Twice the delay fits into the queue of a line. */
function line(name: string, device: string, { rate, delay, loss, jitter }: Line): string {
  const queue = Math.max(20, Math.round((rate * 2 * delay) / 12));
  const loses = loss === undefined ? '' : ` loss=${loss}%`;
  const wavers = jitter === undefined ? '' : ` jitter=${jitter}ms`;
  return `branch:${device} --[ ${name}: ${rate}mbit ${delay}ms queue=${queue}${loses}${wavers} ]-- far:${device}`;
}

/** Payload of lab datagrams of 1400 bytes beside that of TCP in as many bytes on a line. */
export const FULL_DATAGRAM = 1400 / (1400 + 28 + AROUND + 14 + 4) / goodput(1, AROUND);

/** Both boxes, a host behind each, and what happens to the lines. */
export function drawing(lines: Lines, ports: Ports, events = ''): string {
  const drawn = lines.map((one, index) => line(NAMES[index] ?? '', deviceOf[ports](index), one));
  return `
    host-a -- branch:eth0
    ${drawn.join('\n    ')}
    far:eth0 -- host-b
    ${events}`;
}

/** What arrives by all lines, Mbit/s. */
export const limitOf = (lines: Lines) => payloadOf(lines.reduce((all, { rate }) => all + rate, 0));

/** What arrives of a rate in Mbit/s, of full frames below the headers of a leg. */
export const payloadOf = (rate: number) => goodput(rate, AROUND);

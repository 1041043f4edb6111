// SPDX-License-Identifier: MIT
/** A branch with two uplinks and its far end, which only listens, joined by UDP legs with plait.yaml alone. */
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
}

const PORTS = {
  vlans: { dsl: 'port: eth1, vlan: 5', cable: 'port: eth1, vlan: 6' },
  ports: { dsl: 'port: eth1', cable: 'port: eth2' },
} as const;

const DEVICES = { vlans: ['eth1.5', 'eth1.6'], ports: ['eth1', 'eth2'] } as const;

/** More lines of YAML for the tunnel of each box, such as its rules. */
export interface More {
  readonly branch: string;
  readonly far: string;
}

const box = (name: string, end: number, ports: Ports, rest: string) => `version: 1
hostname: ${name}
lan: { ports: [eth0], address: 192.168.${end === 1 ? 60 : 50}.1/24 }
uplinks:
  dsl: { ${PORTS[ports].dsl}, address: 198.18.5.${end}/24 }
  cable: { ${PORTS[ports].cable}, address: 198.18.6.${end}/24 }
tunnels:
  hq:
    mode: plait
    address: 10.255.0.${end}/30
    ${rest}
`;

/** What both boxes are told. */
export const boxes = (protect: Protect, ports: Ports, more: More = { branch: '', far: '' }) => ({
  branch: box(
    'branch',
    2,
    ports,
    `remote: { dsl: 198.18.5.1, cable: 198.18.6.1 }
    peer: ${FAR.peer}
    protect: ${protect}
    routes: [192.168.60.0/24]
    ${more.branch}`,
  ),
  far: box(
    'far',
    1,
    ports,
    `listen: 5050
    mtu: ${MTU - AROUND}
    peer: ${BRANCH.peer}
    protect: ${protect}
    routes: [192.168.50.0/24]
    ${more.far}`,
  ),
});

/** Twice the delay fits into the queue of a line. */
function line(name: string, device: string, { rate, delay, loss }: Line): string {
  const queue = Math.max(20, Math.round((rate * 2 * delay) / 12));
  const loses = loss === undefined ? '' : ` loss=${loss}%`;
  return `branch:${device} --[ ${name}: ${rate}mbit ${delay}ms queue=${queue}${loses} ]-- far:${device}`;
}

/** Both boxes, a host behind each, and what happens to the lines. */
export function drawing(lines: readonly [Line, Line], ports: Ports, events = ''): string {
  const [dsl, cable] = DEVICES[ports];
  return `
    host-a -- branch:eth0
    ${line('dsl', dsl, lines[0])}
    ${line('cable', cable, lines[1])}
    far:eth0 -- host-b
    ${events}`;
}

/** What arrives of a rate in Mbit/s, of full frames below the headers of a leg. */
export const payloadOf = (rate: number) => goodput(rate, AROUND);

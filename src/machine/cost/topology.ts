// SPDX-License-Identifier: MIT
/**
 * The network around the board under load, and the board's side of it:
 *
 *   hosts 10.1.0.0/16 ── eth0 [ name space on the board ] eth1 ── gateway 203.0.113.254 ── far ends 198.51.100.n, 10.2.0.0/16
 *
 * The load plays all that is outside of the board. It answers no ARP, so the board is told who its gateway is. A name
 * space of its own has no firewall and no agent: what is measured is the forwarding itself.
 */
import type { Flow } from './frames.ts';

/** Ports of the board: where the load goes in, and where it comes out. */
export const IN = 'eth0';
export const OUT = 'eth1';

/** MAC addresses of the load's two ends. */
export const HOST_MAC = '02:00:00:00:00:01';
export const GATEWAY_MAC = '02:00:00:00:00:02';

/** What hosts behind the far ends are called, as a route. */
export const FAR_NETWORK = '10.2.0.0/16';

const NAMESPACE = 'cost';
const BOARD = '203.0.113.1';
const GATEWAY = '203.0.113.254';

/** Hosts on either side that flows are spread over. */
const HOSTS = 10;

/** Different flows: as many UDP source ports as it takes, spread over a few hosts. */
export function makeFlows(count: number): Flow[] {
  return Array.from({ length: count }, (_, index) => ({
    from: `10.1.0.${2 + (index % HOSTS)}`,
    to: `10.2.0.${2 + (index % HOSTS)}`,
    fromPort: 10_000 + index,
    toPort: 9,
  }));
}

/** Outer destination of a leg, counted from 1. */
export function farEnd(leg: number): string {
  return `198.51.100.${leg}`;
}

/** Name of a leg's device, counted from 1. */
export function legName(leg: number): string {
  return `leg${leg}`;
}

/** Commands that make `count` tunnels, all of them by the one port. */
export function makeLegs(count: number, kind: 'ipip' | 'gretap'): string[] {
  return upTo(count).flatMap((leg) => [
    `ip link add ${legName(leg)} type ${kind} local ${BOARD} remote ${farEnd(leg)} ttl 64 dev ${OUT}`,
    `ip link set ${legName(leg)} up`,
  ]);
}

/** Commands that lead packets for the far network over a device that wants MAC addresses. */
export function routeOverEthernet(device: string): string[] {
  return [
    `ip address add 10.9.0.1/30 dev ${device}`,
    `ip neighbour add 10.9.0.2 lladdr ${GATEWAY_MAC} dev ${device}`,
    `ip route add ${FAR_NETWORK} via 10.9.0.2`,
  ];
}

/** 1 to `count`. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** Run once: the longest receive ring holds all that the load has on its way. */
export const lengthenRing = `ethtool -G ${IN} rx 4096`;

/** What a case has on the board besides ports and addresses. */
export interface Inside {
  /** Devices of the board to be taken in. */
  readonly devices: readonly string[];
  /** Commands to be run. */
  readonly commands: readonly string[];
}

/** Makes the name space; for `sh -e`, which ends at the first command that fails. */
export function openScript({ devices, commands }: Inside): string {
  const outside = [
    `ip netns add ${NAMESPACE}`,
    ...[IN, OUT, ...devices].map((device) => `ip link set ${device} netns ${NAMESPACE}`),
    `${inNamespace('sh -ex')} <<'END'`,
  ];
  const inside = [
    'sysctl -q -w net.ipv4.ip_forward=1',
    `ip address add 10.1.0.1/16 dev ${IN}`,
    `ip address add ${BOARD}/24 dev ${OUT}`,
    ...[IN, OUT, 'lo'].map((port) => `ip link set ${port} up`),
    `ip neighbour add ${GATEWAY} lladdr ${GATEWAY_MAC} dev ${OUT}`,
    `ip route add default via ${GATEWAY}`,
  ];
  return `${[...outside, ...inside, ...commands, 'END'].join('\n')}\n`;
}

/** Takes ports and devices back, and removes the name space with all that was made in it. */
export function closeScript(devices: readonly string[]): string {
  const back = [IN, OUT, ...devices].map((device) => `ip -n ${NAMESPACE} link set ${device} netns 1`);
  return `${[...back, `ip netns del ${NAMESPACE}`].join('\n')}\n`;
}

/** A command to run in the name space. */
export function inNamespace(command: string): string {
  return `ip netns exec ${NAMESPACE} ${command}`;
}

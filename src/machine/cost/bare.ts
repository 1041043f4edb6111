// SPDX-License-Identifier: MIT
/**
 * The board as a plain router, for measuring the forwarding itself: a name space of its own has no firewall, no
 * connection tracking and no agent. Tunnels have their far ends at 198.51.100.n, all of them behind one gateway.
 */
import { BOARD_IN, FAR_NETWORK, GATEWAY_MAC, HOST_MAC, IN, makeFlows, OUT } from './topology.ts';

const NAMESPACE = 'cost';
/** The board's end of the tunnels. */
export const BOARD = '203.0.113.1';
const GATEWAY = '203.0.113.254';
/** Seconds that a card may take to find its link. */
const CARRIER = 30;

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

/** Commands that tell the board the hosts of so many flows, to whom answers go. */
export function knowHosts(count: number): string[] {
  const hosts = new Set(makeFlows(count).map(({ from }) => from));
  return [...hosts].map((host) => `ip neighbour add ${host} lladdr ${HOST_MAC} dev ${IN}`);
}

/** 1 to `count`. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** What the name space has besides ports and addresses. */
export interface Bare {
  /** Devices that a module has made, to be taken in. */
  readonly devices?: readonly string[];
  /** Commands to be run, after ports and addresses are set up. */
  readonly commands: readonly string[];
}

/** Makes the name space; for `sh -e`, which ends at the first command that fails. */
export function openScript({ devices = [], commands }: Bare): string {
  const outside = [
    `ip netns add ${NAMESPACE}`,
    ...[IN, OUT, ...devices].map((device) => `ip link set ${device} netns ${NAMESPACE}`),
    `${inNamespace('sh -ex')} <<'END'`,
  ];
  const inside = [
    'sysctl -q -w net.ipv4.ip_forward=1',
    // A name space takes over what the agent has set. A route by a device that is not ready would give way to the default.
    'sysctl -q -w net.ipv4.conf.all.ignore_routes_with_linkdown=0',
    `ip address add ${BOARD_IN} dev ${IN}`,
    `ip address add ${BOARD}/24 dev ${OUT}`,
    ...[IN, OUT, 'lo'].map((port) => `ip link set ${port} up`),
    ...[IN, OUT].map(waitForCarrier),
    `ip neighbour add ${GATEWAY} lladdr ${GATEWAY_MAC} dev ${OUT}`,
    `ip route add default via ${GATEWAY}`,
  ];
  return `${[...outside, ...inside, ...commands, 'END'].join('\n')}\n`;
}

/** A card finds its link some time after it is up; for `sh -e`, which ends when it takes longer than CARRIER. */
function waitForCarrier(port: string): string {
  const carrier = `/sys/class/net/${port}/carrier`;
  return `for second in $(seq ${CARRIER}) late; do [ $second != late ]; read -r up < ${carrier}; [ $up = 0 ] || break; sleep 1; done`;
}

/** Takes ports and devices back, and removes the name space with all that was made in it. */
export function closeScript({ devices = [] }: Bare): string {
  const back = [IN, OUT, ...devices].map((device) => `ip -n ${NAMESPACE} link set ${device} netns 1`);
  return `${[...back, `ip netns del ${NAMESPACE}`].join('\n')}\n`;
}

/** A command to run in the name space. */
export function inNamespace(command: string): string {
  return `ip netns exec ${NAMESPACE} ${command}`;
}

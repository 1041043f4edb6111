// SPDX-License-Identifier: MIT
/**
 * The network around the board under load:
 *
 *   hosts 10.1.0.0/16 ── eth0 [ board ] eth1 ── gateways, far ends of tunnels, hosts 10.2.0.0/16
 *
 * The load plays all that is outside of the board. It answers nobody, so the board is told its gateways' MAC address.
 */
import type { Flow } from './frames.ts';

/** Ports of the board: where the load goes in, and where it comes out. */
export const IN = 'eth0';
export const OUT = 'eth1';

/** MAC addresses of the load's two ends. */
export const HOST_MAC = '02:00:00:00:00:01';
export const GATEWAY_MAC = '02:00:00:00:00:02';

/** The board's address in the network of the hosts that send. */
export const BOARD_IN = '10.1.0.1/16';
/** Hosts behind the board. */
export const FAR_NETWORK = '10.2.0.0/16';

/** Different flows: some from each of several hosts, to as many hosts; those of another `turn` have other ports. */
export function makeFlows(count: number, turn = 0): Flow[] {
  const hosts = Math.max(10, count / 10);
  return Array.from({ length: count }, (_, index) => {
    const host = 2 + (index % hosts);
    const suffix = `${host >> 8}.${host & 0xff}`;
    return {
      from: `10.1.${suffix}`,
      to: `10.2.${suffix}`,
      fromPort: 10_000 + turn * count + index,
      toPort: 9,
    };
  });
}

/** Run once: the longest receive ring holds all that the load has on its way. */
export const lengthenRing = `ethtool -G ${IN} rx 4096`;

// SPDX-License-Identifier: MIT
/** Names of the parts of a plan. */

export const FIREWALL_PART = 'firewall';
/** Kernel settings that all share, and routes that keep packets from leaving by the wrong device. */
export const SETTINGS_PART = 'settings';
export const LAN_PART = 'lan';
/** The default routes for new traffic. */
export const SPREAD_PART = 'spread';
export const BALANCE_PART = 'balance';
/** What comes in faster than `rate.down` is dropped. */
export const OVER_RATE_PART = 'download rates';
export const TOGETHER_PART = 'sessions together';
export const FAST_PATH_PART = 'fast path';
export const SERVICES_PART = 'services';

/** A port of uplinks, which several may share. */
export function portPart(port: string): string {
  return `port ${port}`;
}

export function uplinkPart(name: string): string {
  return `uplink ${name}`;
}

export function tunnelPart(name: string): string {
  return `tunnel ${name}`;
}

/** Packets into tunnels get the numbers of rules. */
export const RULE_MARKS_PART = 'rule marks';

/** What becomes of packets with these numbers. */
export function rulesPart(tunnel: string): string {
  return `rules ${tunnel}`;
}

/** By the name of its device: `leg hq.dsl`. */
export function legPart(device: string): string {
  return `leg ${device}`;
}

/** A private key, which tunnels may share. */
export function keyPart(name: string): string {
  return `key ${name}`;
}

/** A UDP port that tunnels share. */
export function fouPart(port: number): string {
  return `fou ${port}`;
}

// SPDX-License-Identifier: MIT
/** The board as it ships, set up by its plait.yaml: a LAN, and two uplinks as VLANs of one port. */
import { BOARD_IN, GATEWAY_MAC, IN, OUT } from './topology.ts';

const UPLINKS = [
  { name: 'one', vlan: 5, address: '203.0.113.2/30', gateway: '203.0.113.1' },
  { name: 'two', vlan: 6, address: '203.0.113.6/30', gateway: '203.0.113.5' },
];

/** How packets leave (`Forwarded.way`). */
export const uplinkWays = UPLINKS.map(({ vlan }) => `vlan ${vlan}`);

/** Seconds after which a session that sends nothing is forgotten, so that one case leaves none to the next. */
const FORGET = 5;

/**
 * A plait.yaml whose uplinks are balanced by `strategy`. Rates are far above what the board can do, but strategies
 * have something to reckon with. The gateways do not answer probes, and are not given up for it.
 */
export function yamlOf({ strategy, offload = true }: { strategy?: string; offload?: boolean } = {}): string {
  const uplinks = UPLINKS.map(
    ({ name, vlan, address, gateway }) =>
      `  ${name}: { port: ${OUT}, vlan: ${vlan}, address: ${address}, gateway: ${gateway}, nat: false, rate: { up: 1gbit, down: 1gbit } }`,
  );
  return [
    'version: 1',
    `lan: { ports: [${IN}], address: ${BOARD_IN} }`,
    'uplinks:',
    ...uplinks,
    'health: { interval: 1m, misses: 100 }',
    'dns: { servers: [9.9.9.9] }',
    'ntp: { servers: [] }',
    `firewall: { offload: ${offload} }`,
    ...(strategy === undefined ? [] : [`balance: { strategy: ${strategy} }`]),
    '',
  ].join('\n');
}

/** Commands for the time after plait.yaml was applied. */
export const afterApply = [
  ...UPLINKS.map(({ vlan, gateway }) => {
    return `ip neighbour replace ${gateway} lladdr ${GATEWAY_MAC} nud permanent dev ${OUT}.${vlan}`;
  }),
  `sysctl -q -w net.netfilter.nf_conntrack_udp_timeout=${FORGET}`,
  `sysctl -q -w net.netfilter.nf_conntrack_udp_timeout_stream=${FORGET}`,
  `sysctl -q -w net.netfilter.nf_flowtable_udp_timeout=${FORGET}`,
  `sleep ${2 * FORGET + 1}`,
];

/** Connection tracking forgets a session within a second, and has room for all of which it has not noticed that yet. */
export const forgetAtOnce = [
  'sysctl -q -w net.netfilter.nf_conntrack_udp_timeout=1',
  'sysctl -q -w net.netfilter.nf_conntrack_udp_timeout_stream=1',
  'sysctl -q -w net.netfilter.nf_conntrack_max=262144',
];

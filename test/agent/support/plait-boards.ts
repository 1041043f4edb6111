// SPDX-License-Identifier: MIT
/** Configurations with tunnels of mode `plait`, for boards in memory. */

export const HQ_KEY = 'ZCn87emC/lHLN4yfPHHjqkm77W+mnRfgke4Tt0nNmE4=';
export const BRANCH_KEYS = [
  'jM83Ljb04exHpH2Y7byJG0d5UjpcvRMwJsjeepq/mmE=',
  'mWJtcOqL6NYYbatzumrrumXyu96JBotAkz4t1CfdMRM=',
] as const;

/** A branch that opens a tunnel over two lines; `dsl` has its address by DHCP. */
export const PLAIT_BRANCH = `
version: 1
hostname: branch-12
lan: { ports: [eth0], address: 192.168.50.1/24 }
uplinks:
  dsl: { port: eth1, vlan: 5, address: dhcp }
  cable: { port: eth1, vlan: 6, address: 203.0.113.6/29, gateway: 203.0.113.1, weight: 3, dns: [203.0.113.53] }
tunnels:
  hq:
    mode: plait
    remote: { dsl: 198.51.100.9, cable: 198.51.100.9 }
    peer: ${HQ_KEY}
    address: 10.255.0.2/30
    routes: [10.0.0.0/16]
`;

/** A hub of two branches at one port. */
export const PLAIT_HUB = `
version: 1
hostname: hub
lan: { ports: [eth0], address: 10.0.0.1/16 }
uplinks:
  fibre: { port: eth1, address: 198.51.100.9/28, gateway: 198.51.100.1 }
tunnels:
  b12: { mode: plait, listen: 5050, peer: ${BRANCH_KEYS[0]}, address: 10.255.0.1/30, routes: [192.168.50.0/24] }
  b13: { mode: plait, listen: 5050, peer: ${BRANCH_KEYS[1]}, address: 10.255.0.5/30, routes: [192.168.51.0/24] }
dns: { servers: [9.9.9.9] }
`;

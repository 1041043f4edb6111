// SPDX-License-Identifier: MIT
/** What the box runs on while it has no usable configuration. */
import { parseConfig } from './config.ts';
import type { Facts } from './plan-types.ts';
import { describe } from './problems.ts';
import type { Config } from './schema.ts';

/**
 * LAN 192.168.1.1/24 with a DHCP server on the first port, no uplinks: enough to reach the box and set it up. A
 * board without ports gets a LAN without ports, and comes up all the same.
 */
export function safeDefaults(facts: Pick<Facts, 'ports'>): Config {
  const parsed = parseConfig(SAFE_DEFAULTS);
  if (!parsed.ok) throw new Error(parsed.problems.map(describe).join('\n'));
  return { ...parsed.config, lan: { ...parsed.config.lan, ports: facts.ports.slice(0, 1) } };
}

const SAFE_DEFAULTS = `
version: 1
lan:
  ports: [eth0]
  address: 192.168.1.1/24
  dhcp: { range: 192.168.1.100-199, lease: 1h }
`;

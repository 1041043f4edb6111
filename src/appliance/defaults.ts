// SPDX-License-Identifier: MIT
/** What the box runs on while it has no usable configuration. */
import { parseConfig } from './config.ts';
import type { Facts } from './plan-types.ts';
import { describe } from './problems.ts';
import { NOTHING_SALVAGED, type Salvaged } from './salvage.ts';
import type { Config } from './schema.ts';

/**
 * LAN 192.168.1.1/24, no uplinks: enough to reach the box and set it up. Host name and accounts are those of the last
 * good configuration. The LAN is on its LAN ports, else on the first port that was no uplink, and has a DHCP server
 * there; on a port that was an uplink there is none. A board without ports gets a LAN without ports, and comes up all
 * the same.
 */
export function safeDefaults(facts: Pick<Facts, 'ports'>, last: Salvaged = NOTHING_SALVAGED): Config {
  const parsed = parseConfig(SAFE_DEFAULTS);
  if (!parsed.ok) throw new Error(parsed.problems.map(describe).join('\n'));
  const { config } = parsed;
  const { ports, wasUplink } = lanPorts(facts.ports, last);
  const { dhcp, ...lan } = config.lan;
  return {
    ...config,
    hostname: last.hostname ?? config.hostname,
    admin: last.admin ?? config.admin,
    lan: { ...lan, ports, ...(dhcp === undefined || wasUplink ? {} : { dhcp }) },
  };
}

/** The same without a DHCP server. */
export function withoutDhcpServer(config: Config): Config {
  const { dhcp, ...lan } = config.lan;
  return { ...config, lan };
}

function lanPorts(
  ports: readonly string[],
  { lanPorts, uplinkPorts }: Salvaged,
): { ports: string[]; wasUplink: boolean } {
  const known = ports.filter((port) => lanPorts.includes(port));
  if (known.length > 0) return { ports: known, wasUplink: false };
  const free = ports.find((port) => !uplinkPorts.includes(port));
  if (free !== undefined) return { ports: [free], wasUplink: false };
  return { ports: ports.slice(0, 1), wasUplink: ports.length > 0 };
}

const SAFE_DEFAULTS = `
version: 1
lan:
  ports: [eth0]
  address: 192.168.1.1/24
  dhcp: { range: 192.168.1.100-199, lease: 1h }
`;

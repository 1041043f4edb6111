// SPDX-License-Identifier: MIT
/** Configurations for tests: a small right one, and ways to change it. */
import { parseConfig } from '../../src/appliance/config.ts';
import type { Facts } from '../../src/appliance/plan-types.ts';
import { describe } from '../../src/appliance/problems.ts';
import type { Config } from '../../src/appliance/schema.ts';

/** Two static uplinks and an IPIP tunnel over both; every check passes. */
export const BASE = {
  version: 1,
  lan: { ports: ['eth0'], address: '192.168.50.1/24', dhcp: { range: '192.168.50.100-199' } },
  uplinks: {
    dsl: { port: 'eth1', vlan: 5, address: '192.0.2.2/24', gateway: '192.0.2.1' },
    cable: { port: 'eth1', vlan: 6, address: '203.0.113.2/29', gateway: '203.0.113.1', weight: 3 },
  },
  tunnels: {
    hq: { mode: 'ipip', remote: { dsl: '198.51.100.9', cable: '198.51.100.9' }, routes: ['10.0.0.0/8'] },
  },
  dns: { servers: ['9.9.9.9'] },
};

export type Changes = { [path: string]: unknown };

/** The base with values put at dotted paths; undefined takes the key away. JSON is YAML. */
export function baseWith(changes: Changes = {}): string {
  const copy: Record<string, unknown> = structuredClone(BASE);
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let place = copy;
    for (const key of keys) {
      place[key] ??= {};
      place = place[key] as Record<string, unknown>;
    }
    if (value === undefined) delete place[last];
    else place[last] = value;
  }
  return JSON.stringify(copy);
}

/** The problems of a text as people read them, without the line numbers; empty when it is right. */
export function sentences(text: string): string[] {
  const parsed = parseConfig(text);
  return parsed.ok ? [] : parsed.problems.map(({ line, ...problem }) => describe(problem));
}

/** The configuration of a text that must be right. */
export function mustParse(text: string): Config {
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new Error(parsed.problems.map(describe).join('\n'));
  return parsed.config;
}

/** A board with three ports where all is well and no lease is held. */
export function factsWith(changes: Partial<Facts> = {}): Facts {
  return { ports: ['eth0', 'eth1', 'eth2'], leases: {}, deadUplinks: [], deadLegs: {}, ...changes };
}

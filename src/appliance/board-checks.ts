// SPDX-License-Identifier: MIT
/** What a configuration must be to the board that it is for; needs facts that the text alone does not tell. */
import { closest } from 'fastest-levenshtein';
import { leaseCollides } from './model.ts';
import type { Facts } from './plan-types.ts';
import { type Problem, problemAt } from './problems.ts';
import type { Config } from './schema.ts';

/** Ports that the board does not have; a configuration with one must not be applied. */
export function checkBoard(config: Config, facts: Pick<Facts, 'ports'>): Problem[] {
  const named: [path: (string | number)[], port: string][] = [
    ...config.lan.ports.map((port, index): [(string | number)[], string] => [['lan', 'ports', index], port]),
    ...Object.entries(config.uplinks).map(([name, { port }]): [string[], string] => [
      ['uplinks', name, 'port'],
      port,
    ]),
  ];
  return named
    .filter(([, port]) => !facts.ports.includes(port))
    .map(([path, port]) =>
      problemAt(path, port, 'is not a port of this board', portRemedy(port, facts.ports)),
    );
}

/** Leases that the plan does without, since their subnet is the LAN's; they come and go while the box runs. */
export function checkLeases(config: Config, facts: Pick<Facts, 'leases'>): Problem[] {
  return Object.entries(facts.leases)
    .filter(([name, lease]) => config.uplinks[name]?.address === 'dhcp' && leaseCollides(config, lease))
    .map(([name, lease]) =>
      problemAt(
        ['uplinks', name],
        lease.address,
        `is a lease in the LAN's own subnet (${config.lan.address})`,
        'change lan.address, or the addresses that the modem gives',
      ),
    );
}

function portRemedy(port: string, ports: string[]): string {
  if (ports.length === 0) return 'the board has no Ethernet ports, see the kernel log';
  return `write ${closest(port, ports)}; the board has ${ports.join(', ')}`;
}

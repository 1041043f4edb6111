// SPDX-License-Identifier: MIT
/** What a configuration must be to the board that it is for; needs facts that the text alone does not tell. */
import { closest } from 'fastest-levenshtein';
import type { Facts } from './plan-types.ts';
import { type Problem, problemAt } from './problems.ts';
import type { Config } from './schema.ts';

/**
 * Why a configuration must not be applied here: the LAN would have no port at all. What else is missing is left out
 * of the plan until it is there, see `missingPorts()`.
 */
export function checkBoard(config: Config, facts: Pick<Facts, 'ports'>): Problem[] {
  const none = config.lan.ports.every((port) => !facts.ports.includes(port));
  return none ? missingPorts(config, facts).filter(({ path }) => path.startsWith('lan.')) : [];
}

/** Ports that the board does not have (now): their uplinks are missing, the LAN does without them. */
export function missingPorts(config: Config, facts: Pick<Facts, 'ports'>): Problem[] {
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

function portRemedy(port: string, ports: string[]): string {
  if (ports.length === 0) return 'the board has no Ethernet ports, see the kernel log';
  return `write ${closest(port, ports)}; the board has ${ports.join(', ')}`;
}

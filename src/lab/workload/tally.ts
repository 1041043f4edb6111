// SPDX-License-Identifier: MIT
import { BuildError } from '../../image/errors.ts';
import type { Results } from './results.ts';

export interface TallyOptions {
  readonly node: string;
  readonly family: 'IPv4' | 'IPv6';
  /** Of the table mangle. */
  readonly chain: 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';
  /** What is counted, as iptables matches it, each by a name of small letters and digits. */
  readonly of: Readonly<Record<string, string>>;
}

const program = { IPv4: 'iptables', IPv6: 'ip6tables' } as const;

/** Rules without a target: they count, and nothing else. */
export function tallyCommand({ family, chain, of }: TallyOptions): string {
  return Object.entries(of)
    .map(([name, match]) => `${program[family]} -t mangle -A ${chain} ${match} -m comment --comment ${name}`)
    .join('; ');
}

export function tallyReading({ family, chain }: TallyOptions): string {
  return `${program[family]} -t mangle -vnxL ${chain}`;
}

/** Packets by the names of what was counted. Throws when one of them is not among the rules any more. */
export function readTally(results: Results, name: string, { of }: TallyOptions): ReadonlyMap<string, number> {
  const counts = new Map(
    [...results.text(name).matchAll(/^ *(\d+) +\d+ .*\/\* (\w+) \*\//gm)].map(([, packets, what = '']) => [
      what,
      Number(packets),
    ]),
  );
  for (const what of Object.keys(of)) {
    if (!counts.has(what)) throw new BuildError(`step ${name}: the rule that counts ${what} is gone`);
  }
  return counts;
}

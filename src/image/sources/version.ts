// SPDX-License-Identifier: MIT
import { UsageError } from '../errors.ts';

/** The upstream part of a Debian version: `1:1.37.0-6+b9` → `1.37.0`. */
export function upstreamVersion(version: string): string {
  return version.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
}

/** Orders two versions (or upstream versions) as dpkg does: negative, zero or positive. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [split(a), split(b)];
  return x.epoch - y.epoch || comparePart(x.upstream, y.upstream) || comparePart(x.revision, y.revision);
}

/**
 * Tells whether an upstream version lies in a range: comparisons that must all hold, separated by blanks, as in
 * `>=1.36 <2`. The empty range takes everything. Throws a UsageError on anything else.
 */
export function inRange(upstream: string, range: string): boolean {
  return range
    .split(/\s+/)
    .filter((term) => term !== '')
    .every((term) => holds(upstream, term, range));
}

function holds(upstream: string, term: string, range: string): boolean {
  const match = /^(>=|<=|>|<|=)([0-9][A-Za-z0-9.+~]*)$/.exec(term);
  if (!match) {
    throw new UsageError(
      `version range '${range}': '${term}' is not >=, <=, >, < or = and a version, as in '>=1.36 <2'`,
    );
  }
  const order = compareVersions(upstream, match[2] ?? '');
  switch (match[1]) {
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    default:
      return order === 0;
  }
}

function split(version: string): { epoch: number; upstream: string; revision: string } {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  };
}

/** dpkg's order: runs of other characters and runs of digits in turn; `~` before the end, letters before the rest. */
function comparePart(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a[i])) || (j < b.length && !isDigit(b[j]))) {
      const order = weight(a[i]) - weight(b[j]);
      if (order !== 0) return order;
      i++;
      j++;
    }
    const [m, n] = [digits(a, i), digits(b, j)];
    const order = BigInt(m || '0') - BigInt(n || '0');
    if (order !== 0n) return order < 0n ? -1 : 1;
    i += m.length;
    j += n.length;
  }
  return 0;
}

function weight(char: string | undefined): number {
  if (char === undefined || isDigit(char)) return 0;
  if (char === '~') return -1;
  return /[A-Za-z]/.test(char) ? char.charCodeAt(0) : char.charCodeAt(0) + 256;
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}

function digits(text: string, from: number): string {
  return /^\d*/.exec(text.slice(from))?.[0] ?? '';
}

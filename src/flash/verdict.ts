// SPDX-License-Identifier: MIT
/** What is said of each card at the end: one verdict, and with a fault its place, its kind and what to do. */

import type { CardIdentity } from './card.ts';
import { type Fault, remedies } from './faults.ts';
import type { CardOutcome } from './flash-cards.ts';
import { type Partition, partitionAt } from './partitions.ts';
import { cardSize, SECTOR } from './sectors.ts';

export type Verdict = 'PASS' | 'FAIL';

/** Faults that are shown one by one; `--json` has all. */
const SHOWN = 20;

export function verdictOf(
  { result }: CardOutcome,
  verifyOnly: boolean,
  partitions: readonly Partition[],
): Verdict {
  if (result.state === 'written' || result.state === 'unchanged') return 'PASS';
  if (verifyOnly && result.state === 'faulty')
    return result.faults.every((fault) => changedInUse(fault, partitions)) ? 'PASS' : 'FAIL';
  return 'FAIL';
}

/** A board that ran has written there: no damage. Sector 0 holds the partition table, in which it lets data grow. */
export function changedInUse(fault: Fault, partitions: readonly Partition[]): boolean {
  const soft =
    fault.kind === 'other content' || fault.kind === 'bits flipped' || fault.kind === 'reads zeros';
  const place = partitionAt(partitions, fault.lba);
  const wholeInside = partitionAt(partitions, fault.lba + fault.count - 1) === place;
  return soft && wholeInside && (place?.changes === true || (fault.lba === 0 && fault.count === 1));
}

/** Lines for people; the last is the verdict. */
export function verdictLines(
  outcome: CardOutcome,
  verifyOnly: boolean,
  partitions: readonly Partition[],
): string[] {
  const { target, seconds } = outcome;
  const verdict = verdictOf(outcome, verifyOnly, partitions);
  return [
    ...details(outcome, partitions),
    `${target.path}: ${verdict}, ${summary(outcome, verifyOnly, verdict)} (${seconds.toFixed(1)} s)`,
  ];
}

function details({ target, result }: CardOutcome, partitions: readonly Partition[]): string[] {
  if (result.state !== 'faulty') return [];
  const lines = result.faults
    .slice(0, SHOWN)
    .map((fault) => `${target.path}: ${faultText(fault, partitions)}`);
  const more = result.faults.length - lines.length;
  if (more > 0) lines.push(`${target.path}: and ${more} more places; --json tells all`);
  const damage = result.faults.filter((fault) => !changedInUse(fault, partitions));
  const kinds = [...new Set(damage.map(({ kind }) => kind))];
  return [...lines, ...kinds.map((kind) => `${target.path}: ${kind}: ${remedies[kind]}`)];
}

/** `sectors 5555 to 5556 (slot A): read error` */
export function faultText(fault: Fault, partitions: readonly Partition[]): string {
  const { lba, count, kind, holds } = fault;
  const where = count === 1 ? `sector ${lba}` : `sectors ${lba} to ${lba + count - 1}`;
  const place = partitionAt(partitions, lba)?.name;
  const of = holds === undefined ? '' : ` (that of ${holds})`;
  const used = changedInUse(fault, partitions) ? ', as a board that ran leaves it' : '';
  return `${where}${place === undefined ? '' : ` (${place})`}: ${kind}${of}${used}`;
}

function identityText(identity: CardIdentity | undefined): string {
  if (identity === undefined) return '';
  const { serial, what } = identity;
  const how = {
    keep: 'is kept',
    mend: 'is kept, and a damaged copy of it was written again',
    write: 'was written',
  };
  return `; the identity of ${serial} ${how[what]}`;
}

function summary({ result }: CardOutcome, verifyOnly: boolean, verdict: Verdict): string {
  switch (result.state) {
    case 'written':
      return `written and read back, ${cardSize(result.writtenBytes)}${identityText(result.identity)}`;
    case 'unchanged':
      if (verifyOnly) return 'holds the image';
      return `held the image already; ${result.identity && result.identity.what !== 'keep' ? 'only the identity was written' : 'nothing was written'}${identityText(result.identity)}`;
    case 'other identity':
      return `it is the card of the board with serial number ${result.serial}; --replace-identity gives it another; nothing was written`;
    case 'faulty': {
      const sectors = result.faults.reduce((sum, { count }) => sum + count, 0);
      if (verdict === 'PASS') return 'holds the image, changed only where a board writes';
      return `${sectors} sectors are not as written${verifyOnly ? '' : '; the card does not boot'}`;
    }
    case 'false capacity': {
      const { size, capacity } = result;
      const instead =
        capacity.foundAt === undefined ? 'is not kept' : `was found at ${cardSize(capacity.foundAt)}`;
      return `false capacity: it says ${cardSize(size)}, but what was written at ${cardSize(capacity.from)} ${instead}`;
    }
    case 'too small':
      return `too small: it has ${cardSize(result.size)} (${result.size / SECTOR} sectors), the image needs ${cardSize(result.needed)}`;
    default:
      return result.message;
  }
}

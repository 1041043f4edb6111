// SPDX-License-Identifier: MIT
/**
 * Which configuration the board boots from, and how a new one takes its place.
 *
 * The operator edits /data/plait.yaml and says `plaitctl apply` (or applies a file from elsewhere). Until `confirm`
 * the text stands in `unconfirmed.yaml`; a power cut or a timeout then leads back to the one before, even when
 * plait.yaml itself was edited, because a plait.yaml with the unconfirmed text is not booted from. `confirm` writes the
 * text to plait.yaml and to `confirmed.yaml`, each by renaming a finished file, and forgets the mark.
 */
import { checkBoard } from '../appliance/board-checks.ts';
import { parseConfig } from '../appliance/config.ts';
import type { Facts } from '../appliance/plan-types.ts';
import { describe, type Problem } from '../appliance/problems.ts';
import type { Config } from '../appliance/schema.ts';
import { CONFIG, CONFIRMED, DATA_PROBLEM, UNCONFIRMED } from './paths.ts';
import type { Files } from './ports.ts';

export type Source = 'plait.yaml' | 'confirmed' | 'candidate' | 'safe defaults';

/** A configuration in use, where it is from, and why it is not plait.yaml when it is not. */
export interface Chosen {
  source: Source;
  /** Absent: the safe defaults have no text. */
  text?: string;
  config: Config;
  reason?: string;
}

export type Checked = { ok: true; config: Config } | { ok: false; problems: Problem[] };

/** Reads a text and holds it against the board's ports. */
export function check(text: string, facts: Pick<Facts, 'ports'>): Checked {
  const parsed = parseConfig(text);
  if (!parsed.ok) return parsed;
  const problems = checkBoard(parsed.config, facts);
  return problems.length === 0 ? parsed : { ok: false, problems };
}

/** What to boot from; undefined asks for the safe defaults, for the reason given. */
export function chooseAtBoot(files: Files, facts: Pick<Facts, 'ports'>): Chosen | { reason: string } {
  const text = files.read(CONFIG);
  if (text === undefined) {
    const trouble = files.read(DATA_PROBLEM)?.trim();
    return { reason: trouble ? `there is no ${CONFIG}: ${trouble}` : `there is no ${CONFIG}` };
  }
  const confirmed = files.read(CONFIRMED);
  if (text === files.read(UNCONFIRMED) && text !== confirmed) return beforeUnconfirmed(confirmed, facts);
  const checked = check(text, facts);
  if (checked.ok) return { source: 'plait.yaml', text, config: checked.config };
  return { reason: `${CONFIG} cannot be used: ${inShort(checked.problems)}` };
}

function beforeUnconfirmed(
  confirmed: string | undefined,
  facts: Pick<Facts, 'ports'>,
): Chosen | { reason: string } {
  const reason = `${CONFIG} was applied but never confirmed`;
  if (confirmed === undefined) return { reason: `${reason}, and none was before it` };
  const checked = check(confirmed, facts);
  if (!checked.ok)
    return { reason: `${reason}, and the one before cannot be used: ${inShort(checked.problems)}` };
  return {
    source: 'confirmed',
    text: confirmed,
    config: checked.config,
    reason: `${reason}: the one confirmed before is in use`,
  };
}

/** Before a text is tried: from now on a start does not take it for the truth. */
export function markUnconfirmed(files: Files, text: string): void {
  files.makeFolder('/data/plait', 0o700);
  files.write(UNCONFIRMED, text, { mode: 0o600, durable: true });
}

/**
 * The text was tried and undone. With a confirmed one to go back to the mark stays: a start takes that one at once.
 * Without, plait.yaml is all there is, and a start tries it again.
 */
export function unmarkFailed(files: Files): void {
  if (files.read(CONFIRMED) === undefined) files.remove(UNCONFIRMED, true);
}

/** The text is the one to boot from. Cut at any point, a start finds either the old or the new one. */
export function storeConfirmed(files: Files, text: string): void {
  files.makeFolder('/data/plait', 0o700);
  if (files.read(CONFIRMED) !== text) files.write(CONFIRMED, text, { mode: 0o600, durable: true });
  if (files.read(CONFIG) !== text) files.write(CONFIG, text, { mode: 0o600, durable: true });
  files.remove(UNCONFIRMED, true);
}

/** After a start with plait.yaml that proved good: it is what there is to go back to. */
export function keepProved(files: Files, text: string): void {
  if (files.read(CONFIRMED) === text && files.read(UNCONFIRMED) === undefined) return;
  files.makeFolder('/data/plait', 0o700);
  files.write(CONFIRMED, text, { mode: 0o600, durable: true });
  files.remove(UNCONFIRMED, true);
}

/** The first problem, and how many more there are. */
export function inShort(problems: readonly Problem[]): string {
  const [first] = problems;
  const more = problems.length - 1;
  const text = first === undefined ? 'no reason given' : describe(first);
  return more > 0 ? `${text} (and ${more} more)` : text;
}

// SPDX-License-Identifier: MIT
/**
 * The configuration to start with; there always is one. In this order: what was confirmed, newest first, then safe
 * defaults. A text that names ports which the board lacks just now is used all the same: they may come, and the rest
 * of it works without them.
 */
import { checkBoard } from '../appliance/board-checks.ts';
import { parseConfig } from '../appliance/config.ts';
import { safeDefaults } from '../appliance/defaults.ts';
import { describe, type Problem } from '../appliance/problems.ts';
import { salvage } from '../appliance/salvage.ts';
import type { Config } from '../appliance/schema.ts';
import { describeReset } from './config-reset.ts';
import type { ConfigStore } from './config-store.ts';
import { CONFIG, DATA_PROBLEM } from './paths.ts';
import { errorText, type Ports } from './ports.ts';
import { sleep } from './sleep.ts';

/** Ports may appear after the agent: so long (ms) they are waited for. */
const PORTS_WAIT = 8000;
const PORTS_LOOK = 500;

export type Source = 'confirmed' | 'pending' | 'safe defaults';

/** A configuration in use, and why it is not the one confirmed last when it is not. */
export interface Chosen {
  source: Source;
  /** Absent: the safe defaults have no text. */
  text?: string;
  config: Config;
  reason?: string;
  /** What this firmware does without. */
  warnings: Problem[];
}

export interface BootChoiceSource extends Pick<Ports, 'clock' | 'files' | 'log'> {
  store: ConfigStore;
  /** Names of the board's ports, as far as they are there. */
  portNames(): string[];
  /** The agent is to end: no more waiting. */
  ending(): boolean;
}

/** What the board starts from; waits a while when it would have no LAN port yet. */
export async function bootChoice(source: BootChoiceSource): Promise<Chosen> {
  const { clock, log } = source;
  takeFirstConfiguration(source);
  const end = clock.monotonic() + PORTS_WAIT;
  for (;;) {
    const chosen = choiceNow(source);
    const missing = checkBoard(chosen.config, { ports: source.portNames() });
    if (missing.length === 0 || clock.monotonic() >= end || source.ending()) return chosen;
    log('debug', `waiting for ports: ${inShort(missing)}`);
    await sleep(clock, PORTS_LOOK);
  }
}

/** The same with the ports of this moment. */
export function choiceNow(source: BootChoiceSource): Chosen {
  const unusable: string[] = [];
  for (const entry of source.store.candidates()) {
    const name = `the configuration confirmed as number ${entry.sequence} (${entry.version})`;
    const text = source.store.read(entry);
    if (text === undefined) {
      unusable.push(`${name} is damaged`);
      continue;
    }
    const parsed = parseConfig(text);
    if (!parsed.ok) {
      unusable.push(`${name} cannot be used: ${inShort(parsed.problems)}`);
      continue;
    }
    const reason = unusable.length === 0 ? {} : { reason: `${unusable.join('; ')}; an older one is in use` };
    return { source: 'confirmed', text, config: parsed.config, warnings: parsed.warnings, ...reason };
  }
  return defaultsFor(source, [...unusable, nothingConfirmed(source)].join('; '));
}

/** The first problem, and how many more there are. */
export function inShort(problems: readonly Problem[]): string {
  const [first] = problems;
  const more = problems.length - 1;
  const text = first === undefined ? 'no reason given' : describe(first);
  return more > 0 ? `${text} (and ${more} more)` : text;
}

/** A plait.yaml that was put on a card before its first start counts as confirmed, if it can be used. */
function takeFirstConfiguration({ store, log }: BootChoiceSource): void {
  if (!store.pristine) return;
  const text = store.workingCopy();
  try {
    if (text !== undefined && parseConfig(text).ok) {
      store.confirm(text);
      log('notice', `first start of this card: ${CONFIG} is taken as confirmed`);
    }
    store.markStarted();
  } catch (error) {
    log('error', `the data partition cannot be written: ${errorText(error)}`);
  }
}

function defaultsFor({ store, portNames }: BootChoiceSource, reason: string): Chosen {
  const lastGood = store.candidates().flatMap((entry) => salvage(store.read(entry) ?? '') ?? []);
  const config = safeDefaults({ ports: portNames() }, lastGood[0]);
  return { source: 'safe defaults', config, reason, warnings: [] };
}

function nothingConfirmed({ store, files }: BootChoiceSource): string {
  const trouble = readOr(files, DATA_PROBLEM)?.trim();
  if (trouble) return trouble;
  if (store.candidates().length > 0) return 'no older one can be used';
  const reset = describeReset(files);
  if (reset !== undefined) return reset;
  const copy = store.workingCopy();
  if (copy === undefined) return `there is no ${CONFIG}`;
  const parsed = parseConfig(copy);
  return parsed.ok
    ? `${CONFIG} was never applied and confirmed`
    : `${CONFIG} cannot be used: ${inShort(parsed.problems)}`;
}

function readOr(files: BootChoiceSource['files'], path: string): string | undefined {
  try {
    return files.read(path);
  } catch {
    return undefined;
  }
}

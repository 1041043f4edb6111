// SPDX-License-Identifier: MIT
/**
 * Back to what a new board starts with. What the board was configured with is moved aside, not deleted:
 *
 *     /data/plait/before-reset/0001-2026-12-01/   plait.yaml, config/ (what was confirmed), shadow, setup.json
 *
 * The record /data/plait/reset.json is written durably before the first move and after the last one; each move is one rename.
 *
 * | record     | what a start finds                  | what it does        |
 * |------------|-------------------------------------|---------------------|
 * | none       | the configuration, untouched        | nothing             |
 * | `moving`   | a part of it in its place, or none  | moves the rest      |
 * | `done`     | nothing of it                       | safe defaults       |
 *
 * Keys of tunnels and the host key of SSH stay: the configuration that is brought back needs them.
 */
import { confirmedIn, readConfirmed } from './config-store.ts';
import { BEFORE_RESET, CONFIG, CONFIG_STORE, KEPT_ACCOUNTS, RESET, SETUP_ANSWERS } from './paths.ts';
import type { Files } from './ports.ts';

export interface ResetRecord {
  readonly state: 'moving' | 'done';
  /** When, as the board knew the time: ISO 8601. */
  readonly at: string;
  /** Where the configuration went; nothing is there when the board had none. */
  readonly folder: string;
  /** The button was seen up since. One that never was is stuck, and resets nothing. */
  readonly released: boolean;
}

/**
 * What moves, and its name there. The working copy goes first: should a later move fail, the board starts from what was confirmed,
 * as before. Were it left alone on a card, it would count as confirmed.
 */
const MOVES = [
  [CONFIG, 'plait.yaml'],
  [CONFIG_STORE, 'config'],
  [KEPT_ACCOUNTS, 'shadow'],
  [SETUP_ANSWERS, 'setup.json'],
] as const;
/** Folders of so many resets are kept. */
const KEPT = 4;
const FOLDER = /^\d{4,9}-\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T[\d:.]{1,20}Z$/;

/** Undefined: the board was never reset, or nothing can be made of the record. */
export function readReset(files: Files): ResetRecord | undefined {
  try {
    const { state, at, folder, released } = JSON.parse(files.read(RESET) ?? '') as Record<string, unknown>;
    const name = typeof folder === 'string' ? folder.slice(BEFORE_RESET.length + 1) : '';
    if (folder !== `${BEFORE_RESET}/${name}` || !FOLDER.test(name)) return undefined;
    if ((state !== 'moving' && state !== 'done') || typeof at !== 'string' || !TIME.test(at))
      return undefined;
    return { state, at, folder, released: released === true };
  } catch {
    return undefined;
  }
}

/**
 * Moves everything aside. When it throws before the record is written, nothing has changed; later, the next start goes on.
 *
 * @param now milliseconds since 1970
 */
export function resetToDefaults(files: Files, now: number): void {
  const at = new Date(now).toISOString();
  const last = numberOf(foldersKept(files).at(-1) ?? '0');
  const folder = `${BEFORE_RESET}/${String(last + 1).padStart(4, '0')}-${at.slice(0, 10)}`;
  files.makeFolder(BEFORE_RESET, 0o700);
  write(files, { state: 'moving', at, folder, released: false });
  finishReset(files);
}

/** Goes on with a reset that a power cut or a failing card interrupted. True: there was one, and it is done now. */
export function finishReset(files: Files): boolean {
  const record = readReset(files);
  if (record?.state !== 'moving') return false;
  for (const [path, name] of MOVES) {
    if (files.look(path) === undefined) continue;
    files.makeFolder(record.folder, 0o700);
    files.move(path, freeName(files, `${record.folder}/${name}`));
  }
  write(files, { ...record, state: 'done' });
  prune(files);
  return true;
}

/** The button is up: when it is held at a later start, somebody holds it. */
export function noteReleased(files: Files): void {
  const record = readReset(files);
  if (record !== undefined && !record.released) write(files, { ...record, released: true });
}

/** Path of the configuration that was in use before the reset; undefined: there was none that can be read. */
export function configBefore(files: Files, { folder }: ResetRecord): string | undefined {
  const confirmed = confirmedIn(files, `${folder}/config`);
  const newest = confirmed.find((entry) => readConfirmed(files, entry) !== undefined);
  if (newest !== undefined) return newest.path;
  const copy = `${folder}/plait.yaml`;
  return files.look(copy) === undefined ? undefined : copy;
}

/** What happened, when, and how it is undone; undefined: the board was not reset. */
export function describeReset(files: Files): string | undefined {
  const record = readReset(files);
  if (record?.state !== 'done') return undefined;
  const path = configBefore(files, record);
  const back =
    path === undefined
      ? 'it had no configuration before'
      : `"plaitctl apply ${path}" brings back the configuration of before`;
  const when = record.at.slice(0, 16).replace('T', ' ');
  return `reset by the button on ${when} UTC by the board's clock; ${back}`;
}

/** A board whose card failed in the middle may have made such a file anew. */
function freeName(files: Files, path: string): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? path : `${path}.${number}`;
    if (files.look(name) === undefined) return name;
  }
}

function write(files: Files, record: ResetRecord): void {
  files.write(RESET, `${JSON.stringify(record)}\n`, { mode: 0o600, durable: true });
}

function foldersKept(files: Files): string[] {
  return files
    .list(BEFORE_RESET)
    .filter((name) => FOLDER.test(name))
    .sort((a, b) => numberOf(a) - numberOf(b));
}

function numberOf(name: string): number {
  return Number.parseInt(name, 10);
}

/** The reset is done: what cannot be removed stays. */
function prune(files: Files): void {
  for (const name of foldersKept(files).slice(0, -KEPT)) {
    try {
      removeAll(files, `${BEFORE_RESET}/${name}`);
    } catch {
      return;
    }
  }
}

function removeAll(files: Files, path: string): void {
  for (const name of files.list(path)) removeAll(files, `${path}/${name}`);
  files.remove(path);
}

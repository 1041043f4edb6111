// SPDX-License-Identifier: MIT
/**
 * The configurations that were confirmed on this board, durable on the data partition. Each is a file of its own, and
 * none is ever written over, so that neither a power cut nor a full disk can lose one:
 *
 *     /data/plait/config/000017-0.1.0-1c291ca3.yaml    sequence, firmware version that confirmed it, CRC-32 of the text
 *
 * The board starts from these and from nothing else. /data/plait.yaml is the working copy: what a person edits and
 * `plaitctl apply` reads; edited and not applied, it is reported and not started from. Only a card that never started
 * (no file here, no `started`) takes a plait.yaml that was put on it as its first confirmed configuration.
 */
import { crc32Text } from './crc32.ts';
import { CONFIG, CONFIG_STORE } from './paths.ts';
import { errorCode, type Files } from './ports.ts';
import { isNewer } from './version-order.ts';

const FILE = /^(\d{6,9})-([0-9A-Za-z.+~]{1,40})-([0-9a-f]{8})\.yaml$/;
const STARTED = `${CONFIG_STORE}/started`;
/** The newest so many are kept, and beyond these the last one of each of so many firmware versions. */
const HISTORY = 8;
/** On a card that is full: the newest, and what is tried when it is damaged. */
const FULL_HISTORY = 2;
const VERSIONS = 4;

export interface Confirmed {
  sequence: number;
  /** Firmware that confirmed it. */
  version: string;
  checksum: string;
  path: string;
}

export class ConfigStore {
  #files: Files;
  #version: string;

  /** `version`: of this firmware. */
  constructor(files: Files, version: string) {
    this.#files = files;
    this.#version = version.replace(/[^0-9A-Za-z.+~]/g, '.').slice(0, 40) || '0';
  }

  /** All that were confirmed, newest first. */
  confirmed(): Confirmed[] {
    return confirmedIn(this.#files, CONFIG_STORE);
  }

  /**
   * In the order in which a start tries them: the newest first; what a newer firmware confirmed comes last, so that
   * a firmware that was rolled back meets the last one of its own.
   */
  candidates(): Confirmed[] {
    const all = this.confirmed();
    const foreign = (entry: Confirmed) => this.#isForeign(entry);
    return [...all.filter((entry) => !foreign(entry)), ...all.filter(foreign)];
  }

  #isForeign({ version }: Confirmed): boolean {
    return isNewer(version, this.#version);
  }

  /** Undefined: it cannot be read, or is not what was confirmed. */
  read(entry: Confirmed): string | undefined {
    return readConfirmed(this.#files, entry);
  }

  /** Nothing was ever started from this card. */
  get pristine(): boolean {
    const names = this.#files.list(CONFIG_STORE);
    return !names.includes('started') && this.confirmed().length === 0;
  }

  /** From now on a plait.yaml that nobody applied is not started from. */
  markStarted(): void {
    if (this.#files.list(CONFIG_STORE).includes('started')) return;
    this.#files.makeFolder(CONFIG_STORE, 0o700);
    this.#files.write(STARTED, '', { mode: 0o600, durable: true });
  }

  /** Confirms a text. When it throws, a start does what it did before; of a full card older history may be gone. */
  confirm(text: string): void {
    const all = this.confirmed();
    const [newest] = all;
    if (newest?.version === this.#version && this.read(newest) === text) return;
    const sequence = String((newest?.sequence ?? 0) + 1).padStart(6, '0');
    const path = `${CONFIG_STORE}/${sequence}-${this.#version}-${crc32Text(text)}.yaml`;
    this.#files.makeFolder(CONFIG_STORE, 0o700);
    try {
      this.#files.write(path, text, { mode: 0o600, durable: true });
    } catch (error) {
      if (errorCode(error) !== 'ENOSPC' || !this.#prune(all, FULL_HISTORY)) throw error;
      this.#files.write(path, text, { mode: 0o600, durable: true });
    }
    this.#prune(this.confirmed(), HISTORY);
  }

  /** Confirms for this firmware what it was started from and proved healthy with, if its own last one differs. */
  adopt(text: string): void {
    const own = this.confirmed().find(({ version }) => version === this.#version);
    if (own === undefined || this.read(own) !== text) this.confirm(text);
  }

  /** What a person edits; undefined when it is missing or cannot be read. */
  workingCopy(): string | undefined {
    try {
      return this.#files.read(CONFIG);
    } catch {
      return undefined;
    }
  }

  /** The working copy becomes `text`, unless it holds work of a person that is nowhere else. */
  refreshWorkingCopy(text: string): void {
    const copy = this.workingCopy();
    if (copy === text) return;
    if (copy !== undefined && !this.confirmed().some((entry) => this.read(entry) === copy)) return;
    this.#files.write(CONFIG, text, { mode: 0o600, durable: true });
  }

  /** Removes what need not be kept. True when something went. */
  #prune(all: readonly Confirmed[], history: number): boolean {
    // Damaged ones do not take the place of what a start could fall back to.
    const whole = all.filter((entry) => this.read(entry) !== undefined);
    const lastOfVersion = whole.filter(
      (entry, index) => whole.findIndex(({ version }) => version === entry.version) === index,
    );
    const own = whole.filter((entry) => !this.#isForeign(entry));
    const kept = new Set([
      ...whole.slice(0, history),
      ...own.slice(0, history),
      ...lastOfVersion.slice(0, VERSIONS),
    ]);
    const surplus = all.filter((entry) => !kept.has(entry));
    for (const { path } of surplus) this.#files.remove(path);
    return surplus.length > 0;
  }
}

/** What was confirmed and is in `folder`, newest first. */
export function confirmedIn(files: Files, folder: string): Confirmed[] {
  return files
    .list(folder)
    .flatMap((name) => entryOf(folder, name))
    .sort((a, b) => b.sequence - a.sequence);
}

/** Undefined: it cannot be read, or is not what was confirmed. */
export function readConfirmed(files: Files, { path, checksum }: Confirmed): string | undefined {
  try {
    const text = files.read(path);
    return text !== undefined && crc32Text(text) === checksum ? text : undefined;
  } catch {
    return undefined;
  }
}

function entryOf(folder: string, name: string): Confirmed[] {
  const [, sequence, version, checksum] = FILE.exec(name) ?? [];
  if (sequence === undefined || version === undefined || checksum === undefined) return [];
  return [{ sequence: Number(sequence), version, checksum, path: `${folder}/${name}` }];
}

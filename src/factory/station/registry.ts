// SPDX-License-Identifier: MIT
/** Which identities were given: no serial number, no MAC address and no key belongs to two boards. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Identity, identityProblems } from '../../agent/identity.ts';
import { UsageError } from '../../image/errors.ts';
import { cutTornLine, readLines, syncFolder, writeLine } from './json-lines.ts';

export interface Registry {
  /**
   * Takes an identity for a board, before it is written there. Returns why it may not have it, as sentences; none: it is its own
   * from now on. A board that was tested before may have its own again.
   */
  claim(identity: Identity): Promise<string[]>;
}

/** The registry of one station: a file of JSON lines, each on the disk before its board gets the identity. */
export class RegistryFile implements Registry {
  readonly #path: string;
  readonly #given: Identity[];

  /** @throws UsageError for a file that is none: what it has lost could be given twice */
  constructor(path: string) {
    this.#path = path;
    this.#given = read(path);
  }

  /** Nothing is waited for between the look and the note: of two ports that ask at once, one is second. */
  async claim(identity: Identity): Promise<string[]> {
    const taken = conflicts(identity, this.#given);
    if (taken.length === 0) {
      append(this.#path, identity);
      this.#given.push(identity);
    }
    return taken;
  }
}

export function conflicts({ serial, macs, publicKey }: Identity, given: readonly Identity[]): string[] {
  const found = given.flatMap((held) => {
    const shared = held.macs.filter((mac) => macs.includes(mac));
    if (held.serial === serial && shared.length > 0) return [];
    const report = held.report === undefined ? '' : ` (report ${held.report})`;
    if (held.serial === serial)
      return [`serial number ${serial} belongs to the board with ${held.macs.join(' ')}${report}`];
    const copied = publicKey !== undefined && held.publicKey === publicKey;
    if (copied && shared.length === 0)
      return [
        `its key belongs to the board with serial number ${held.serial}${report}: the card is a copy of that board's`,
      ];
    return shared.map((mac) => `${mac} belongs to the board with serial number ${held.serial}${report}`);
  });
  return [...new Set(found)];
}

/**
 * The serial number that PC Engines gives: the low 24 bits of the first MAC address, a quarter of them (each board has four
 * addresses), less 64. (coreboot 4.13.0.2 of PC Engines, release notes)
 */
export function serialOfMac(mac: string): string {
  const low = Number.parseInt(mac.split(':').slice(3).join(''), 16);
  return String(Math.floor(low / 4) - 64);
}

function append(path: string, identity: Identity): void {
  mkdirSync(dirname(path), { recursive: true });
  const descriptor = openSync(path, 'a');
  try {
    writeLine(descriptor, identity);
  } finally {
    closeSync(descriptor);
  }
  syncFolder(dirname(path));
}

function read(path: string): Identity[] {
  const found = readLines(path);
  if (found === undefined) return [];
  // It was given to no board.
  cutTornLine(path, found);
  return found.lines.map((line, index) => {
    const problems = problemsOf(line);
    if (problems.length > 0)
      throw new UsageError(`${path}: line ${index + 1} is no identity: ${problems.join('; ')}`);
    return JSON.parse(line) as Identity;
  });
}

function problemsOf(line: string): string[] {
  try {
    return identityProblems(JSON.parse(line));
  } catch (error) {
    return [(error as Error).message];
  }
}

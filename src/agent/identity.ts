// SPDX-License-Identifier: MIT
/**
 * The identity of a board on its disk: serial number, MAC addresses, revision. It is written once, at the bench, and neither
 * upgrades nor flashing touch it. Two copies lie in the last 16 KiB before the first partition; the second is written when
 * the first is on the disk, so that a power cut leaves a whole one. A copy is 4096 bytes:
 *
 *      0  "PLAITID1"
 *      8  length of the text, 32 bits, little-endian
 *     12  CRC-32 of the 4096 bytes with zeros in this place, 32 bits, little-endian
 *     16  JSON in UTF-8, and zeros
 */
import { crc32 } from './crc32.ts';
import type { Disks } from './ports.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

/** First sectors (of 512 bytes) of the two copies, and where the room for them ends; the boot loader ends before it. */
export const IDENTITY_SECTORS = [2016, 2032] as const;
export const IDENTITY_END_SECTOR = 2048;
export const IDENTITY_LENGTH = 4096;

const SECTOR = 512;
const MAGIC = encodeUtf8('PLAITID1');
const AT = { length: 8, crc: 12, text: 16 };

export interface Identity {
  /** As on the board's label. */
  serial: string;
  /** MAC addresses of its Ethernet ports, in their order. */
  macs: string[];
  /** Of the board: `2d13`. */
  revision?: string;
  /** Names the report of the factory test. */
  report?: string;
  /** The board's own public key, base64. */
  publicKey?: string;
}

export type StoredIdentity =
  /** Nobody gave it one. */
  | { state: 'none' }
  /** Neither copy is whole. */
  | { state: 'damaged' }
  | { state: 'valid'; identity: Identity; wholeCopies: 1 | 2 };

const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;
const MOST_MACS = 32;

const TEXTS: Readonly<Record<Exclude<keyof Identity, 'macs'>, { like: RegExp; what: string }>> = {
  serial: {
    like: /^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$/,
    what: 'letters, digits and ._- (1 to 40), as in 2D13-004711',
  },
  revision: { like: /^[ -~]{1,40}$/, what: '1 to 40 ASCII characters, as in 2d13' },
  report: { like: /^[ -~]{1,100}$/, what: '1 to 100 ASCII characters' },
  publicKey: { like: /^[0-9A-Za-z+/]{40,1000}={0,2}$/, what: 'a public key in base64' },
};

/** What is wrong with a value that should be an identity, in sentences; none: it is one. */
export function identityProblems(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return ['it must be a JSON object with serial and macs'];
  const given = value as Record<string, unknown>;
  const texts = Object.entries(TEXTS).flatMap(([key, { like, what }]) => {
    const text = given[key];
    if (text === undefined && key !== 'serial') return [];
    return typeof text === 'string' && like.test(text) ? [] : [`${key} is ${seen(text)}; it must be ${what}`];
  });
  return [...texts, ...macProblems(given.macs)];
}

/** Keys that mean nothing to this version; an identity on a disk may have some, of a newer one. */
export function unknownKeys(identity: object): string[] {
  return Object.keys(identity).filter((key) => key !== 'macs' && !(key in TEXTS));
}

function macProblems(macs: unknown): string[] {
  if (!Array.isArray(macs) || macs.length === 0 || macs.length > MOST_MACS)
    return [`macs is ${seen(macs)}; it must be a list of 1 to ${MOST_MACS} MAC addresses`];
  const wrong = macs.filter((mac) => typeof mac !== 'string' || !MAC.test(mac));
  const twice = macs.filter((mac, index) => macs.indexOf(mac) < index);
  return [
    ...wrong.map((mac) => `macs holds ${seen(mac)}; a MAC address is written 00:0d:b9:12:34:56`),
    ...twice.map((mac) => `macs holds ${seen(mac)} twice`),
  ];
}

function seen(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, 60);
}

/** One copy, 4096 bytes. @throws RangeError when the identity is too long for it */
export function formatIdentity(identity: Identity): Uint8Array {
  const text = encodeUtf8(JSON.stringify(identity));
  if (text.length > IDENTITY_LENGTH - AT.text)
    throw new RangeError(`an identity has at most ${IDENTITY_LENGTH - AT.text} bytes, not ${text.length}`);
  const copy = new Uint8Array(IDENTITY_LENGTH);
  copy.set(MAGIC);
  copy.set(text, AT.text);
  const view = new DataView(copy.buffer);
  view.setUint32(AT.length, text.length, true);
  view.setUint32(AT.crc, crc32(copy), true);
  return copy;
}

/** The identity in one copy; undefined when it is not whole. */
export function parseIdentity(copy: Uint8Array): Identity | undefined {
  if (copy.length !== IDENTITY_LENGTH || !isMarked(copy)) return undefined;
  const view = new DataView(copy.buffer, copy.byteOffset, copy.byteLength);
  const zeroed = Uint8Array.from(copy).fill(0, AT.crc, AT.text);
  const length = view.getUint32(AT.length, true);
  if (length > IDENTITY_LENGTH - AT.text || crc32(zeroed) !== view.getUint32(AT.crc, true)) return undefined;
  try {
    const value: unknown = JSON.parse(decodeUtf8(copy.subarray(AT.text, AT.text + length)));
    return identityProblems(value).length === 0 ? (value as Identity) : undefined;
  } catch {
    return undefined;
  }
}

function isMarked(copy: Uint8Array): boolean {
  return MAGIC.every((byte, index) => copy[index] === byte);
}

/** Of two copies the first whole one counts: it is the one that is written first. */
export function storedIdentity(first: Uint8Array, second: Uint8Array): StoredIdentity {
  const [one, two] = [parseIdentity(first), parseIdentity(second)];
  const identity = one ?? two;
  if (identity === undefined) return { state: isMarked(first) || isMarked(second) ? 'damaged' : 'none' };
  const same = first.every((byte, index) => byte === second[index]);
  return { state: 'valid', identity, wholeCopies: same ? 2 : 1 };
}

/** What the disk says of its board. A disk that cannot be read there is damaged. */
export function readIdentity(disks: Disks, disk: string | undefined): StoredIdentity {
  if (disk === undefined) return { state: 'none' };
  try {
    const [first, second] = IDENTITY_SECTORS;
    return storedIdentity(
      disks.readAt(disk, first * SECTOR, IDENTITY_LENGTH),
      disks.readAt(disk, second * SECTOR, IDENTITY_LENGTH),
    );
  } catch {
    return { state: 'damaged' };
  }
}

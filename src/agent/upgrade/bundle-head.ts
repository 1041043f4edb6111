// SPDX-License-Identifier: MIT
/**
 * The beginning of an update bundle: what it says of itself, and where in it the slot's image is. A bundle is a cpio
 * archive of sw-description, its signature, and one squashfs (src/image/bundle/bundle.ts makes it). What is read here is
 * believed only after the signature was checked; before, it makes for a better refusal.
 */
import { decodeUtf8 } from '../utf8.ts';
import { UpgradeError } from './job-states.ts';

/** Description, signature and the header of the image lie within so many bytes. */
export const HEAD_LENGTH = 16 * 1024;

const HEADER = 110;
const SQUASHFS = 'hsqs';

export interface BundleHead {
  version: string;
  /** Names of the boards that it is for. */
  boards: string[];
  /** SHA-256 of the image, in hexadecimal. */
  sha256: string;
  /** Where the image is in the bundle, and how long it is. */
  offset: number;
  size: number;
}

/** Throws an UpgradeError for what is no bundle that this agent can install. */
export function readBundleHead(head: Uint8Array): BundleHead {
  const description = member(head, 0, 'sw-description');
  const signature = member(head, description.next, 'sw-description.sig');
  const image = member(head, signature.next);
  if (signature.next > head.length) throw notABundle('its description is too long');
  const text = decodeUtf8(head.subarray(description.offset, description.offset + description.size));
  const version = /^\s*version = "([^"\n]{1,100})";/m.exec(text)?.[1];
  const boards = /^\s*hardware-compatibility: \[([^\]\n]*)\]/m.exec(text)?.[1];
  if (version === undefined || boards === undefined)
    throw notABundle('it does not say its version and board');
  const beginning = String.fromCharCode(...head.subarray(image.offset, image.offset + SQUASHFS.length));
  if (beginning !== SQUASHFS) throw notABundle('it holds no system');
  return {
    version,
    boards: [...boards.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? ''),
    sha256: imageHash(text, image.name),
    offset: image.offset,
    size: image.size,
  };
}

/** Each slot's set must name this image for this slot, and the same hash. */
function imageHash(text: string, image: string): string {
  const hashes = ['slot-a', 'slot-b'].map((set) => {
    const body = new RegExp(`^\\s*${set}: \\{([^}]*)\\}`, 'm').exec(text)?.[1] ?? '';
    const value = (name: string) => new RegExp(`^\\s*${name} = "([^"]*)";`, 'm').exec(body)?.[1];
    if (value('filename') !== image || value('device') !== slotDevice(set)) return undefined;
    return /^[0-9a-f]{64}$/.exec(value('sha256') ?? '')?.[0];
  });
  const [hash, other] = hashes;
  if (hash === undefined || hash !== other)
    throw notABundle('it is made for other slots than this board has');
  return hash;
}

/** Where a slot is, for the agent as for a bundle: a link made by the boot script. */
export function slotDevice(name: string): string {
  return `/run/plait/disk/${name}`;
}

function member(
  bytes: Uint8Array,
  at: number,
  wanted?: string,
): { name: string; offset: number; size: number; next: number } {
  const header = String.fromCharCode(...bytes.subarray(at, at + HEADER));
  if (!/^07070[12][0-9A-Fa-f]{104}$/.test(header)) throw notABundle('it does not begin as one');
  const field = (index: number) => Number.parseInt(header.slice(6 + 8 * index, 14 + 8 * index), 16);
  const [size, nameSize] = [field(6), field(11)];
  if (nameSize < 2 || nameSize > 256) throw notABundle('it does not begin as one');
  const name = decodeUtf8(bytes.subarray(at + HEADER, at + HEADER + nameSize - 1));
  if (wanted !== undefined && name !== wanted) throw notABundle(`"${wanted}" is not where it must be`);
  const offset = aligned(at + HEADER + nameSize);
  return { name, offset, size, next: aligned(offset + size) };
}

function aligned(offset: number): number {
  return Math.ceil(offset / 4) * 4;
}

function notABundle(why: string): UpgradeError {
  return new UpgradeError('not-a-bundle', `this is no update bundle of Plait (plait-<board>.swu): ${why}`);
}

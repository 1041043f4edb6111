// SPDX-License-Identifier: MIT
/** A file in pieces that are known by their SHA-256: which they are stands in a list, one in a line, in their order. */
import { createHash } from 'node:crypto';

/**
 * Bytes of a chunk. A damaged byte costs one, and each costs a turn of the line: at 115200 bits per second it takes 2.8 s, a
 * turn some hundredths of that.
 */
export const CHUNK = 32_768;

export interface Chunks {
  /** SHA-256 of the file. */
  readonly sha256: string;
  readonly size: number;
  /** The list, as it is sent, and its SHA-256. */
  readonly list: Buffer;
  readonly listHash: string;
  /** SHA-256 of the pieces, in the order of the file. */
  readonly order: readonly string[];
  /** The pieces by their SHA-256: equal ones are one. */
  readonly pieces: ReadonlyMap<string, Buffer>;
}

export function chunksOf(file: Buffer, size = CHUNK): Chunks {
  const pieces = new Map<string, Buffer>();
  const order: string[] = [];
  for (let at = 0; at < file.length; at += size) {
    const piece = file.subarray(at, at + size);
    const hash = sha256(piece);
    pieces.set(hash, piece);
    order.push(hash);
  }
  const list = Buffer.from(order.map((hash) => `${hash}\n`).join(''));
  return { sha256: sha256(file), size: file.length, list, listHash: sha256(list), order, pieces };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

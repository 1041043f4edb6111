// SPDX-License-Identifier: MIT
/** Keys of tunnels of mode `plait` as text: the base64 (RFC 4648) of 32 bytes, as WireGuard's tools write them too. */
import { ALPHABET, base64 } from './base64.ts';

/** A file a key. */
export const KEY_FOLDER = '/data/keys';

/** Of this box's private key. */
export function keyFile(name: string): string {
  return `${KEY_FOLDER}/${name}`;
}

export function presharedFile(name: string): string {
  return `${KEY_FOLDER}/${name}.preshared`;
}

const KEY_BYTES = 32;
/** 32 bytes are 43 characters and one of padding; the last character holds 4 bits, and two that must be 0. */
const KEY = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

/** The 32 bytes of a key; undefined when the text is none. */
export function keyBytes(text: string): Uint8Array | undefined {
  if (!KEY.test(text)) return undefined;
  const bytes = new Uint8Array(KEY_BYTES);
  let [bits, held, at] = [0, 0, 0];
  for (const char of text.slice(0, -1)) {
    held = (held << 6) | ALPHABET.indexOf(char);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = held >> bits;
    held &= (1 << bits) - 1;
  }
  return bytes;
}

/** Throws for anything but 32 bytes. */
export function keyText(bytes: Uint8Array): string {
  if (bytes.length !== KEY_BYTES) throw new Error(`a key of ${bytes.length} bytes instead of ${KEY_BYTES}`);
  return base64(bytes);
}

/** A key, or nearly: where a key could be private, it is not shown. */
export function looksLikeKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{40,46}={0,2}$/.test(text.trim());
}

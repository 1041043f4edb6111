// SPDX-License-Identifier: MIT
/** Base64 (RFC 4648), which the agent's engine has not got. */

export const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function base64(bytes: Uint8Array): string {
  let [text, bits, held] = ['', 0, 0];
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text += ALPHABET[held >> bits];
      held &= (1 << bits) - 1;
    }
  }
  if (bits > 0) text += ALPHABET[held << (6 - bits)];
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

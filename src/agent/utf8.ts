// SPDX-License-Identifier: MIT
/** UTF-8 in plain TypeScript: QuickJS has neither TextEncoder nor TextDecoder. */

const REPLACEMENT = 0xfffd;

/** Bytes of a text; an unpaired surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const char of text) {
    let point = char.codePointAt(0) ?? REPLACEMENT;
    if (point >= 0xd800 && point <= 0xdfff) point = REPLACEMENT;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), tail(point));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), tail(point >> 6), tail(point));
    else bytes.push(0xf0 | (point >> 18), tail(point >> 12), tail(point >> 6), tail(point));
  }
  return Uint8Array.from(bytes);
}

/** Text of bytes; each byte that belongs to no valid sequence becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  const parts: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const [point, length] = decodePoint(bytes, at);
    parts.push(String.fromCodePoint(point));
    at += length;
  }
  return parts.join('');
}

function tail(point: number): number {
  return 0x80 | (point & 0x3f);
}

function decodePoint(bytes: Uint8Array, at: number): [point: number, length: number] {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return [first, 1];
  const [length, lowest] =
    first >= 0xf0 && first < 0xf5 ? [4, 0x10000] : first >= 0xe0 ? [3, 0x800] : [2, 0x80];
  if (first < 0xc2 || first > 0xf4) return [REPLACEMENT, 1];
  let point = first & (0x7f >> length);
  for (let i = 1; i < length; i++) {
    const next = bytes[at + i] ?? 0;
    if ((next & 0xc0) !== 0x80) return [REPLACEMENT, 1];
    point = (point << 6) | (next & 0x3f);
  }
  const surrogate = point >= 0xd800 && point <= 0xdfff;
  return point < lowest || point > 0x10ffff || surrogate ? [REPLACEMENT, 1] : [point, length];
}

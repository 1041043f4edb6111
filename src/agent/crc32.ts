// SPDX-License-Identifier: MIT
/** CRC-32 as in zip, gzip, Ethernet (ISO 3309) and `cksum -a crc32b`. */
import { encodeUtf8 } from './utf8.ts';

const POLYNOMIAL = 0xedb88320;

/** What each byte does to the sum. */
const STEPS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  return crc;
});

export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (STEPS[(crc ^ byte) & 0xff] ?? 0);
  return ~crc >>> 0;
}

/** That of the text's UTF-8; eight hexadecimal digits. */
export function crc32Text(text: string): string {
  return crc32(encodeUtf8(text)).toString(16).padStart(8, '0');
}

// SPDX-License-Identifier: MIT
/** CRC-32 as in zip, gzip and `cksum -a crc32b`, of the text's UTF-8; eight hexadecimal digits. */
import { encodeUtf8 } from './utf8.ts';

const POLYNOMIAL = 0xedb88320;

export function crc32(text: string): string {
  let crc = 0xffffffff;
  for (const byte of encodeUtf8(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  }
  return (~crc >>> 0).toString(16).padStart(8, '0');
}

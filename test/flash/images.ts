// SPDX-License-Identifier: MIT
/** Small images for the tests of flashing. */

import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BLOCK, MIB, type Range } from '../../src/flash/sectors.ts';
import type { SourceImage } from '../../src/flash/source-image.ts';
import { blockMap } from '../../src/image/disk/bmap.ts';

/** Two parts of a small disk, with holes: boot sector with a partition table, boot loader; then a slot. */
export const MAPPED: readonly Range[] = [
  { start: 0, length: 16 * BLOCK },
  { start: MIB, length: 300 * BLOCK },
];
export const IMAGE_SIZE = 4 * MIB;
/** First sector of the slot. */
export const SLOT = MIB / 512;

/** Contents that differ in every sector. */
export function imageBytes(): Buffer {
  const image = Buffer.alloc(IMAGE_SIZE);
  for (const { start, length } of MAPPED) randomBytes(length).copy(image, start);
  image.fill(0, 446, 510);
  // Boot state at 1 MiB would come first; here the slot is the second entry, as in board/disk.yaml.
  const entry = (index: number, first: number, sectors: number) => {
    image.writeUInt32LE(first, 446 + 16 * index + 8);
    image.writeUInt32LE(sectors, 446 + 16 * index + 12);
  };
  entry(0, SLOT - 64, 64);
  entry(1, SLOT, 2400);
  image.writeUInt16LE(0xaa55, 510);
  return image;
}

export function sourceOf(image: Buffer): SourceImage {
  return {
    ...{ path: 'test.img', board: 'test', size: image.length },
    parts: MAPPED.map(({ start, length }) => ({
      start,
      length,
      bytes: image.subarray(start, start + length),
    })),
  };
}

/** A folder as the pipeline publishes it: image, packed image, block map, manifest. */
export function publish(folder: string, image: Buffer): { raw: string; packed: string } {
  mkdirSync(folder, { recursive: true });
  const [raw, packed] = [join(folder, 'plait-test.img'), join(folder, 'plait-test.img.xz')];
  writeFileSync(raw, image);
  execFileSync('xz', ['--keep', '--force', '-1', raw]);
  writeFileSync(join(folder, 'plait-test.bmap'), blockMap(image, MAPPED));
  const packedBytes = execFileSync('cat', [packed], { maxBuffer: 100 * MIB });
  const files = [
    { name: 'plait-test.img', bytes: image },
    { name: 'plait-test.img.xz', bytes: packedBytes },
  ].map(({ name, bytes }) => ({
    ...{ name, size: bytes.length },
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }));
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ board: 'test', files }));
  return { raw, packed };
}

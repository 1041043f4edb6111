// SPDX-License-Identifier: MIT
/**
 * Reads the block map beside an image (bmaptool's format 2.0): which blocks must be written, with a checksum for each
 * range. Only what the pipeline writes is taken; anything else is refused, never guessed.
 */
import { createHash } from 'node:crypto';
import { UsageError } from '../image/errors.ts';
import type { Range } from './sectors.ts';

export interface MappedRange extends Range {
  readonly sha256: string;
}

export interface BlockMap {
  readonly imageSize: number;
  /** In order, not overlapping, each of whole blocks. */
  readonly ranges: readonly MappedRange[];
}

const CHECKSUM = /<BmapFileChecksum> ([0-9a-f]{64}) <\/BmapFileChecksum>/;

/** @throws UsageError with what is wrong with the map */
export function parseBlockMap(text: string, path: string): BlockMap {
  const refuse = (why: string): never => {
    throw new UsageError(`${path}: ${why}`);
  };
  if (!/<bmap version="2\.0">/.test(text)) refuse('is not a block map of format 2.0');
  if (field(text, 'ChecksumType') !== 'sha256') refuse('its checksums are not SHA-256');
  const sum = CHECKSUM.exec(text)?.[1] ?? refuse('has no checksum of its own');
  const zeroed = text.replace(CHECKSUM, `<BmapFileChecksum> ${'0'.repeat(64)} </BmapFileChecksum>`);
  if (createHash('sha256').update(zeroed).digest('hex') !== sum) refuse('is damaged: its checksum is wrong');
  const imageSize = Number(field(text, 'ImageSize') ?? refuse('names no size of the image'));
  const blockSize = Number(field(text, 'BlockSize') ?? refuse('names no size of blocks'));
  if (!Number.isSafeInteger(imageSize) || imageSize <= 0)
    refuse(`${imageSize} bytes cannot be the size of an image`);
  if (blockSize !== 4096) refuse(`has blocks of ${blockSize} bytes, not of 4096`);
  const ranges = [...text.matchAll(/<Range chksum="([0-9a-f]{64})"> (\d+)(?:-(\d+))? <\/Range>/g)].map(
    ([, sha256 = '', first, last = first]): MappedRange => {
      const start = Number(first) * blockSize;
      // The last block of an image may be cut; its length is then what the image has.
      const end = Math.min((Number(last) + 1) * blockSize, imageSize);
      return { start, length: end - start, sha256 };
    },
  );
  const count = (text.match(/<Range\b/g) ?? []).length;
  if (count === 0 || count !== ranges.length)
    refuse(`${count - ranges.length} of its ${count} ranges cannot be read`);
  let before = 0;
  for (const { start, length } of ranges) {
    if (length <= 0 || start < before) refuse(`its ranges overlap or leave the image, at byte ${start}`);
    before = start + length;
  }
  return { imageSize, ranges };
}

function field(text: string, name: string): string | undefined {
  return new RegExp(`<${name}> (\\w+) </${name}>`).exec(text)?.[1];
}

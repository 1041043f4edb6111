// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';

const blockSize = 4096;

/** A part of the image that has to be written to a card; both in bytes, multiples of 4096. */
export interface Extent {
  readonly start: number;
  readonly length: number;
}

/**
 * The block map (bmaptool, format 2.0) of an image: what has to be written, with checksums. It is made from what the
 * image is known to hold. `bmaptool create` would make it from the file's holes: zeros inside a file system, which do
 * matter, are a hole on one machine's disk and none on another's, so that its map neither is right everywhere nor the same.
 */
export function blockMap(image: Uint8Array, extents: readonly Extent[]): string {
  for (const { start, length } of extents) {
    if (start % blockSize !== 0 || length % blockSize !== 0 || start + length > image.length)
      throw new Error(`block map: extent ${start}+${length} is not whole blocks of the image`);
  }
  const mapped = extents.reduce((sum, extent) => sum + extent.length, 0) / blockSize;
  const text = (checksum: string) => `<?xml version="1.0" ?>
<bmap version="2.0">
    <ImageSize> ${image.length} </ImageSize>
    <BlockSize> ${blockSize} </BlockSize>
    <BlocksCount> ${image.length / blockSize} </BlocksCount>
    <MappedBlocksCount> ${mapped} </MappedBlocksCount>
    <ChecksumType> sha256 </ChecksumType>
    <BmapFileChecksum> ${checksum} </BmapFileChecksum>
    <BlockMap>
${extents.map((extent) => range(image, extent)).join('\n')}
    </BlockMap>
</bmap>
`;
  // The file's own checksum is that of the file with zeros in the checksum's place.
  return text(sha256(Buffer.from(text('0'.repeat(64)))));
}

function range(image: Uint8Array, { start, length }: Extent): string {
  const [first, last] = [start / blockSize, (start + length) / blockSize - 1];
  const blocks = first === last ? `${first}` : `${first}-${last}`;
  return `        <Range chksum="${sha256(image.subarray(start, start + length))}"> ${blocks} </Range>`;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

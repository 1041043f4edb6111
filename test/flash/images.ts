// SPDX-License-Identifier: MIT
/** Small images for the tests of flashing. */

import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BLOCK, MIB, type Range } from '../../src/flash/sectors.ts';
import type { SourceImage } from '../../src/flash/source-image.ts';
import { blockMap } from '../../src/image/disk/bmap.ts';
import { keyId, signStatement } from '../../src/image/provenance/dsse.ts';
import { provenance } from '../../src/image/provenance/statement.ts';

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

/** A key as those that bundles and images are signed with. */
export function testKey(): { publicPem: string; sign: (data: Buffer) => Promise<Buffer> } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { publicPem, sign: async (data) => sign('sha256', data, privateKey) };
}

/** The key of all images of a test file; making one takes a while. */
export const KEY = testKey();

export interface PublishedImage {
  raw: string;
  packed: string;
  /** File with the public key. */
  key: string;
}

export function pathsIn(folder: string, board: string): PublishedImage {
  const raw = join(folder, `plait-${board}.img`);
  return { raw, packed: `${raw}.xz`, key: join(folder, 'update.pem') };
}

/** A folder as the pipeline publishes it: image, packed image, block map, manifest, signed provenance, public key. */
export async function publish(
  folder: string,
  image: Buffer,
  { board = 'alix', key = KEY, others: more = {} as Readonly<Record<string, Buffer>> } = {},
): Promise<PublishedImage> {
  mkdirSync(folder, { recursive: true });
  const name = `plait-${board}`;
  const { raw, ...others } = pathsIn(folder, board);
  writeFileSync(raw, image);
  execFileSync('xz', ['--keep', '--force', '-1', raw]);
  writeFileSync(join(folder, `${name}.bmap`), blockMap(image, MAPPED));
  for (const [file, bytes] of Object.entries(more)) writeFileSync(join(folder, file), bytes);
  const names = [`${name}.img`, `${name}.img.xz`, `${name}.bmap`, ...Object.keys(more)];
  const files = names.map((file) => {
    const bytes = readFileSync(join(folder, file));
    return { name: file, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  });
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ plait: '0.1.0', board, files }));
  const statement = provenance({
    ...{ board, version: '0.1.0', engine: { name: 'debian' }, revision: null, buildId: '0', epoch: 0 },
    ...{ packages: [], others: [], machine: {}, keyId: keyId(key.publicPem), subjects: files },
  });
  const envelope = await signStatement(statement, key);
  writeFileSync(join(folder, 'provenance.intoto.jsonl'), `${JSON.stringify(envelope)}\n`);
  writeFileSync(others.key, key.publicPem);
  return { raw, ...others };
}

// SPDX-License-Identifier: MIT
import { constants } from 'node:fs';
import { copyFile, open, stat, truncate } from 'node:fs/promises';
import { MachineError } from './errors.ts';

const BLOCK = 1_048_576;

/**
 * Makes a memory card for an emulated board: a sparse copy of a disk image, enlarged to `bytes`. The image itself
 * is only read.
 * @throws MachineError when the card would be smaller than the image
 */
export async function makeCard(image: string, card: string, bytes?: number): Promise<void> {
  const { size } = await stat(image);
  if (bytes !== undefined && bytes < size) {
    throw new MachineError(
      `A card of ${bytes} bytes is too small for ${image}, which has ${size} bytes: give it at least ${Math.ceil(size / BLOCK)}M.`,
    );
  }
  await copySparse(image, card, size);
  await truncate(card, bytes ?? size);
}

/** `500M`, `2G`, `2GiB`, `244MiB`: binary units, as card sizes are given to emulators. Undefined when it is no size. */
export function parseSize(text: string): number | undefined {
  const found = /^(\d{1,7})([KMG])(?:i?B)?$/i.exec(text.trim());
  if (!found) return undefined;
  const power = { K: 1, M: 2, G: 3 }[(found[2] ?? '').toUpperCase()] ?? 0;
  const bytes = Number(found[1]) * 1024 ** power;
  return bytes > 0 ? bytes : undefined;
}

async function copySparse(from: string, to: string, size: number): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE);
    return;
  } catch {
    // The file system cannot share blocks: copy, leaving out what is zero.
  }
  const source = await open(from, 'r');
  const target = await open(to, 'w');
  try {
    const block = Buffer.alloc(BLOCK);
    const zero = Buffer.alloc(BLOCK);
    for (let at = 0; at < size; at += BLOCK) {
      const { bytesRead } = await source.read(block, 0, BLOCK, at);
      if (!block.subarray(0, bytesRead).equals(zero.subarray(0, bytesRead))) {
        await target.write(block, 0, bytesRead, at);
      }
    }
  } finally {
    await source.close();
    await target.close();
  }
}

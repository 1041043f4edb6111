// SPDX-License-Identifier: MIT
/** Update bundles for an emulated board, on its second disk, and the files that it makes of them. */
import { open } from 'node:fs/promises';
import { readLayout, sectorSize } from '../../src/image/disk/layout.ts';
import type { Guest } from './guest.ts';
import type { ShippedImage } from './images.ts';

/** What is in slot A of the shipped image: a squashfs says how long it is in its superblock. */
export async function shippedSlot(image: ShippedImage): Promise<Buffer> {
  const { partitions } = await readLayout(image.board);
  const file = await open(image.file);
  try {
    const start = partitions['slot-a'].start * sectorSize;
    const superblock = Buffer.alloc(96);
    await file.read(superblock, 0, superblock.length, start);
    const slot = Buffer.alloc(Number(superblock.readBigUInt64LE(40)));
    await file.read(slot, 0, slot.length, start);
    return slot;
  } finally {
    await file.close();
  }
}

export class BundleDisk {
  readonly path: string;
  readonly #places = new Map<string, { sector: number; size: number }>();

  /** Writes the bundles one behind the other. */
  static async make(path: string, bundles: Readonly<Record<string, Buffer>>): Promise<BundleDisk> {
    const made = new BundleDisk(path);
    const disk = await open(path, 'w');
    try {
      let sector = 0;
      for (const [name, bytes] of Object.entries(bundles)) {
        await disk.write(bytes, 0, bytes.length, sector * sectorSize);
        made.#places.set(name, { sector, size: bytes.length });
        sector += Math.ceil(bytes.length / sectorSize);
      }
      await disk.truncate(sector * sectorSize);
    } finally {
      await disk.close();
    }
    return made;
  }

  private constructor(path: string) {
    this.path = path;
  }

  /** A shell command that prints a bundle. */
  printed(name: string): string {
    const { sector, size } = this.#places.get(name) as { sector: number; size: number };
    return `dd if=/dev/sdb bs=${sectorSize} skip=${sector} status=none | head -c ${size}`;
  }

  /** Puts a bundle into a file on the board. */
  async put(board: Guest, name: string, file: string): Promise<void> {
    await board.ask(`${this.printed(name)} > ${file}`);
  }
}

// SPDX-License-Identifier: MIT
/**
 * Updates for an emulated board: the shipped root, altered, packed as a slot on the board's second disk. `install` does
 * what an updater does: it writes the slot that does not run, and lets GRUB start it.
 */
import { execFile } from 'node:child_process';
import { open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { formatBlock } from '../../src/agent/boot-state.ts';
import { readLayout, sectorSize } from '../../src/image/disk/layout.ts';
import type { Guest } from './guest.ts';
import type { ShippedImage } from './images.ts';

export interface Update {
  /** Its `build=`: an update is another firmware than the one before. */
  readonly build: string;
  /** Breaks the root in this folder. */
  readonly alter: (root: string) => Promise<void>;
  /** Starts that GRUB gives it. Default: the usual three. */
  readonly tries?: 1 | 2 | 3;
}

const MIB = 1_048_576;
/** Room of one update on the second disk: slot B, and in the last mebibyte the boot state for it. */
const ROOM = 17;
const run = promisify(execFile);

/** Makes the second disk; gives its path. Needs squashfs-tools. */
export async function updateDisk(
  image: ShippedImage,
  folder: string,
  updates: readonly Update[],
): Promise<string> {
  const path = join(folder, 'updates.img');
  const disk = await open(path, 'w');
  try {
    for (const [index, update] of updates.entries()) {
      await disk.write(await slotOf(image, folder, update), 0, undefined, index * ROOM * MIB);
      const state = [0, 1]
        .map((seq) => formatBlock({ seq, active: 'b', tries: { a: 3, b: update.tries ?? 3 } }))
        .join('');
      await disk.write(state, (index * ROOM + ROOM - 1) * MIB);
    }
    await disk.truncate(updates.length * ROOM * MIB);
  } finally {
    await disk.close();
  }
  return path;
}

/** The system of an update, as it is in its slot. Needs squashfs-tools. */
export async function slotOf(
  image: ShippedImage,
  folder: string,
  { build, alter }: Pick<Update, 'build' | 'alter'>,
): Promise<Buffer> {
  const { partitions } = await readLayout(image.board);
  // A fresh root each time: nothing of one update gets into the next.
  const root = join(folder, 'root');
  const offset = String(partitions['slot-a'].start * sectorSize);
  await run('unsquashfs', ['-no-progress', '-quiet', '-offset', offset, '-dest', root, image.file]);
  const release = join(root, 'etc/plait-release');
  await writeFile(release, (await readFile(release, 'utf8')).replace(/^build=.*$/m, `build=${build}`));
  await alter(root);
  const slot = await packed(root, join(folder, 'slot.squashfs'));
  await rm(root, { recursive: true, force: true });
  return slot;
}

async function packed(root: string, file: string): Promise<Buffer> {
  await rm(file, { force: true });
  await run('mksquashfs', [root, file, '-comp', 'xz', '-all-root', '-quiet', '-no-progress']);
  const { size } = await stat(file);
  if (size > (ROOM - 1) * MIB) throw new Error(`${file} has ${size} bytes, a slot takes ${(ROOM - 1) * MIB}`);
  return readFile(file);
}

/** Writes an update of the second disk into slot B and has it started next. The board then only needs a restart. */
export async function install(board: Guest, index: number): Promise<void> {
  const from = index * ROOM;
  const facts = JSON.parse(await board.ask('cat /etc/plait/board.json')) as {
    disklayout: { bootStateBlocks: [number, number] };
  };
  await board.ask(`dd if=/dev/sdb of=/run/plait/disk/slot-b bs=1M skip=${from} count=${ROOM - 1}`, 120_000);
  for (const [block, sector] of facts.disklayout.bootStateBlocks.entries()) {
    const skip = ((from + ROOM - 1) * MIB) / sectorSize + 2 * block;
    await board.ask(`dd if=/dev/sdb of=/run/plait/disk/disk bs=512 skip=${skip} seek=${sector} count=2`);
  }
  await board.ask('sync');
}

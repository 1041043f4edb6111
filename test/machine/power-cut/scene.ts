// SPDX-License-Identifier: MIT
/** A recording, opened to be judged. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { plaitVersion } from '../../../src/cli/project.ts';
import { readLayout, sectorSize } from '../../../src/image/disk/layout.ts';
import { DiskBefore } from '../../../src/machine/write-log/disk-after-cut.ts';
import { WriteLog } from '../../../src/machine/write-log/write-log.ts';
import type { ShippedImage } from '../images.ts';
import { BootReader } from './boot-facts.ts';
import { DataReader } from './data-facts.ts';
import type { Scene } from './judge.ts';
import type { Recording } from './recording.ts';

export interface OpenScene extends Scene {
  readonly data: DataReader;
  readonly layout: Awaited<ReturnType<typeof readLayout>>;
  close(): void;
}

/** `folder` for copies of file systems. */
export async function openScene(
  { card, cardBytes, log: path, images, expected }: Recording,
  image: ShippedImage,
  folder: string,
): Promise<OpenScene> {
  const layout = await readLayout(image.board);
  const { partitions } = layout;
  const before = DiskBefore.open(card, cardBytes);
  const log = WriteLog.open(path);
  const copies = mkdtempSync(join(folder, 'copies-'));
  const start = (name: keyof typeof partitions) => (partitions[name]?.start ?? 0) * sectorSize;
  const stateBlocks = blocksIn(
    before.read(start('state'), partitions.state.sectors * sectorSize),
    start('state'),
  );
  const slots = { a: start('slot-a'), b: start('slot-b') };
  return {
    ...{ log, before, expected, layout },
    boot: new BootReader({ stateBlocks, slots }, images),
    data: new DataReader(copies, plaitVersion()),
    close: () => {
      log.close();
      before.close();
      rmSync(copies, { recursive: true, force: true });
    },
  };
}

/** The boot state's two blocks lie in files, which the pipeline placed; each begins with its header. */
function blocksIn(partition: Buffer, start: number): [number, number] {
  const first = partition.indexOf('# GRUB Environment Block\n');
  const second = partition.indexOf('# GRUB Environment Block\n', first + 1);
  if (first < 0 || second < 0) throw new Error('the card has no two blocks of boot state');
  return [start + first, start + second];
}

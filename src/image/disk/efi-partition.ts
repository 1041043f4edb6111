// SPDX-License-Identifier: MIT
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { efiLoaderFile } from '../boot/loader-stage.ts';
import { codeOf } from '../code-key.ts';
import type { Stage, StageContext } from '../stage.ts';
import { type Partition, sectorSize } from './layout.ts';

export const efiFile = 'efi.fat';

/** Where UEFI for 64-bit PCs looks on a disk that it has no boot entry for (UEFI specification, section 3.5.1.1). */
const fallbackLoader = ['EFI', 'BOOT', 'BOOTX64.EFI'];

/**
 * The EFI system partition: FAT32 with GRUB as the program that is started without a boot entry in the firmware's memory.
 * Nothing is ever written to it on the board. Output: `efi.fat`, up to its last used byte; what follows is free clusters.
 */
export async function efiPartitionStage(partition: Partition, loader: Stage, tools: Stage): Promise<Stage> {
  const program = (ctx: StageContext, name: string) => join(ctx.output(tools), 'bin', name);
  return {
    id: 'efi',
    inputs: { partition, code: await codeOf(import.meta.url) },
    deps: [loader, tools],
    async run(ctx) {
      const path = join(ctx.out, efiFile);
      await writeFile(path, '');
      await truncate(path, partition.sectors * sectorSize);
      const hidden = ['-h', String(partition.start)];
      await ctx.exec([
        program(ctx, 'mkfs.fat'),
        '--invariant',
        ['-F', '32'],
        ['-s', '1'],
        hidden,
        ['-n', 'PLAIT-EFI'],
        path,
      ]);
      for (const depth of [1, 2])
        await ctx.exec([program(ctx, 'mmd'), ['-i', path], `::/${fallbackLoader.slice(0, depth).join('/')}`]);
      // Dated by SOURCE_DATE_EPOCH, which mtools honours.
      await ctx.exec([
        program(ctx, 'mcopy'),
        ['-i', path],
        join(ctx.output(loader), efiLoaderFile),
        `::/${fallbackLoader.join('/')}`,
      ]);
      await truncate(path, usedLength(await readFile(path)));
    },
  };
}

function usedLength(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return end;
}

// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FULL_TRIES, formatBlock } from '../../agent/boot-state.ts';
import { stateBlock } from '../boot/grub-config.ts';
import { codeOf } from '../code-key.ts';
import type { Stage, StageContext } from '../stage.ts';
import { type Partition, sectorSize } from './layout.ts';

export const stateFile = 'state.fat';

/**
 * The boot state partition: a FAT file system with the two boot state blocks. GRUB writes them through the file
 * system, the agent by sector number: so each is one cluster, and its place is looked up in the finished image.
 * `tools` holds `bin/mkfs.fat` and `bin/mcopy`. Output: `state.fat` and `blocks.json`, the two sector numbers on the disk.
 */
export async function statePartitionStage(partition: Partition, tools: Stage): Promise<Stage> {
  const program = (ctx: StageContext, name: string) => join(ctx.output(tools), 'bin', name);
  return {
    id: 'boot-state',
    inputs: { partition, code: await codeOf(import.meta.url) },
    deps: [tools],
    async run(ctx) {
      const blocks = [freshBlock(0), freshBlock(1)];
      const path = join(ctx.out, stateFile);
      await writeFile(path, Buffer.alloc(partition.sectors * sectorSize));
      await ctx.exec([
        [program(ctx, 'mkfs.fat'), '--invariant', ['-F', '12'], ['-s', '2'], ['-n', 'PLAIT-STATE'], path],
      ]);
      for (const [index, text] of blocks.entries()) {
        const file = join(ctx.work, `state${index}`);
        await writeFile(file, text);
        // Dated by SOURCE_DATE_EPOCH, which mtools honours.
        await ctx.exec([program(ctx, 'mcopy'), ['-i', path], file, `::${stateBlock}${index}`]);
      }
      const image = await readFile(path);
      const sectors = blocks.map((text) => partition.start + blockSector(image, text));
      await writeFile(join(ctx.out, 'blocks.json'), JSON.stringify(sectors));
    },
  };
}

/** The sectors on the disk at which the two blocks begin, from the stage's output. */
export async function stateBlockSectors(out: string): Promise<[number, number]> {
  return JSON.parse(await readFile(join(out, 'blocks.json'), 'utf8')) as [number, number];
}

/** A block of a fresh disk: slot a, all tries left. */
function freshBlock(seq: number): string {
  return formatBlock({ seq, active: 'a', tries: { a: FULL_TRIES, b: FULL_TRIES } });
}

/** Sector, from the partition's start, at which a block's text stands: exactly once and at a sector's begin. */
function blockSector(image: Buffer, text: string): number {
  const at = image.indexOf(text);
  if (at < 0 || at % sectorSize !== 0 || image.indexOf(text, at + 1) >= 0)
    throw new Error(`boot state block not found once at a sector's begin of the FAT image (at byte ${at})`);
  return at / sectorSize;
}

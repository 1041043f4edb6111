// SPDX-License-Identifier: MIT
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../code-key.ts';
import type { Stage } from '../stage.ts';
import { type DiskLayout, sectorSize } from './layout.ts';

/** For people; the board's scripts find the partition by its number. */
const dataLabel = 'plait-data';

const blockSize = 4096;
// The same in every image, which makes images comparable; nothing finds the file system by it.
const uuid = '706c6169-7400-4000-8000-646174610000';

/** In place of the host's /etc/mke2fs.conf, whose defaults must not change the image. */
const mke2fsConfig = `[defaults]
base_features = sparse_super,large_file,filetype,resize_inode,dir_index,ext_attr
[fs_types]
ext4 = {
  features = has_journal,extent,huge_file,flex_bg,metadata_csum,64bit,dir_nlink,extra_isize
}
`;

export const dataFile = 'data.ext4';

/**
 * The empty data file system (ext4). Block size, inode ratio and reserved descriptors are those of the size it will
 * be grown to, not of the small one it starts with; its tables are written out, so that nothing of what a card held
 * before shows through. `tools` holds `bin/mke2fs`. Output: `data.ext4`.
 */
export async function dataPartitionStage(layout: DiskLayout, tools: Stage): Promise<Stage> {
  const { sectors } = layout.partitions.data;
  const extended = [
    `hash_seed=${uuid}`,
    `resize=${layout.dataGrowsTo / blockSize}`,
    'lazy_itable_init=0',
    'lazy_journal_init=0',
    'root_owner=0:0',
  ];
  const flags = [
    ['-q', '-t', 'ext4', '-L', dataLabel, '-U', uuid],
    ['-b', String(blockSize), '-i', '16384', '-I', '256', '-m', '1', '-J', 'size=4'],
    ['-E', extended.join(',')],
  ];
  return {
    id: 'data',
    inputs: { sectors, flags, code: await codeOf(import.meta.url) },
    deps: [tools],
    dated: true,
    async run(ctx) {
      const path = join(ctx.out, dataFile);
      const config = join(ctx.work, 'mke2fs.conf');
      await writeFile(config, mke2fsConfig);
      await writeFile(path, '');
      await truncate(path, sectors * sectorSize);
      // mke2fs before 1.47.1 takes its clock from the second one.
      const env = { MKE2FS_CONFIG: config, E2FSPROGS_FAKE_TIME: String(ctx.epoch) };
      await ctx.exec([join(ctx.output(tools), 'bin/mke2fs'), flags, path], { env });
    },
  };
}

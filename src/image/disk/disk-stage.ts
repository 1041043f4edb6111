// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readLoader } from '../boot/loader-stage.ts';
import { codeOf } from '../code-key.ts';
import { squashfsFile } from '../squashfs/squashfs-stage.ts';
import type { Stage } from '../stage.ts';
import { dataFile } from './data-partition.ts';
import { writeDiskImage } from './disk-image.ts';
import type { DiskLayout } from './layout.ts';
import { stateFile } from './state-partition.ts';

export interface DiskStageOptions {
  readonly layout: DiskLayout;
  /** Stages that make what goes onto the disk. */
  readonly loader: Stage;
  readonly state: Stage;
  readonly squashfs: Stage;
  readonly data: Stage;
  /** Output: `bin/xz`. */
  readonly tools: Stage;
  /** Name of the files: `plait-<board>`. */
  readonly name: string;
}

/** For xz: the bulk is compressed already and the rest is zeros, so that looking harder takes longer and gains nothing. */
const fast = 'preset=0,dict=64KiB,nice=8,depth=1';

/** Output: `<name>.img`, `<name>.img.xz` and `<name>.bmap`. */
export async function diskStage(options: DiskStageOptions): Promise<Stage> {
  const { layout, loader, state, squashfs, data, tools, name } = options;
  return {
    id: 'disk',
    inputs: { layout, name, code: await codeOf(import.meta.url) },
    deps: [loader, state, squashfs, data, tools],
    async run(ctx) {
      const image = join(ctx.out, `${name}.img`);
      const map = await writeDiskImage(image, layout, {
        loader: await readLoader(ctx.output(loader)),
        state: await readFile(join(ctx.output(state), stateFile)),
        slot: await readFile(join(ctx.output(squashfs), squashfsFile)),
        data: await readFile(join(ctx.output(data), dataFile)),
      });
      await writeFile(join(ctx.out, `${name}.bmap`), map);
      // The block size, not the number of threads, decides the bytes.
      const xz = join(ctx.output(tools), 'bin/xz');
      await ctx.exec([xz, '--keep', '--threads=2', '--block-size=16MiB', `--lzma2=${fast}`, image]);
    },
  };
}

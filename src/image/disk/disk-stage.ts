// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readLoader } from '../boot/loader-stage.ts';
import { codeOf } from '../code-key.ts';
import { squashfsFile } from '../squashfs/squashfs-stage.ts';
import type { Stage } from '../stage.ts';
import { dataFile } from './data-partition.ts';
import { writeDiskImage } from './disk-image.ts';
import { efiFile } from './efi-partition.ts';
import type { DiskLayout } from './layout.ts';
import { stateFile } from './state-partition.ts';

export interface DiskStageOptions {
  readonly layout: DiskLayout;
  /** Stages that make what goes onto the disk. */
  readonly loader: Stage;
  /** On boards with UEFI. */
  readonly efi?: Stage;
  readonly state: Stage;
  readonly squashfs: Stage;
  readonly data: Stage;
  /** Output: `bin/sfdisk` and `bin/xz`. */
  readonly tools: Stage;
  /** Name of the files: `plait-<board>`. */
  readonly name: string;
}

/** An image is no device that the kernel would have to be told of, and what it holds is not old. */
export const sfdiskFlags = [
  '--quiet',
  '--no-reread',
  '--no-tell-kernel',
  ['--wipe', 'never'],
  ['--wipe-partitions', 'never'],
];

/** For xz: the bulk is compressed already and the rest is zeros, so that looking harder takes longer and gains nothing. */
const fast = 'preset=0,dict=64KiB,nice=8,depth=1';

/** Output: `<name>.img`, `<name>.img.xz` and `<name>.bmap`. */
export async function diskStage(options: DiskStageOptions): Promise<Stage> {
  const { layout, loader, efi, state, squashfs, data, tools, name } = options;
  return {
    id: 'disk',
    inputs: { layout, name, code: await codeOf(import.meta.url) },
    deps: [loader, ...(efi ? [efi] : []), state, squashfs, data, tools],
    async run(ctx) {
      const image = join(ctx.out, `${name}.img`);
      const contents = {
        ...(layout.core ? { loader: await readLoader(ctx.output(loader)) } : {}),
        ...(efi ? { efi: await readFile(join(ctx.output(efi), efiFile)) } : {}),
        state: await readFile(join(ctx.output(state), stateFile)),
        slot: await readFile(join(ctx.output(squashfs), squashfsFile)),
        data: await readFile(join(ctx.output(data), dataFile)),
      };
      const sfdisk = (path: string, input: string) =>
        ctx.exec([join(ctx.output(tools), 'bin/sfdisk'), sfdiskFlags, path], { input });
      const map = await writeDiskImage(image, layout, contents, sfdisk);
      await writeFile(join(ctx.out, `${name}.bmap`), map);
      // The block size, not the number of threads, decides the bytes.
      const xz = join(ctx.output(tools), 'bin/xz');
      await ctx.exec([xz, '--keep', '--threads=2', '--block-size=16MiB', `--lzma2=${fast}`, image]);
    },
  };
}

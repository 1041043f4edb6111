// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BootFacts, grubConfig } from '../boot/grub-config.ts';
import { makeBootLoader } from '../boot/grub-core.ts';
import { type GrubStages, grubToolsOf } from '../boot/grub-tools.ts';
import { squashfsFile } from '../squashfs/squashfs-stage.ts';
import { hashTree, type Stage } from '../stage.ts';
import { makeDataPartition } from './data-partition.ts';
import { writeDiskImage } from './disk-image.ts';

export interface DiskStageOptions {
  readonly boot: BootFacts;
  readonly grub: GrubStages;
  readonly bootState: Stage;
  readonly squashfs: Stage;
  /** Name of the files: `plait-<board>`. */
  readonly name: string;
}

const sources = ['.', '../boot', '../cpio.ts', '../template.ts'].map(
  (path) => new URL(path, import.meta.url).pathname,
);

/** Output: `<name>.img`, `<name>.img.xz`, `<name>.bmap`, and `grub.cfg`, the boot script, for a look. */
export async function diskStage(options: DiskStageOptions): Promise<Stage> {
  const { boot, grub, bootState, squashfs, name } = options;
  return {
    id: 'disk',
    inputs: { boot, name, sources: await hashTree(sources) },
    deps: [bootState, squashfs, grub.programs, grub.modules, grub.library],
    dated: true,
    async run(ctx) {
      const config = await grubConfig(boot);
      await writeFile(join(ctx.out, 'grub.cfg'), config);
      const image = join(ctx.out, `${name}.img`);
      const map = await writeDiskImage(image, boot.layout, {
        loader: await makeBootLoader(grubToolsOf(grub, ctx), config, ctx.work, ctx.exec),
        state: await readFile(join(ctx.output(bootState), 'state.fat')),
        slot: await readFile(join(ctx.output(squashfs), squashfsFile)),
        data: await readFile(await makeDataPartition(boot.layout, ctx.epoch, ctx.work, ctx.exec)),
      });
      await writeFile(join(ctx.out, `${name}.bmap`), map);
      // The bulk is compressed already and the rest is zeros: a higher level takes longer and gains nothing. The
      // block size, not the number of threads, decides the bytes.
      await ctx.exec(['xz', '--keep', '-0', '--threads=2', '--block-size=16MiB', image]);
    },
  };
}

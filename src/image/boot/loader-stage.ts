// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../code-key.ts';
import { hashTree, type Stage } from '../stage.ts';
import { type BootFacts, grubConfig, grubTemplate } from './grub-config.ts';
import { type BootLoader, makeBootLoader } from './grub-core.ts';
import { type GrubStages, grubToolsOf } from './grub-tools.ts';

/** Output: GRUB's `boot.img` and `core.img`, ready for sectors 0 and 1, and the script inside, `grub.cfg`, to read. */
export async function loaderStage(facts: BootFacts, grub: GrubStages): Promise<Stage> {
  return {
    id: 'boot-loader',
    inputs: { facts, template: await hashTree([grubTemplate]), code: await codeOf(import.meta.url) },
    deps: [grub.programs, grub.modules, grub.library],
    async run(ctx) {
      const config = await grubConfig(facts);
      const { boot, core } = await makeBootLoader(grubToolsOf(grub, ctx), config, ctx.work, ctx.exec);
      await writeFile(join(ctx.out, 'grub.cfg'), config);
      await writeFile(join(ctx.out, 'boot.img'), boot);
      await writeFile(join(ctx.out, 'core.img'), core);
    },
  };
}

/** The images from the stage's output. */
export async function readLoader(out: string): Promise<BootLoader> {
  return { boot: await readFile(join(out, 'boot.img')), core: await readFile(join(out, 'core.img')) };
}

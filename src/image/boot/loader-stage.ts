// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../code-key.ts';
import { hashTree, type Stage } from '../stage.ts';
import { type BootFacts, grubConfig, grubTemplate } from './grub-config.ts';
import { type BootLoader, makeBiosLoader, makeEfiLoader } from './grub-core.ts';
import { type GrubStages, grubToolsOf } from './grub-tools.ts';

/**
 * Output: GRUB's `boot.img` and `core.img` for a BIOS, ready for their sectors, `grub.efi` for UEFI, each where the board
 * has such firmware; and the script inside, `grub.cfg`, to read.
 */
export async function loaderStage(facts: BootFacts, grub: GrubStages): Promise<Stage> {
  return {
    id: 'boot-loader',
    inputs: { facts, template: await hashTree([grubTemplate]), code: await codeOf(import.meta.url) },
    deps: [grub.programs, ...Object.values(grub.modules), grub.library],
    async run(ctx) {
      const config = await grubConfig(facts);
      const { work, exec } = ctx;
      const parts = { tools: grubToolsOf(grub, ctx), config, table: facts.layout.table, work, exec };
      await writeFile(join(ctx.out, 'grub.cfg'), config);
      const { core, partitions } = facts.layout;
      if (core) {
        const bios = await makeBiosLoader(parts, core.start);
        await writeFile(join(ctx.out, 'boot.img'), bios.boot);
        await writeFile(join(ctx.out, 'core.img'), bios.core);
      }
      if (partitions.efi) await writeFile(join(ctx.out, efiLoaderFile), await makeEfiLoader(parts));
    },
  };
}

export const efiLoaderFile = 'grub.efi';

/** The images for a BIOS from the stage's output. */
export async function readLoader(out: string): Promise<BootLoader> {
  return { boot: await readFile(join(out, 'boot.img')), core: await readFile(join(out, 'core.img')) };
}

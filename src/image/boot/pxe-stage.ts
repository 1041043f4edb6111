// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../code-key.ts';
import { cpioArchive } from '../cpio.ts';
import { squashfsFile } from '../squashfs/squashfs-stage.ts';
import { hashTree, type Stage } from '../stage.ts';
import { type BootFacts, pxeConfig, pxeFiles, pxeTemplate } from './grub-config.ts';
import { makePxeLoader } from './grub-core.ts';
import { type GrubStages, grubToolsOf } from './grub-tools.ts';

export interface PxeStageOptions {
  readonly facts: Omit<BootFacts, 'layout'>;
  readonly grub: GrubStages;
  /** Output: `vmlinuz`. */
  readonly kernel: Stage;
  readonly squashfs: Stage;
  /** Name of the file: `plait-<board>`. */
  readonly name: string;
}

/** What a station serves for a board without a card (`plait factory pxe`) is one file, so that it is signed as a whole. */
export function pxeArchive(name: string): string {
  return `${name}-pxe.cpio`;
}

/** Output: that file, with GRUB's core image for PXE, the kernel and the slot. */
export async function pxeStage({ facts, grub, kernel, squashfs, name }: PxeStageOptions): Promise<Stage> {
  return {
    id: 'pxe',
    inputs: { facts, name, template: await hashTree([pxeTemplate]), code: await codeOf(import.meta.url) },
    deps: [grub.programs, ...Object.values(grub.modules), grub.library, kernel, squashfs],
    dated: true,
    async run(ctx) {
      const { work, exec } = ctx;
      const config = await pxeConfig(facts);
      const core = await makePxeLoader({ tools: grubToolsOf(grub, ctx), config, work, exec });
      const entries = [
        { name: pxeFiles.core, data: core },
        { name: pxeFiles.kernel, data: await readFile(join(ctx.output(kernel), 'vmlinuz')) },
        { name: pxeFiles.slot, data: await readFile(join(ctx.output(squashfs), squashfsFile)) },
      ];
      await writeFile(join(ctx.out, pxeArchive(name)), cpioArchive(entries, 'newc', ctx.epoch));
    },
  };
}

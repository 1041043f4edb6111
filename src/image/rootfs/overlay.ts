// SPDX-License-Identifier: MIT
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { renderTemplate } from '../template.ts';
import type { Tree } from './tree.ts';

/** What the overlay's templates may use. */
export interface OverlayModel {
  readonly board: { readonly name: string; readonly title: string };
  readonly version: string;
  /** Names the state of the sources that the image was built from. */
  readonly build: string;
  readonly console: {
    readonly tty: string;
    /** What getty tries, with commas between: the boot's speed, and then the next at each BREAK. */
    readonly speeds: string;
    readonly screen: boolean;
  };
  /** Kernel module of the hardware watchdog; empty: none is named. */
  readonly watchdog: string;
  readonly partitions: readonly { readonly number: number; readonly name: string }[];
}

/** Adds the overlay's files; `x.hbs` becomes `x`, rendered with the model. */
export async function addOverlay(tree: Tree, dir: string, model: OverlayModel, prefix = ''): Promise<void> {
  for (const name of (await readdir(dir)).sort()) {
    const path = join(dir, name);
    const target = prefix ? `${prefix}/${name}` : name;
    const stat = await lstat(path);
    if (stat.isDirectory()) await addOverlay(tree, path, model, target);
    else if (!name.endsWith('.hbs')) await tree.addFrom(owner, path, target);
    else {
      const executable = (stat.mode & 0o111) !== 0;
      await tree.addText(owner, target.slice(0, -4), await renderTemplate(path, model), executable);
    }
  }
}

const owner = 'overlay';

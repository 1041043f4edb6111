// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Board } from '../board.ts';
import { codeOf } from '../code-key.ts';
import { squashfsFile } from '../squashfs/squashfs-stage.ts';
import { hashTree, type Stage } from '../stage.ts';
import { makeBundle, verifyBundle } from './bundle.ts';
import type { SigningKey } from './key.ts';

export interface BundleStageOptions {
  readonly board: Board;
  readonly version: string;
  readonly squashfs: Stage;
  readonly key: SigningKey;
  /** Name of the bundle without its ending: `plait-<board>`. */
  readonly name: string;
}

const template = fileURLToPath(new URL('sw-description.hbs', import.meta.url));

/** Output: `<name>.swu` and `update.pem`, the public key it checks out with. The private key stays where it is. */
export async function bundleStage({
  board,
  version,
  squashfs,
  key,
  name,
}: BundleStageOptions): Promise<Stage> {
  const { title } = board;
  return {
    id: 'bundle',
    inputs: {
      title,
      version,
      name,
      key: key.publicPem,
      template: await hashTree([template]),
      code: await codeOf(import.meta.url),
    },
    deps: [squashfs],
    dated: true,
    async run(ctx) {
      const slot = await readFile(join(ctx.output(squashfs), squashfsFile));
      const bundle = await makeBundle({ board, version, slot, epoch: ctx.epoch }, key);
      verifyBundle(bundle, key.publicPem);
      await writeFile(join(ctx.out, `${name}.swu`), bundle);
      await writeFile(join(ctx.out, 'update.pem'), key.publicPem);
    },
  };
}

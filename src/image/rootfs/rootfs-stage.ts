// SPDX-License-Identifier: MIT
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Board } from '../board.ts';
import { keyFiles, keysFolder } from '../bundle/public-key.ts';
import { codeOf } from '../code-key.ts';
import type { DiskLayout } from '../disk/layout.ts';
import { stateBlockSectors } from '../disk/state-partition.ts';
import type { EngineParts } from '../engine/engine.ts';
import { BuildError } from '../errors.ts';
import { hashTree, type Stage, type StageContext } from '../stage.ts';
import { boardFacts } from './board-facts.ts';
import { checkLinks, checkPrograms } from './check.ts';
import { addOverlay, type OverlayModel } from './overlay.ts';
import { prune } from './prune.ts';
import { Tree } from './tree.ts';

export interface RootfsStageOptions {
  readonly board: Board;
  readonly layout: DiskLayout;
  readonly parts: EngineParts;
  readonly bootState: Stage;
  /** Output: `bin/depmod`. */
  readonly tools: Stage;
  readonly version: string;
  /** The oldest version whose bundle the board takes. */
  readonly minVersion: string;
  /** Names the state of the sources, for /etc/plait-release. */
  readonly build: string;
  /** Public keys that update bundles are checked with, PEM; the first is the one that this image is signed with. */
  readonly updateKeys: readonly [string, ...string[]];
}

/** Bytes and files in the root file system by what brought them, the largest first. */
export type RootSizes = readonly { readonly part: string; readonly files: number; readonly bytes: number }[];

export const sizesFile = 'sizes.json';

export const overlayDir = fileURLToPath(new URL('../../../overlay', import.meta.url));

/** Directories that something is mounted on at boot, or that belong to root alone. */
const directories = ['boot', 'data', 'dev', 'proc', 'root', 'run', 'sys', 'tmp', 'var'];

/** Output: `root/`, the root file system, and `sizes.json`. Owners and dates are set when the squashfs is made. */
export async function rootfsStage(options: RootfsStageOptions): Promise<Stage> {
  const { board, layout, parts, bootState, tools, version, minVersion, build, updateKeys } = options;
  const { name, title, console, disk, watchdog } = board;
  const facts = { name, title, console, disk, watchdog: watchdog ?? null };
  return {
    id: 'rootfs',
    inputs: {
      facts,
      layout,
      version,
      minVersion,
      build,
      updateKeys,
      overlay: await hashTree([overlayDir]),
      code: await codeOf(import.meta.url),
    },
    deps: [...parts.packages, parts.kernel, parts.modules, parts.agent, parts.tools, bootState, tools],
    async run(ctx) {
      const tree = new Tree();
      await addParts(tree, parts, ctx);
      for (const path of tree.dropShadowedApplets()) ctx.log.line(`/${path}: a package has the full program`);
      prune(tree);
      await addOverlay(tree, overlayDir, overlayModel(options));
      const blocks = await stateBlockSectors(ctx.output(bootState));
      await tree.addText('board', 'etc/plait/board.json', boardFacts(board, layout, blocks, minVersion));
      for (const [file, pem] of keyFiles(updateKeys))
        await tree.addText('update keys', `${keysFolder}/${file}`, pem);
      for (const path of directories) await tree.add(path, { owner: 'rootfs', type: 'dir' });
      checkPrograms(tree);
      checkLinks(tree);
      const root = join(ctx.out, 'root');
      await mkdir(root, { mode: 0o755 });
      await tree.write(root);
      await chmod(join(root, 'root'), 0o700);
      await indexModules(join(ctx.output(tools), 'bin/depmod'), root, ctx);
      await writeFile(join(ctx.out, sizesFile), JSON.stringify(await tree.sizes()));
    },
  };
}

async function addParts(tree: Tree, parts: EngineParts, ctx: StageContext): Promise<void> {
  for (const stage of parts.packages) await tree.addDirectory(stage.id, join(ctx.output(stage), 'root'));
  const kernel = ctx.output(parts.kernel);
  await tree.addDirectory(parts.kernel.id, join(kernel, 'modules'));
  await tree.addFrom(parts.kernel.id, join(kernel, 'vmlinuz'), 'boot/vmlinuz');
  await tree.addDirectory(parts.modules.id, ctx.output(parts.modules));
  await tree.addFrom(parts.agent.id, join(ctx.output(parts.agent), 'usr/bin/plaitctl'), 'usr/bin/plaitctl');
  await tree.add('usr/sbin/plaitd', { owner: parts.agent.id, type: 'link', target: '../bin/plaitctl' });
}

function overlayModel({ board, layout, version, build }: RootfsStageOptions): OverlayModel {
  return {
    watchdog: board.watchdog ?? '',
    board: { name: board.name, title: board.title },
    version,
    build,
    console: {
      tty: `ttyS${board.console.unit}`,
      speeds: gettySpeeds(board.console.speed),
      screen: board.console.screen,
    },
    partitions: Object.values(layout.partitions).map(({ number, name }) => ({ number, name })),
  };
}

/**
 * A slower sender's zeros look like a BREAK from three times its speed on, so each step down is found by pressing any key;
 * 57600 between them would break that.
 */
export function gettySpeeds(own: number): string {
  return [...new Set([own, 115200, 38400, 9600])].join(',');
}

/** Writes the modules' dependencies and aliases; BusyBox reads the text forms only. */
async function indexModules(depmod: string, root: string, ctx: StageContext): Promise<void> {
  const dir = join(root, 'lib/modules');
  const releases = await readdir(dir);
  const [release] = releases;
  if (release === undefined || releases.length !== 1)
    throw new BuildError(
      `modules of ${releases.length} kernels in the image (${releases.join(', ')}); must be one`,
    );
  await ctx.exec([depmod, '-b', root, release]);
  for (const name of await readdir(join(dir, release)))
    if (/^modules\..*\.bin$/.test(name)) await rm(join(dir, release, name));
}

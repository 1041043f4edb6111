// SPDX-License-Identifier: MIT
/** The shipped images, built as a user builds them. The pipeline does nothing when they are current. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../../src/cli/project.ts';
import { type Board, loadBoard } from '../../src/image/board.ts';
import { readLayout, sectorSize } from '../../src/image/disk/layout.ts';
import type { Manifest } from '../../src/image/reports/manifest.ts';

export interface ShippedImage {
  readonly board: Board;
  /** The disk image. */
  readonly file: string;
  /** The manifest beside it. */
  readonly manifest: Manifest;
}

/** What builds the images; another one than the fast default is chosen by the environment. */
export const engine = process.env.PLAIT_TEST_ENGINE ?? 'debian';

/** Milliseconds that a cold build may take, downloads and all. */
const BUILD = 40 * 60_000;

/** Builds the image of a board, or takes the one that is there when nothing has changed. */
export async function shippedImage(name: string): Promise<ShippedImage> {
  const board = await loadBoard(name);
  await build(name);
  const folder = join(repository, 'out', name);
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  return { board, file: join(folder, `plait-${name}.img`), manifest };
}

function build(name: string): Promise<void> {
  const argv = ['run', '--silent', 'image', '--', '--board', name, '--engine', engine];
  const child = spawn('npm', argv, {
    cwd: repository,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: BUILD,
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`npm run image -- --board ${name} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** Overwrites the first half mebibyte of slot A in a copy of the image. */
export async function wipeSlotA(image: ShippedImage, file: string): Promise<void> {
  const { partitions } = await readLayout(image.board);
  const card = await open(file, 'r+');
  try {
    await card.write(Buffer.alloc(524_288, 0xff), 0, 524_288, partitions['slot-a'].start * sectorSize);
  } finally {
    await card.close();
  }
}

// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Board } from '../image/board.ts';
import { UsageError } from '../image/errors.ts';
import { mustBeFile } from './inputs.ts';
import { repository } from './project.ts';

/**
 * The disk image that a verb works with: the one named, or the board's own in `out/`.
 * @throws UsageError when it is not there
 */
export async function imageOf(board: Board, named: string | undefined): Promise<string> {
  if (named !== undefined) {
    await mustBeFile('--image', named);
    return named;
  }
  const file = `out/${board.name}/plait-${board.name}.img`;
  if (!existsSync(join(repository, file))) {
    throw new UsageError(`${file} is not built yet. Run:\n\n  npm run image -- --board ${board.name}\n`);
  }
  return join(repository, file);
}

// SPDX-License-Identifier: MIT
import { stat } from 'node:fs/promises';

/** Whether a path leads to something that can be reached. */
export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

// SPDX-License-Identifier: MIT
/** Files that are whole or not there at all, whenever the power goes, and on the disk when the call returns. */
import { randomUUID } from 'node:crypto';
import { link, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes a new file. @throws EEXIST when there is one */
export function createDurably(path: string, data: string | Uint8Array): Promise<void> {
  return put(path, data, link);
}

/** Makes a file, in the place of one that may be there. */
export function replaceDurably(path: string, data: string | Uint8Array): Promise<void> {
  return put(path, data, rename);
}

async function put(
  path: string,
  data: string | Uint8Array,
  name: (from: string, to: string) => Promise<void>,
): Promise<void> {
  const fresh = `${path}.${randomUUID()}`;
  try {
    const file = await open(fresh, 'wx', 0o644);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await name(fresh, path);
  } finally {
    // After a rename it is not there.
    await unlink(fresh).catch(() => {});
  }
  await syncFolder(dirname(path));
}

/** A name is on the disk when its folder is. */
async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

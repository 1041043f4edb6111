// SPDX-License-Identifier: MIT
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { needPackages } from '../toolchain.ts';

/** Folder of Debian's kernel headers, of the newest kernel that is installed with them. */
export async function kernelHeaders(): Promise<string> {
  await needPackages(['gcc', 'make', 'kmod', 'linux-headers-amd64']);
  const names = (await readdir('/usr/src')).filter((name) => /^linux-headers-.*-amd64$/.test(name)).sort();
  const newest = names.at(-1);
  if (newest === undefined) throw new Error('linux-headers-amd64 is installed, but /usr/src has no headers');
  return join('/usr/src', newest);
}

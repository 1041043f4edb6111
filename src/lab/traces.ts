// SPDX-License-Identifier: MIT
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Keeps the captures of links in a run's folder as `<folder>/<cell>.<link>.pcap`. */
export async function keepTraces(
  run: string,
  links: readonly string[],
  folder: string,
  cell: string,
): Promise<void> {
  if (links.length > 0) await mkdir(folder, { recursive: true });
  for (const link of links) {
    const name = `${cell.replaceAll(/[^\w.-]+/g, '_')}.${link}.pcap`;
    await copyFile(join(run, 'out', `${link}.pcap`), join(folder, name));
  }
}

// SPDX-License-Identifier: MIT
import { ensureHostPackages, thisHost } from '../../src/image/host-packages.ts';

/** What tests look into images with, and the pipeline unpacks with. */
const programs = ['dosfstools', 'e2fsprogs', 'kmod', 'mtools', 'squashfs-tools', 'xz-utils'];

/** What apt may take, in milliseconds. */
const deadline = 300_000;

/** Installs what the pipeline calls and, besides, the Debian packages that a test calls itself; or names them. */
export async function needs(...packages: string[]): Promise<void> {
  const host = thisHost(AbortSignal.timeout(deadline), console.log);
  await ensureHostPackages([...programs, ...packages], host, (missing) =>
    console.log(`installing ${missing.join(', ')}`),
  );
}

// SPDX-License-Identifier: MIT
import { commonHostPackages, ensureHostPackages, thisHost } from '../../src/image/host-packages.ts';

/** What apt may take, in milliseconds. */
const deadline = 300_000;

/** Installs what the pipeline calls and, besides, the Debian packages that a test calls itself; or names them. */
export async function needs(...packages: string[]): Promise<void> {
  const host = thisHost(AbortSignal.timeout(deadline), console.log);
  await ensureHostPackages([...commonHostPackages, ...packages], host, (missing) =>
    console.log(`installing ${missing.join(', ')}`),
  );
}

// SPDX-License-Identifier: MIT
import type { Files } from '../ports.ts';

const FOLDER = '/etc/plait/update-keys';

/** Keys whose bundles this image takes: the first 8 hex digits of each one's fingerprint. */
export function trustedKeys(files: Files): string[] {
  return files
    .list(FOLDER)
    .flatMap((name) => /^([0-9a-f]{8})[0-9a-f]*\.pem$/.exec(name)?.[1] ?? [])
    .sort();
}

// SPDX-License-Identifier: MIT
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../exec.ts';
import type { FetchReports } from './package.ts';

/** Debian's keyring out of its binary package, unpacked below `dir`. */
export async function unpackKeyring(
  packagePath: string,
  dir: string,
  reports: FetchReports,
): Promise<string> {
  await mkdir(dir, { recursive: true });
  const base = process.env as Record<string, string>;
  const line = (text: string) => reports.line?.(text);
  await runProgram(['dpkg-deb', '-x', packagePath, dir], { cwd: dir, base, signal: reports.signal, line });
  return join(dir, 'usr/share/keyrings/debian-archive-keyring.gpg');
}

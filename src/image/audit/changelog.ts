// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * The vulnerabilities that a Debian changelog names, of the versions above `since`, or of all. By dpkg-parsechangelog,
 * which knows the order of versions.
 */
export async function vulnerabilitiesIn(changelog: string, since?: string): Promise<string[]> {
  const range = since === undefined ? ['--all'] : ['--since', since];
  const argv = ['--file', '-', ...range, '--show-field', 'Changes'];
  const run = promisify(execFile)('dpkg-parsechangelog', argv, { maxBuffer: 64e6 });
  run.child.stdin?.on('error', () => {});
  run.child.stdin?.end(changelog);
  return identifiersIn((await run).stdout);
}

export function identifiersIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\bCVE-\d{4}-\d{4,}\b/g)].map(([id]) => id))].sort();
}

/** The changelog in Debian's tarball of a source package (`….debian.tar.xz`). */
export async function changelogOf(tarball: string): Promise<string> {
  const argv = ['--extract', '--to-stdout', '--file', tarball, 'debian/changelog'];
  return (await promisify(execFile)('tar', argv, { maxBuffer: 64e6 })).stdout;
}

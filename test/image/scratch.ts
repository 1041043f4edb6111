// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];
process.on('exit', () => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true });
});

/** A fresh directory that goes when the process ends. */
export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'plait-test-'));
  made.push(dir);
  return dir;
}

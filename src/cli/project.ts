// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The checkout's top folder. */
export const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Plait's version, from package.json. */
export function plaitVersion(): string {
  return packageJson().version;
}

/** The versions of Node that Plait runs with, as npm writes them: `>=20`. */
export function wantedNode(): string {
  return packageJson().engines.node;
}

function packageJson(): { version: string; engines: { node: string } } {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return JSON.parse(text) as ReturnType<typeof packageJson>;
}

// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isNewer } from '../agent/version-order.ts';
import { BuildError } from '../image/errors.ts';

/** The checkout's top folder. */
export const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Plait's version, from package.json. */
export function plaitVersion(): string {
  return packageJson().version;
}

/**
 * The oldest version that a board may go back to from this one, from package.json.
 * @throws BuildError when it is newer than Plait's own version: a board could not install what it runs
 */
export function minVersion(project = packageJson()): string {
  const { version, minVersion: oldest } = project;
  if (!/^\d+(\.\d+)*$/.test(oldest))
    throw new BuildError(`package.json: minVersion is "${oldest}"; it must be a version such as "0.1.0"`);
  if (isNewer(oldest, version))
    throw new BuildError(
      `package.json: minVersion ${oldest} is newer than version ${version}, which is built`,
    );
  return oldest;
}

/** The versions of Node that Plait runs with, as npm writes them: `>=20`. */
export function wantedNode(): string {
  return packageJson().engines.node;
}

interface Project {
  readonly version: string;
  readonly minVersion: string;
  readonly engines: { readonly node: string };
}

function packageJson(): Project {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return JSON.parse(text) as Project;
}

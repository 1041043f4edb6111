// SPDX-License-Identifier: MIT
/** Later versions of the product, built by the pipeline of a copy of the checkout. */
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from '../../../src/cli/project.ts';
import { buildEpoch } from '../../../src/image/checkout.ts';
import { engine } from '../images.ts';

/** What a build reads. */
const SOURCES = ['bin', 'board', 'buildroot', 'LICENSES', 'overlay', 'package.json', 'src', 'tsconfig.json'];
/** Milliseconds; only the agent and the system are made anew. */
const BUILD = 20 * 60_000;
const run = promisify(execFile);

/** Makes the image and the bundle of another version in `folder`, after `edit` has changed its sources. */
export async function buildVersion(
  folder: string,
  version: string,
  edit: (checkout: string) => Promise<void> = async () => {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of SOURCES) await cp(join(repository, name), join(folder, name), { recursive: true });
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
  const project = join(folder, 'package.json');
  await writeFile(
    project,
    (await readFile(project, 'utf8')).replace(/"version": "[^"]*"/, `"version": "${version}"`),
  );
  await edit(folder);
  // The copy has no history to take the date from.
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(await buildEpoch(repository)) };
  const argv = ['bin/plait.mjs', 'image', '--board', 'alix', '--engine', engine];
  await run('node', argv, { cwd: folder, env, timeout: BUILD, maxBuffer: 64 * 1024 * 1024 });
}

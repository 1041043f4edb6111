// SPDX-License-Identifier: MIT
/** Every package from npm has its line in docs/dependencies.md, and every line its package. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { repository } from '../../src/cli/project.ts';

const read = (path: string) => readFileSync(join(repository, path), 'utf8');
const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
  'dependencies' | 'devDependencies',
  Record<string, string>
>;

const listing = suite('dependencies');

listing('are listed, each with its reason', () => {
  const rows = read('docs/dependencies.md').matchAll(/^\| (`.*`) \| .*\w.* \|$/gm);
  const listed = [...rows].flatMap(([, names = '']) =>
    names.split(', ').map((name) => name.replaceAll('`', '')),
  );
  // Types of what is listed need no reason of their own.
  const wanted = [...Object.keys(dependencies), ...Object.keys(devDependencies)].filter(
    (name) => !name.startsWith('@types/'),
  );
  assert.equal(listed.sort(), wanted.sort());
});

listing.run();

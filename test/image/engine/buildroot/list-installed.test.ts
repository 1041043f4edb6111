// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { scratch } from '../../scratch.ts';

const script = fileURLToPath(
  new URL('../../../../src/image/engine/buildroot/list-installed.sh', import.meta.url),
);

/** An output directory in which busybox and busybox-extra are built and one file is installed. */
function output() {
  const root = scratch();
  const [BUILD_DIR, TARGET_DIR] = [join(root, 'build'), join(root, 'target')];
  for (const name of ['busybox-1.37.0', 'busybox-extra-1.0'])
    mkdirSync(join(BUILD_DIR, name), { recursive: true });
  mkdirSync(TARGET_DIR);
  writeFileSync(join(TARGET_DIR, 'present'), '');
  const step = (...argv: string[]) =>
    execFileSync(script, argv, { env: { ...process.env, BUILD_DIR, TARGET_DIR } });
  return { step, picture: (name: string) => join(BUILD_DIR, name, '.files-list.before') };
}

const listing = suite('list-installed.sh');

listing('takes the picture that a package’s files are told from, just before it installs them', () => {
  const { step, picture } = output();
  step('start', 'install-target', 'busybox');
  assert.match(readFileSync(picture('busybox-1.37.0'), 'utf8'), /,\.\/present\n$/);
  assert.not(existsSync(picture('busybox-extra-1.0')), 'a package whose name begins alike');
});

listing('leaves the picture alone that Buildroot took itself, and does nothing at other steps', () => {
  const { step, picture } = output();
  for (const argv of [
    ['end', 'install-target'],
    ['start', 'build'],
  ])
    step(...argv, 'busybox');
  assert.not(existsSync(picture('busybox-1.37.0')));
  writeFileSync(picture('busybox-1.37.0'), 'its own');
  step('start', 'install-target', 'busybox');
  assert.is(readFileSync(picture('busybox-1.37.0'), 'utf8'), 'its own');
});

listing.run();

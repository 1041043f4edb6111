// SPDX-License-Identifier: MIT
/** A checkout may lie in a folder whose name has blanks and umlauts. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const repository = fileURLToPath(new URL('../..', import.meta.url));

const paths = suite('paths of the checkout');

paths('are made of URLs by fileURLToPath(): .pathname stays percent-encoded', () => {
  const encoded = ['src', 'test', 'bin'].flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.m?[jt]s$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => /\.pathname\b/.test(readFileSync(path, 'utf8')))
      .filter((path) => path !== fileURLToPath(import.meta.url)),
  );
  assert.equal(encoded, []);
});

paths.run();

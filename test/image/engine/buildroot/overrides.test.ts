// SPDX-License-Identifier: MIT
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  parseOverrides,
  readOverrides,
  variableOf,
} from '../../../../src/image/engine/buildroot/overrides.ts';
import { scratch } from '../../scratch.ts';

const parse = suite('parseOverrides');

parse('reads directories with their real versions', () => {
  const text =
    '# local\nJSON_C_OVERRIDE_SRCDIR = /src/json-c\nJSON_C_OVERRIDE_VERSION = 0.18\nJSON_C_AUTORECONF = YES\n';
  assert.equal(parseOverrides(text, 'local.mk'), [
    { variable: 'JSON_C', dir: '/src/json-c', version: '0.18' },
  ]);
});

parse('refuses a directory whose version is not told, and says which line is wanted', () => {
  assert.throws(
    () => parseOverrides('ZLIB_OVERRIDE_SRCDIR = /src/zlib\n', 'local.mk'),
    /local\.mk: ZLIB_OVERRIDE_SRCDIR has no ZLIB_OVERRIDE_VERSION beside it/,
  );
});

parse('refuses paths that only make could find', () => {
  for (const dir of ['$(HOME)/zlib', 'src/zlib'])
    assert.throws(
      () => parseOverrides(`ZLIB_OVERRIDE_SRCDIR = ${dir}\nZLIB_OVERRIDE_VERSION = 1\n`, 'local.mk'),
      /must be an absolute path/,
      dir,
    );
});

parse.run();

const read = suite('readOverrides');

read('notices a change in a directory, and none in its place', async () => {
  const root = scratch();
  const at = async (dir: string) => {
    const file = join(root, 'local.mk');
    await writeFile(file, `A_OVERRIDE_SRCDIR = ${dir}\nA_OVERRIDE_VERSION = 1\n`);
    return (await readOverrides(file)).digest;
  };
  const [one, two] = [join(root, 'one'), join(root, 'two')];
  await mkdir(one);
  await writeFile(join(one, 'a.c'), 'int a;');
  const before = await at(one);
  await rename(one, two);
  assert.is(await at(two), before);
  await writeFile(join(two, 'a.c'), 'int b;');
  assert.is.not(await at(two), before);
});

read('notices another line in the file', async () => {
  const file = join(scratch(), 'local.mk');
  await writeFile(file, '# nothing\n');
  const before = (await readOverrides(file)).digest;
  await writeFile(file, 'A_AUTORECONF = YES\n');
  assert.is.not((await readOverrides(file)).digest, before);
});

read('names what is not there', async () => {
  const file = join(scratch(), 'local.mk');
  await writeFile(file, 'A_OVERRIDE_SRCDIR = /nowhere\nA_OVERRIDE_VERSION = 1\n');
  const error = await readOverrides(file).then(
    () => assert.unreachable(),
    (failure: Error) => failure,
  );
  assert.match(String(error), /A_OVERRIDE_SRCDIR: ENOENT.*\/nowhere/);
});

read.run();

const variable = suite('variableOf');

variable("makes of a package's name what its variables begin with", () => {
  assert.is(variableOf('json-c'), 'JSON_C');
  assert.is(variableOf('e2fsprogs'), 'E2FSPROGS');
});

variable.run();

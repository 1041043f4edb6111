// SPDX-License-Identifier: MIT
import { chmodSync, cpSync, mkdirSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hashTree, hashValue } from '../../src/image/stage.ts';
import { scratch } from './scratch.ts';

function tree(): string {
  const dir = join(scratch(), 'tree');
  mkdirSync(join(dir, 'sub'), { recursive: true });
  writeFileSync(join(dir, 'sub/file'), 'text');
  symlinkSync('sub/file', join(dir, 'link'));
  return dir;
}

const hashing = suite('hashTree');

hashing('does not depend on where the tree is or when it was written', async () => {
  const dir = tree();
  const copy = join(scratch(), 'elsewhere');
  cpSync(dir, copy, { recursive: true, verbatimSymlinks: true });
  utimesSync(join(copy, 'sub/file'), 1, 1);
  assert.is(await hashTree([copy]), await hashTree([dir]));
});

function notices(what: string, change: (dir: string) => void): void {
  hashing(`notices ${what}`, async () => {
    const dir = tree();
    const before = await hashTree([dir]);
    change(dir);
    assert.is.not(await hashTree([dir]), before);
  });
}

notices('changed bytes', (dir) => writeFileSync(join(dir, 'sub/file'), 'Text'));
notices('the executable bit', (dir) => chmodSync(join(dir, 'sub/file'), 0o755));
notices('an empty directory', (dir) => mkdirSync(join(dir, 'empty')));
notices('another link target', (dir) => {
  unlinkSync(join(dir, 'link'));
  symlinkSync('sub', join(dir, 'link'));
});

hashing('tells a moved file from a file in its old place', async () => {
  const [a, b] = [join(scratch(), 'a'), join(scratch(), 'b')];
  for (const dir of [a, b]) mkdirSync(dir);
  writeFileSync(join(a, 'x'), '1');
  writeFileSync(join(b, 'y'), '1');
  assert.is.not(await hashTree([a]), await hashTree([b]));
  assert.is.not(await hashTree([a, b]), await hashTree([b, a]));
});

hashing('throws for a path that is not there', async () => {
  try {
    await hashTree([join(scratch(), 'nothing')]);
  } catch (error) {
    assert.match((error as Error).message, 'ENOENT');
    return;
  }
  assert.unreachable('must have thrown');
});

hashing.run();

const values = suite('hashValue');

values('does not depend on the order of keys, but on the order of lists', () => {
  assert.is(hashValue({ a: 1, b: [{ c: 1, d: 2 }] }), hashValue({ b: [{ d: 2, c: 1 }], a: 1 }));
  assert.is.not(hashValue([1, 2]), hashValue([2, 1]));
});

values.run();

// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasHash, parseHashes, readHashes } from '../../../../src/image/engine/buildroot/hashes.ts';
import { scratch } from '../../scratch.ts';

const sha256 = { algorithm: 'sha256', digest: 'a'.repeat(64) } as const;
const sha512 = { algorithm: 'sha512', digest: 'b'.repeat(128) } as const;

const hashes = suite('hash files');

hashes('are read with remarks, weak algorithms and broken lines left out', () => {
  const lines = [
    '# from upstream',
    'md5  123  a.tar',
    `sha256  ${sha256.digest}  a.tar`,
    `sha256\t${sha256.digest}\tCOPYING`,
    `sha512  ${sha512.digest}  gcc.tar`,
    `sha512  ${sha256.digest}  short.tar`,
  ];
  assert.equal(parseHashes(`${lines.join('\n')}\n`), [
    ['a.tar', sha256],
    ['COPYING', sha256],
    ['gcc.tar', sha512],
  ]);
});

hashes('are found wherever they lie below the directories, which need not exist', async () => {
  const root = scratch();
  mkdirSync(join(root, 'gcc/14.3.0'), { recursive: true });
  writeFileSync(join(root, 'gcc/14.3.0/gcc.hash'), `sha512  ${sha512.digest}  gcc.tar\n`);
  assert.equal([...(await readHashes([root, join(root, 'none')]))], [['gcc.tar', sha512]]);
});

hashes('of a file with both are the one that Debian knows too', async () => {
  for (const lines of [
    [sha256, sha512],
    [sha512, sha256],
  ]) {
    const root = scratch();
    const text = lines.map(({ algorithm, digest }) => `${algorithm}  ${digest}  a.tar`).join('\n');
    writeFileSync(join(root, 'a.hash'), `${text}\n`);
    assert.equal((await readHashes([root])).get('a.tar'), sha256);
  }
});

hashes('are compared with the bytes of a file', async () => {
  const path = join(scratch(), 'a.tar');
  assert.is(await hasHash(path, sha512), undefined);
  writeFileSync(path, 'bytes');
  assert.is(await hasHash(path, sha512), false);
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const digest = createHash(algorithm).update('bytes').digest('hex');
    assert.is(await hasHash(path, { algorithm, digest }), true);
  }
});

hashes.run();

// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { blockMap } from '../../../src/image/disk/bmap.ts';
import { needs } from '../needs.ts';
import { scratch } from '../scratch.ts';

await needs('bmap-tools');

const image = Buffer.alloc(16 * 4096);
image.fill('a', 0, 4096);
image.fill('b', 5 * 4096, 7 * 4096 - 10);
image.fill('x', 9 * 4096, 10 * 4096);
const extents = [
  { start: 0, length: 4096 },
  { start: 4 * 4096, length: 3 * 4096 },
];

const map = suite('block map');

map('makes bmaptool write what is mapped and nothing else', () => {
  const dir = scratch();
  const card = join(dir, 'card');
  writeFileSync(join(dir, 'test.img'), image);
  writeFileSync(join(dir, 'test.bmap'), blockMap(image, extents));
  execFileSync('bmaptool', [
    '--quiet',
    'copy',
    '--bmap',
    join(dir, 'test.bmap'),
    join(dir, 'test.img'),
    card,
  ]);
  const expected = Buffer.alloc(image.length);
  for (const { start, length } of extents) image.copy(expected, start, start, start + length);
  assert.ok(readFileSync(card).equals(expected));
});

map('lets bmaptool notice an image that was changed', () => {
  const dir = scratch();
  const changed = Buffer.from(image);
  changed[5 * 4096] = 0x63;
  writeFileSync(join(dir, 'test.img'), changed);
  writeFileSync(join(dir, 'test.bmap'), blockMap(image, extents));
  const argv = [
    '--quiet',
    'copy',
    '--bmap',
    join(dir, 'test.bmap'),
    join(dir, 'test.img'),
    join(dir, 'card'),
  ];
  assert.throws(() => execFileSync('bmaptool', argv, { stdio: 'pipe' }), /checksum mismatch/i);
});

map('carries the checksum of itself with zeros in its place', () => {
  const text = blockMap(image, extents);
  const sum = /<BmapFileChecksum> ([0-9a-f]{64}) </.exec(text)?.[1] ?? '';
  const zeroed = text.replace(sum, '0'.repeat(64));
  assert.is(createHash('sha256').update(zeroed).digest('hex'), sum);
});

map('refuses an extent that is not whole blocks or lies outside', () => {
  assert.throws(() => blockMap(image, [{ start: 100, length: 4096 }]), /not whole blocks/);
  assert.throws(() => blockMap(image, [{ start: 0, length: 17 * 4096 }]), /not whole blocks/);
});

map.run();

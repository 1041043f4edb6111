// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { partitionAt, partitionsOf } from '../../src/flash/partitions.ts';
import { changedInUse } from '../../src/flash/verdict.ts';
import { sfdiskFlags } from '../../src/image/disk/disk-stage.ts';
import { type DiskFacts, layoutFromYaml } from '../../src/image/disk/layout.ts';
import { sfdiskScript } from '../../src/image/disk/partition-table.ts';
import { needs } from '../image/needs.ts';
import { scratch } from '../image/scratch.ts';

await needs('fdisk');

const drawn = readFileSync(new URL('../../board/disk.yaml', import.meta.url), 'utf8');
const msdos = { table: 'msdos', firmware: ['bios'], signature: '504c4131' } as const;
const gpt = { table: 'gpt', firmware: ['bios', 'efi'], signature: '504c4133' } as const;

const naming = suite('partitionsOf');

for (const [facts, tables] of [
  [msdos, { 1: 'boot loader', 66: 'boot loader' }],
  [
    gpt,
    { 0: 'boot loader', 1: 'partition table', 65: 'partition table', 66: 'boot loader', 128: 'boot loader' },
  ],
] as const) {
  naming(`names every part of a disk with table ${facts.table}`, () => {
    const { layout, partitions } = imageOf(facts);
    const at = (lba: number) => partitionAt(partitions, lba)?.name;
    for (const [lba, name] of Object.entries(tables)) assert.is(at(Number(lba)), name, `sector ${lba}`);
    const names = {
      state: 'boot state',
      'slot-a': 'slot A',
      'slot-b': 'slot B',
      data: 'data',
      efi: 'EFI system',
    };
    for (const { name, start, sectors } of Object.values(layout.partitions)) {
      if (name === 'bios-boot') continue;
      assert.is(at(start), names[name]);
      assert.is(at(start + sectors - 1), names[name]);
    }
  });
}

naming('knows which sectors of a GPT disk a board changes when it lets data grow', () => {
  const { layout, partitions } = imageOf(gpt);
  const used = (lba: number, count: number) =>
    changedInUse({ kind: 'other content', lba, count }, partitions);
  assert.ok(used(1, 33), 'header and entries');
  assert.ok(used(layout.sectors - 40, 40), 'what was the copy of the table');
  assert.not.ok(used(128, 1), 'the boot loader');
  assert.not.ok(used(layout.partitions.efi?.start ?? 0, 1), 'the EFI system partition');
});

naming.run();

/** Beginning and end of an image, as a block map has them. */
function imageOf(facts: DiskFacts) {
  const layout = layoutFromYaml(drawn, 'disk.yaml', facts);
  const path = join(scratch(), 'image');
  writeFileSync(path, '');
  truncateSync(path, layout.sectors * 512);
  execFileSync('sfdisk', [...sfdiskFlags.flat(), path], { input: sfdiskScript(layout), stdio: 'pipe' });
  const bytes = readFileSync(path);
  const part = (start: number, end: number) => ({
    start,
    length: end - start,
    bytes: bytes.subarray(start, end),
  });
  const parts = [part(0, 2 ** 17), part(bytes.length - 20_480, bytes.length)];
  return { layout, partitions: partitionsOf(parts) };
}

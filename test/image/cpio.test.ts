// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type CpioEntry, cpioArchive, readCpio } from '../../src/image/cpio.ts';
import { needs } from './needs.ts';
import { scratch } from './scratch.ts';

await needs('cpio');

const entries: CpioEntry[] = [
  { name: 'sw-description', data: Buffer.from('first') },
  { name: 'b', data: Buffer.alloc(0) },
  { name: 'a/long.name', data: Buffer.alloc(1000, 0xfe) },
];

const archive = suite('cpio archive');

for (const format of ['newc', 'crc'] as const) {
  archive(`in format ${format} is read back in the order it was written`, () => {
    const read = readCpio(cpioArchive(entries, format, 86_400));
    assert.equal(
      read.map(({ name, data }) => [name, Buffer.from(data).toString('hex')]),
      entries.map(({ name, data }) => [name, Buffer.from(data).toString('hex')]),
    );
  });

  archive(`in format ${format} is what the program cpio reads`, () => {
    const dir = scratch();
    const input = cpioArchive(entries, format, 86_400);
    execFileSync('cpio', ['--extract', '--make-directories', '--quiet'], { cwd: dir, input });
    for (const { name, data } of entries) assert.ok(readFileSync(join(dir, name)).equals(data), name);
  });
}

archive('cut short anywhere is refused', () => {
  const whole = cpioArchive(entries, 'crc', 0);
  for (let length = 0; length < 1500; length += 37) {
    assert.throws(() => readCpio(whole.subarray(0, length)), /cpio: /, `${length} bytes`);
  }
});

archive('with a header that holds no numbers is refused', () => {
  const whole = cpioArchive(entries, 'newc', 0);
  whole.write('zz', 54);
  assert.throws(() => readCpio(whole), /cpio: malformed header at offset 0/);
});

archive('with a changed byte of data is refused by its checksum', () => {
  const whole = cpioArchive(entries, 'crc', 0);
  whole[whole.indexOf('first')] = 0x46;
  assert.throws(() => readCpio(whole), /wrong checksum of sw-description/);
});

archive.run();

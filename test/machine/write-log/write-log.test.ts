// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { MachineError } from '../../../src/machine/errors.ts';
import { WriteLog } from '../../../src/machine/write-log/write-log.ts';
import { suite } from '../../support/suite.ts';
import { FLUSH, logBytes, SECTOR, write } from './log-maker.ts';

const logs = suite<{ folder: string; path: string }>('a log of writes');

logs.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-write-log-'));
  context.path = join(context.folder, 'log');
});
logs.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const GOOD = [write(5, 1, 2), FLUSH, write(9, 2, 1, 2), { sector: 3, sectors: 4, flags: 4 }, FLUSH];

logs('is read with the data of its writes', ({ path }) => {
  writeFileSync(path, logBytes([...GOOD, { data: Buffer.from('half'), flags: 8 }]));
  const log = WriteLog.open(path);
  const told = log.entries.map(({ kind, sector, sectors, flush, fua, label }) =>
    [kind, sector, sectors, flush ? 'flush' : '', fua ? 'fua' : '', label ?? ''].join(' ').trim(),
  );
  assert.equal(told, [
    'write 5 2',
    'flush 0 0 flush',
    'write 9 1  fua',
    'discard 3 4',
    'flush 0 0 flush',
    'mark 0 0   half',
  ]);
  const [first, , , discard] = log.entries;
  if (first === undefined || discard === undefined) throw new Error('no entries');
  assert.equal(log.read(first), Buffer.alloc(2 * SECTOR, 1));
  assert.is(log.read(first, 1, 2).length, SECTOR);
  assert.equal(log.read(discard), Buffer.alloc(4 * SECTOR));
  log.close();
});

logs('may have sectors of 4096 bytes', ({ path }) => {
  writeFileSync(path, logBytes([{ sector: 1, data: Buffer.alloc(8192, 7) }], { sectorSize: 4096 }));
  const log = WriteLog.open(path);
  assert.equal([log.sectorSize, log.entries[0]?.sectors], [4096, 2]);
  log.close();
});

function changed(at: number, bytes: number[]): Buffer {
  const log = logBytes(GOOD);
  log.set(bytes, at);
  return log;
}

const BAD: [what: string, bytes: Buffer, message: RegExp][] = [
  ['is empty', Buffer.alloc(0), /it ends at byte 0, in its superblock, which takes bytes 0 to 28/],
  ['begins with another word', changed(0, [0]), /it begins with 0x6a736677736800, not with 0x6a736677736872/],
  ['has another version', changed(8, [2]), /it has version 2, and this program knows 1/],
  ['has odd sectors', changed(24, [1]), /its sectors have 513 bytes, not a power of two from 512 to 65536/],
  ['counts more than can be', changed(22, [1]), /counts 281474976710661 entries, more than 10000000/],
  [
    'has a flag that nobody knows',
    changed(SECTOR + 16, [128]),
    /entry 0 at byte 512 has flags 0x80, of which some are unknown/,
  ],
  [
    'says another length than its sectors have',
    changed(SECTOR + 24, [0, 2]),
    /entry 0 at byte 512, a write of 2 sectors, says that it has 512 bytes of data/,
  ],
  [
    'has a sector beyond all disks',
    changed(SECTOR, [0, 0, 0, 0, 0, 0, 0, 255]),
    /entry 0 at byte 512 has \d+ as its first sector/,
  ],
  [
    'is cut within data',
    logBytes(GOOD).subarray(0, 3 * SECTOR),
    /it ends at byte 1536, in the data of entry 0 of 5, which takes bytes 2047 to 2048/,
  ],
  ['is cut between entries', logBytes(GOOD).subarray(0, 4 * SECTOR), /it ends at byte 2048, in entry 1 of 5/],
  [
    'has entries that were not flushed',
    logBytes(GOOD, { count: 3 }),
    /counts 3 entries, which end at byte 3584, and the file has 4608: the recording did not end with a flush/,
  ],
];

for (const [what, bytes, message] of BAD) {
  logs(`is refused when it ${what}`, ({ path }) => {
    writeFileSync(path, bytes);
    assert.throws(
      () => WriteLog.open(path),
      (error: unknown) =>
        error instanceof MachineError && message.test(error.message) && error.message.startsWith(path),
    );
  });
}

logs('that is still being written is read as far as it was flushed', ({ path }) => {
  writeFileSync(path, logBytes(GOOD, { count: 3 }));
  const log = WriteLog.open(path, { unfinished: true });
  assert.is(log.entries.length, 3);
  log.close();
});

logs('of damaged bytes is read or refused in a sentence, and nothing else', ({ path }) => {
  const good = logBytes(GOOD);
  const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(damage, fc.nat(good.length), (bytes, length) => {
      const bad = Buffer.from(good);
      for (const [at, byte] of bytes) bad[at] = byte;
      writeFileSync(path, bad.subarray(0, length));
      try {
        WriteLog.open(path).close();
      } catch (error) {
        assert.instance(error, MachineError);
      }
    }),
    { numRuns: 300 },
  );
});

logs.run();

// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { MachineError } from '../../../src/machine/errors.ts';
import { DiskAfterCut, DiskBefore } from '../../../src/machine/write-log/disk-after-cut.ts';
import { WriteLog } from '../../../src/machine/write-log/write-log.ts';
import { needs } from '../../image/needs.ts';
import { suite } from '../../support/suite.ts';
import { FLUSH, makeLog, SECTOR, write } from './log-maker.ts';

await needs('qemu-utils');

const disks = suite<{ folder: string; image: string; before: DiskBefore }>('the disk after a power cut');

disks.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-disk-after-'));
  context.image = join(context.folder, 'image');
  writeFileSync(context.image, Buffer.alloc(8 * SECTOR, 0xee));
  context.before = DiskBefore.open(context.image, 16 * SECTOR);
});
disks.after.each(({ folder, before }) => {
  before.close();
  rmSync(folder, { recursive: true });
});

/** One hexadecimal digit for each sector. */
function digits(disk: DiskAfterCut): string {
  return [...Array(disk.size / SECTOR).keys()]
    .map((sector) => (disk.read(sector * SECTOR, SECTOR)[7] ?? 0).toString(16).slice(-1))
    .join('');
}

disks('has what was written until then, torn and lost writes as told', ({ folder, before }) => {
  const log = WriteLog.open(
    makeLog(join(folder, 'log'), [write(1, 1, 3), FLUSH, write(2, 2), write(12, 3, 4), write(7, 4, 2)]),
  );
  const after = (cut: Parameters<typeof disk>[0]) => digits(disk(cut));
  const disk = (cut: ConstructorParameters<typeof DiskAfterCut>[2]) => new DiskAfterCut(before, log, cut);
  assert.is(after({ whole: 0, also: [] }), 'eeeeeeee00000000');
  assert.is(after({ whole: 1, also: [] }), 'e111eeee00000000');
  assert.is(after({ whole: 5, also: [] }), 'e121eee440003333');
  assert.is(after({ whole: 2, also: [{ entry: 3, sectors: 1 }] }), 'e111eeee00003000');
  assert.is(after({ whole: 2, also: [{ entry: 4 }] }), 'e111eee440000000');
  assert.is.not(
    disk({ whole: 3, also: [] }).contentKey(0, 4 * SECTOR),
    disk({ whole: 2, also: [] }).contentKey(0, 4 * SECTOR),
  );
  assert.is(
    disk({ whole: 4, also: [] }).contentKey(0, 4 * SECTOR),
    disk({ whole: 3, also: [] }).contentKey(0, 4 * SECTOR),
  );
  log.close();
});

disks('is the same, read from any place, as a file and as part of one', async ({ folder, before }) => {
  const log = WriteLog.open(makeLog(join(folder, 'log'), [write(1, 1, 3), write(6, 2, 4), write(2, 5)]));
  const disk = new DiskAfterCut(before, log, { whole: 3, also: [] });
  const whole = disk.read(0, disk.size);
  const file = join(folder, 'file');
  await disk.writeImage(file);
  assert.equal(readFileSync(file), whole);
  const place = fc.tuple(fc.nat(15 * SECTOR), fc.nat(SECTOR * 3));
  fc.assert(
    fc.property(place, ([offset, length]) => {
      const end = Math.min(whole.length, offset + length);
      assert.equal(disk.read(offset, end - offset), whole.subarray(offset, end));
      disk.extract(file, offset, end - offset);
      assert.equal(readFileSync(file), whole.subarray(offset, end));
    }),
    { numRuns: 50 },
  );
  log.close();
});

disks('takes only as much room as is written', async ({ folder, image }) => {
  const large = DiskBefore.open(image, 1_000_000_000);
  const log = WriteLog.open(makeLog(join(folder, 'log'), [write(1_000_000, 1)]));
  const file = join(folder, 'file');
  await new DiskAfterCut(large, log, { whole: 1, also: [] }).writeImage(file);
  assert.equal([statSync(file).size, statSync(file).blocks < 100], [1_000_000_000, true]);
  large.close();
  log.close();
});

disks('is none when the log belongs to a larger disk', ({ folder, before }) => {
  const log = WriteLog.open(makeLog(join(folder, 'log'), [write(15, 1, 2)]));
  assert.throws(
    () => new DiskAfterCut(before, log, { whole: 1, also: [] }),
    (error: unknown) =>
      error instanceof MachineError &&
      /Entry 0 of the log writes up to byte 8704, and the disk has 8192/.test(error.message),
  );
  log.close();
});

disks('is what the emulator has after everything that it logged', async ({ folder, image, before }) => {
  const [disk, path] = [join(folder, 'disk'), join(folder, 'log')];
  writeFileSync(path, '');
  execFileSync('truncate', ['--size', String(before.size), image]);
  execFileSync('cp', [image, disk]);
  const commands = [
    'write -P 17 512 1024',
    'flush',
    'write -P 18 4096 512',
    'write -z 1024 1024',
    'discard 2048 512',
    'flush',
  ];
  execFileSync('qemu-io', [
    ...['-t', 'writeback'],
    ...[
      '--image-opts',
      `driver=blklogwrites,file.driver=file,file.filename=${disk},log.driver=file,log.filename=${path},log-sector-size=512`,
    ],
    ...commands.flatMap((command) => ['-c', command]),
  ]);
  const log = WriteLog.open(path);
  assert.equal(
    log.entries.map(({ kind, sector, sectors }) => `${kind} ${sector} ${sectors}`),
    ['write 1 2', 'flush 0 0', 'write 8 1', 'write 2 2', 'discard 4 1', 'flush 0 0'],
  );
  assert.equal(
    new DiskAfterCut(before, log, { whole: log.entries.length, also: [] }).read(0, before.size),
    readFileSync(disk),
  );
  log.close();
});

disks.run();

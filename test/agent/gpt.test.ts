// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { crc32 } from '../../src/agent/crc32.ts';
import { type Extent, gptPartition, grownGpt, isProtective, type SectorWrite } from '../../src/agent/gpt.ts';
import { sfdiskFlags } from '../../src/image/disk/disk-stage.ts';
import { layoutFromYaml } from '../../src/image/disk/layout.ts';
import { sfdiskScript } from '../../src/image/disk/partition-table.ts';
import { needs } from '../image/needs.ts';
import { scratch } from '../image/scratch.ts';

await needs('fdisk', 'gdisk');

const DATA = 4;
const MIB = 2048;
const dir = scratch();

const yaml = await readFile(new URL('../../board/disk.yaml', import.meta.url), 'utf8');
const layout = layoutFromYaml(yaml, 'disk.yaml', {
  table: 'gpt',
  signature: '504c4133',
  firmware: ['bios', 'efi'],
});
/** The sectors that a disk of the pipeline's has before its first partition. */
const front = flashedDisk();
const { start } = layout.partitions.data;

const growing = suite('growing a GPT');

growing(
  'takes the data partition to the end of the disk, with a table that sgdisk finds no fault with',
  () => {
    for (const sectors of [245 * MIB, 245 * MIB + 100, 1000 * MIB + 2047, 2 ** 33]) {
      const disk = new Disk(sectors);
      const { partition, grows, writes } = grownGpt(disk.read, DATA, sectors);
      assert.ok(grows);
      disk.write(writes);
      assert.equal(gptPartition(disk.read, DATA), partition);
      const end = partition.start + partition.sectors;
      assert.is(end % MIB, 0);
      assert.ok(end <= sectors - 33 && end > sectors - 33 - MIB, `ends at ${end} of ${sectors}`);
      if (sectors < 2 ** 32) assert.match(disk.verify(), /No problems found/);
    }
  },
);

growing('leaves the other partitions alone', () => {
  const disk = new Disk(500 * MIB);
  disk.write(grownGpt(disk.read, DATA, 500 * MIB).writes);
  for (const { number, start, sectors } of Object.values(layout.partitions))
    if (number !== DATA) assert.equal(gptPartition(disk.read, number), { start, sectors });
});

growing('does nothing when the partition is as large as it can be, and nothing the second time', () => {
  for (const sectors of [layout.sectors, layout.sectors + 32]) {
    const disk = new Disk(sectors);
    assert.is(grownGpt(disk.read, DATA, sectors).writes.length, 0);
  }
  const disk = new Disk(300 * MIB);
  disk.write(grownGpt(disk.read, DATA, 300 * MIB).writes);
  const again = grownGpt(disk.read, DATA, 300 * MIB);
  assert.equal([again.grows, again.writes.length], [false, 0]);
});

growing(
  'survives a power cut at any place: the table in force is whole, and the next start ends the work',
  () => {
    const sectors = 300 * MIB;
    const small: Extent = { start, sectors: layout.partitions.data.sectors };
    const large: Extent = { start, sectors: Math.floor((sectors - 33 - start) / MIB) * MIB };
    const cutAt = fc.record({
      // Which write was under way, and which of its sectors were already on the disk, in whatever order.
      write: fc.nat({ max: 5 }),
      sectors: fc.uniqueArray(fc.nat({ max: 31 }), { maxLength: 32 }),
      again: fc.option(
        fc.record({ write: fc.nat({ max: 5 }), sectors: fc.uniqueArray(fc.nat({ max: 31 })) }),
      ),
    });
    fc.assert(
      fc.property(cutAt, ({ again, ...first }) => {
        const disk = new Disk(sectors);
        for (const cut of again ? [first, again] : [first]) {
          const { writes } = grownGpt(disk.read, DATA, sectors);
          disk.write(writes.slice(0, cut.write));
          disk.writePart(writes[cut.write], cut.sectors);
          const now = gptPartition(disk.read, DATA);
          assert.ok([small.sectors, large.sectors].includes(now.sectors), `${now.sectors} sectors`);
          for (const { number, start, sectors } of Object.values(layout.partitions))
            if (number !== DATA) assert.equal(gptPartition(disk.read, number), { start, sectors });
        }
        disk.write(grownGpt(disk.read, DATA, sectors).writes);
        assert.equal(gptPartition(disk.read, DATA), large);
        assert.is(
          Number(new DataView(disk.read(1, 1).buffer).getBigUint64(72, true)),
          2,
          'back in the usual place',
        );
        assert.is(grownGpt(disk.read, DATA, sectors).writes.length, 0);
      }),
      { numRuns: 400 },
    );
  },
);

growing(
  'refuses a damaged table, one without room, and a partition that is none or has another behind it',
  () => {
    const sectors = 300 * MIB;
    const grow = (change: (disk: Disk) => void, partition = DATA) => {
      const disk = new Disk(sectors);
      change(disk);
      return () => grownGpt(disk.read, partition, sectors);
    };
    assert.throws(
      grow((disk) => disk.change(1, 0)),
      /no GUID partition table/,
    );
    assert.throws(
      grow((disk) => disk.change(1, 60)),
      /header has a wrong checksum/,
    );
    assert.throws(
      grow((disk) => disk.change(2, 40)),
      /entries have a wrong checksum/,
    );
    assert.throws(
      grow(() => {}, 9),
      /partition 9 does not exist/,
    );
    assert.throws(
      grow(() => {}, 3),
      /partition 4 lies behind it/,
    );
    assert.throws(
      grow((disk) => disk.load(flashedDisk('first-lba: 34'))),
      /no room to be changed safely/,
    );
  },
);

growing('knows a protective master boot record from one with partitions', () => {
  assert.ok(isProtective(front.subarray(0, 512)));
  const mbr = front.slice(0, 512);
  mbr[450] = 0x83;
  assert.not.ok(isProtective(mbr));
  assert.not.ok(isProtective(new Uint8Array(512)));
});

growing('has the checksum of the standard', () => {
  assert.is(crc32(new TextEncoder().encode('123456789')), 0xcbf43926);
});

growing.run();

/** A disk in memory: only sectors that were written are there. */
class Disk {
  readonly #sectors = new Map<number, Uint8Array>();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
    this.load(front);
  }

  load(bytes: Uint8Array): void {
    this.write([{ sector: 0, bytes }]);
  }

  readonly read = (sector: number, count: number): Uint8Array => {
    const bytes = new Uint8Array(512 * count);
    for (let i = 0; i < count; i++) {
      assert.ok(sector + i < this.#size, `sector ${sector + i} is behind the disk's end`);
      bytes.set(this.#sectors.get(sector + i) ?? new Uint8Array(512), 512 * i);
    }
    return bytes;
  };

  write(writes: readonly SectorWrite[]): void {
    for (const write of writes) this.writePart(write, [...Array(write.bytes.length / 512).keys()]);
  }

  /** Some of the sectors of one write. */
  writePart(write: SectorWrite | undefined, which: readonly number[]): void {
    for (const i of which) {
      if (write === undefined || 512 * i >= write.bytes.length) continue;
      assert.ok(write.sector + i < this.#size, `sector ${write.sector + i} is behind the disk's end`);
      this.#sectors.set(write.sector + i, write.bytes.slice(512 * i, 512 * (i + 1)));
    }
  }

  change(sector: number, at: number): void {
    const bytes = this.read(sector, 1);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    this.write([{ sector, bytes }]);
  }

  verify(): string {
    const path = join(dir, 'verified.img');
    writeFileSync(path, '');
    truncateSync(path, this.#size * 512);
    const file = openSync(path, 'r+');
    for (const [sector, bytes] of this.#sectors) writeSync(file, bytes, 0, 512, sector * 512);
    closeSync(file);
    return execFileSync('sgdisk', ['--verify', path]).toString();
  }
}

/** What sfdisk writes before the first partition, by the pipeline's own script; `firstLba` replaces that line of it. */
function flashedDisk(firstLba?: string): Uint8Array {
  const path = join(dir, 'flashed.img');
  writeFileSync(path, '');
  truncateSync(path, layout.sectors * 512);
  const script = sfdiskScript(layout);
  const input = firstLba === undefined ? script : script.replace(/^first-lba: .*$/m, firstLba);
  execFileSync('sfdisk', [...sfdiskFlags.flat(), path], { input, stdio: 'pipe' });
  return readFileSync(path).subarray(0, 66 * 512);
}

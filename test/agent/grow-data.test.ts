// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ext4Size, growData, grownTable, readEntry } from '../../src/agent/grow-data.ts';
import type { Disks, Processes } from '../../src/agent/ports.ts';

const MIB = 2048;

/** A partition table with entries of [start, length] in MiB; the data partition is the fourth. */
function table(...entries: [number, number][]): Uint8Array {
  const mbr = new Uint8Array(512);
  const view = new DataView(mbr.buffer);
  for (const [i, [start, length]] of entries.entries()) {
    mbr[446 + 16 * i + 4] = 0x83;
    view.setUint32(446 + 16 * i + 8, start * MIB, true);
    view.setUint32(446 + 16 * i + 12, length * MIB, true);
  }
  mbr.set([0x55, 0xaa], 510);
  return mbr;
}

const TABLE = table([1, 1], [2, 32], [34, 32], [66, 8]);

function superblock(blocks: number): Uint8Array {
  const bytes = new Uint8Array(1024);
  const view = new DataView(bytes.buffer);
  view.setUint16(0x38, 0xef53, true);
  view.setUint32(0x18, 2, true);
  view.setUint32(0x04, blocks, true);
  return bytes;
}

const growing = suite('growing the partition table');

growing('takes the data partition to the end of the disk, in whole megabytes', () => {
  const grown = grownTable(TABLE, 4, 245 * MIB + 100);
  assert.ok(grown);
  assert.equal(readEntry(grown, 4), { start: 66 * MIB, sectors: 179 * MIB });
  assert.equal(readEntry(grown, 3), readEntry(TABLE, 3));
  assert.equal(readEntry(TABLE, 4).sectors, 8 * MIB, 'the table given is left alone');
});

growing('changes nothing else in the sector', () => {
  const grown = grownTable(TABLE, 4, 245 * MIB);
  const changed = [...(grown ?? [])].flatMap((byte, at) => (byte === TABLE[at] ? [] : [at]));
  assert.ok(changed.every((at) => at >= 446 + 48 + 5 && at < 446 + 64));
});

growing('does nothing when the partition is as large as it can be', () => {
  assert.is(grownTable(TABLE, 4, 74 * MIB + 2047), undefined);
});

growing('refuses to run into a partition behind', () => {
  assert.throws(() => grownTable(TABLE, 3, 245 * MIB), /partition 4 lies behind it/);
});

growing('refuses a sector without a partition table, and a partition that is none', () => {
  assert.throws(() => grownTable(new Uint8Array(512), 4, 1000), /no partition table/);
  assert.throws(() => grownTable(table([1, 1]), 4, 1000), /partition 4 does not exist/);
});

growing('stops at what an entry can say', () => {
  const grown = grownTable(TABLE, 4, 2 ** 33);
  assert.ok(grown && readEntry(grown, 4).sectors <= 0xffffffff);
});

growing.run();

const file = suite('growing data');

interface Scene {
  disks: Disks & { writes: string[] };
  processes: Processes & { ran: string[] };
}

function scene(options: { fsBlocks: number; diskMib: number; codes?: Record<string, number> }): Scene {
  let mbr = TABLE;
  const writes: string[] = [];
  const ran: string[] = [];
  return {
    disks: {
      writes,
      readAt: (path, _offset, length) =>
        path === 'disk' ? mbr.slice(0, length) : superblock(options.fsBlocks),
      writeAt: (path, offset, data) => {
        mbr = data;
        writes.push(`write ${path} ${offset}`);
      },
      size: () => options.diskMib * 2 ** 20,
      resizePartition: (path, partition, start, length) =>
        void writes.push(`resize ${path} ${partition} ${start / 2 ** 20} ${length / 2 ** 20}`),
    },
    processes: {
      ran,
      run: async (argv) => {
        ran.push(argv.join(' '));
        return { code: options.codes?.[argv[0] ?? ''] ?? 0, stdout: '', stderr: 'it is broken\n' };
      },
      start: () => {
        throw new Error('nothing is started');
      },
    },
  };
}

const DATA = { disk: 'disk', device: 'data', partition: 4 };

file('grows table, partition and file system, in this order', async () => {
  const { disks, processes } = scene({ fsBlocks: 2048, diskMib: 245 });
  const done = await growData(disks, processes, DATA);
  assert.equal(disks.writes, ['write disk 0', 'resize disk 4 66 179']);
  assert.equal(processes.ran, ['e2fsck -f -p data', 'resize2fs data']);
  assert.is(done.length, 2);
});

file('does nothing the second time', async () => {
  const { disks, processes } = scene({ fsBlocks: 2048, diskMib: 74 });
  assert.equal(await growData(disks, processes, DATA), []);
  assert.equal([...disks.writes, ...processes.ran], []);
});

file('goes on with the file system after a power cut behind the table', async () => {
  const { disks, processes } = scene({ fsBlocks: 1024, diskMib: 74 });
  await growData(disks, processes, DATA);
  assert.equal(disks.writes, []);
  assert.equal(processes.ran, ['e2fsck -f -p data', 'resize2fs data']);
});

for (const [program, code] of [
  ['e2fsck', 4],
  ['resize2fs', 1],
] as const) {
  file(`tells what ${program} complained about`, async () => {
    const { disks, processes } = scene({ fsBlocks: 2048, diskMib: 245, codes: { [program]: code } });
    const failure = await growData(disks, processes, DATA).then(
      () => 'nothing was thrown',
      (error: Error) => error.message,
    );
    assert.is(failure, `${program}: it is broken`);
  });
}

file('reads the size of file systems of 1 KiB and 4 KiB blocks, and of no others', () => {
  assert.is(ext4Size(superblock(2048)), 8 * 2 ** 20);
  assert.is(ext4Size(new Uint8Array(1024)), undefined);
});

file.run();

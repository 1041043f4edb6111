// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listBoards, loadBoard } from '../../../src/image/board.ts';
import { layoutFromYaml, partUuid, readLayout } from '../../../src/image/disk/layout.ts';
import { masterBootRecord } from '../../../src/image/disk/mbr.ts';

const drawn = await readFile(new URL('../../../board/disk.yaml', import.meta.url), 'utf8');
const read = (text: string) => layoutFromYaml(text, 'disk.yaml', '0badcafe');

const layout = suite('disk layout');

layout('puts each partition where the one before ends, on whole mebibytes', () => {
  const { partitions, bootSectors, sectors } = read(drawn);
  let end = bootSectors;
  for (const partition of Object.values(partitions)) {
    assert.is(partition.start, end, partition.name);
    assert.is(partition.start % 2048, 0, partition.name);
    end += partition.sectors;
  }
  assert.is(sectors, end);
});

layout('of every board fits the smallest card and holds two slots of the largest size', async () => {
  for (const name of await listBoards()) {
    const { sectors, slotLimit, partitions } = await readLayout(await loadBoard(name));
    assert.ok(sectors * 512 <= 244 * 2 ** 20, name);
    assert.ok(slotLimit <= 16_000_000, name);
    for (const slot of ['slot-a', 'slot-b'] as const)
      assert.ok(partitions[slot].sectors * 512 >= slotLimit, name);
  }
});

const refused: [why: string, from: string, to: string, message: RegExp][] = [
  ['more than the card holds', 'size: 16MiB', 'size: 200MiB', /take \d+ bytes, but a card has only \d+/],
  [
    'a slot larger than its partition',
    'limit: 16MB',
    'limit: 33MiB',
    /slot\.limit is \d+ bytes, more than slot\.size/,
  ],
  [
    'a size without unit',
    'state: 1MiB',
    'state: 1048576',
    /state is 1048576; it must be a size with its unit/,
  ],
  [
    'a partition that is not aligned',
    'state: 1MiB',
    'state: 1000kB',
    /state is "1000kB"; it must be whole mebibytes/,
  ],
  [
    'a key nobody knows',
    'state: 1MiB',
    'state: 1MiB\nsttate: 2MiB',
    /sttate: unknown key; did you mean 'state'/,
  ],
  ['a missing key', 'card: 244MiB', '', /card is missing/],
];
for (const [why, from, to, message] of refused) {
  layout(`refuses ${why}`, () => {
    assert.throws(
      () => read(drawn.replace(from, to)),
      (error: Error) => {
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

layout.run();

const record = suite('master boot record');

record('holds the signature that the kernel looks for and the partitions in order', () => {
  const disk = read(drawn);
  const mbr = masterBootRecord(Buffer.alloc(512, 0x90), disk);
  assert.is(mbr.readUInt32LE(440).toString(16).padStart(8, '0'), '0badcafe');
  assert.is(partUuid(disk, 'slot-b'), '0badcafe-03');
  assert.is(mbr.readUInt16LE(510), 0xaa55);
  const types = [0, 1, 2, 3].map((index) => mbr[446 + 16 * index + 4]);
  assert.equal(types, [0xda, 0x83, 0x83, 0x83]);
  const starts = [0, 1, 2, 3].map((index) => mbr.readUInt32LE(446 + 16 * index + 8));
  assert.equal(
    starts,
    Object.values(disk.partitions).map(({ start }) => start),
  );
});

record('keeps the boot code, which is everything before the signature', () => {
  const mbr = masterBootRecord(Buffer.alloc(512, 0x90), read(drawn));
  assert.ok(mbr.subarray(0, 440).equals(Buffer.alloc(440, 0x90)));
});

record.run();

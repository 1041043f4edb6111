// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listBoards, loadBoard } from '../../../src/image/board.ts';
import { writeDiskImage } from '../../../src/image/disk/disk-image.ts';
import { sfdiskFlags } from '../../../src/image/disk/disk-stage.ts';
import {
  type DiskFacts,
  type DiskLayout,
  layoutFromYaml,
  partUuid,
  readLayout,
  sectorSize,
} from '../../../src/image/disk/layout.ts';
import { needs } from '../needs.ts';
import { scratch } from '../scratch.ts';

await needs('bmap-tools', 'fdisk', 'gdisk');

const drawn = await readFile(new URL('../../../board/disk.yaml', import.meta.url), 'utf8');
const read = (text: string, facts: Partial<DiskFacts> = {}) =>
  layoutFromYaml(text, 'disk.yaml', { table: 'msdos', signature: '0badcafe', firmware: ['bios'], ...facts });
const gpt = { table: 'gpt', firmware: ['bios', 'efi'] } as const;

const layout = suite('disk layout');

for (const facts of [{}, gpt, { table: 'gpt', firmware: ['efi'] }] as const) {
  layout(`puts partitions one behind the other on whole mebibytes: ${JSON.stringify(facts)}`, () => {
    const { partitions, sectors } = read(drawn, facts);
    const { 'bios-boot': _, ...aligned } = partitions;
    let end = 2048;
    for (const partition of Object.values(aligned).sort((a, b) => a.start - b.start)) {
      assert.is(partition.start, end, partition.name);
      assert.is(partition.start % 2048, 0, partition.name);
      end += partition.sectors;
    }
    assert.is(aligned.data.start + aligned.data.sectors, end, 'data is the last, so that it can grow');
    assert.is(sectors, 'table' in facts ? end + 2048 : end);
    assert.equal(
      [partitions.state, partitions['slot-a'], partitions['slot-b'], partitions.data].map(
        ({ number }) => number,
      ),
      [1, 2, 3, 4],
    );
  });
}

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

interface ListedPartition {
  readonly node: string;
  readonly start: number;
  readonly size: number;
  readonly type: string;
  readonly uuid?: string;
  readonly bootable?: boolean;
}

/** The drawn layout with smaller parts: only places matter here, and less has to be written. */
const small = [
  ['efi: 34MiB', 'efi: 1MiB'],
  ['size: 32MiB', 'size: 1MiB'],
  ['limit: 16MB', 'limit: 1MB'],
  ['size: 16MiB', 'size: 2MiB'],
].reduce((text, [from = '', to = '']) => text.replace(from, to), drawn);

const image = suite('disk image');

image('has the partitions of its layout in a master boot record, as sfdisk reads it', async () => {
  const disk = read(small);
  const { path } = await makeImage(disk);
  const { label, id, partitions } = listed(path);
  assert.equal([label, id], ['dos', '0x0badcafe']);
  assert.equal(places(partitions), placesOf(disk));
  assert.equal(
    partitions.map(({ type }) => type),
    ['da', '83', '83', '83'],
  );
  assert.equal(
    partitions.map(({ bootable }) => bootable ?? false),
    [true, false, false, false],
  );
  assert.is(partUuid(disk, 'slot-b'), '0badcafe-03');
});

image('has the partitions of its layout in a GPT that sgdisk finds no fault with', async () => {
  const disk = read(small, gpt);
  const { path } = await makeImage(disk);
  const { label, id, partitions } = listed(path);
  assert.equal([label, id], ['gpt', '0BADCAFE-0000-4000-8000-706C61697400']);
  assert.equal(places(partitions), placesOf(disk));
  assert.is(partitions[2]?.uuid?.toLowerCase(), partUuid(disk, 'slot-b'));
  const said = execFileSync('sgdisk', ['--verify', path]).toString();
  assert.match(said, /No problems found/);
  const summary = execFileSync('sgdisk', ['--print', path]).toString();
  assert.match(summary, /First usable sector is 66,/, 'room to write the entries a second time');
  for (const [number, code] of [
    [5, 'EF00'],
    [6, 'EF02'],
  ])
    assert.match(summary, new RegExp(`^ +${number} .* ${code} `, 'm'));
});

for (const [name, disk] of [
  ['MBR', read(small)],
  ['GPT', read(small, gpt)],
] as const) {
  image(`keeps the boot code before the table, and the core image behind it: ${name}`, async () => {
    const { bytes } = await makeImage(disk);
    assert.ok(bytes.subarray(0, 440).equals(Buffer.alloc(440, 0x90)));
    const start = (disk.core?.start ?? 0) * sectorSize;
    assert.ok(bytes.subarray(start, start + 5000).equals(Buffer.alloc(5000, 0xc0)));
  });

  image(`is by its block map the same on a card that held something else: ${name}`, async () => {
    const { path, bytes, map } = await makeImage(disk);
    const card = join(scratch(), 'card');
    execFileSync('sh', ['-c', `head -c ${bytes.length} /dev/zero | tr '\\0' '\\252' >"$0"`, card]);
    execFileSync('bmaptool', ['--quiet', 'copy', '--bmap', map, path, card]);
    const written = readFileSync(card);
    assert.equal(listed(card).partitions.length, listed(path).partitions.length);
    if (disk.table === 'gpt')
      assert.match(execFileSync('sgdisk', ['--verify', card]).toString(), /No problems found/);
    for (const { name, start } of Object.values(disk.partitions)) {
      if (name === 'bios-boot') continue;
      const at = start * sectorSize;
      assert.ok(written.subarray(at, at + 4096).equals(bytes.subarray(at, at + 4096)), name);
    }
  });
}

image('refuses a core image that does not fit, and an EFI partition without its contents', async () => {
  const disk = read(small, gpt);
  const core = Buffer.alloc((disk.core?.sectors ?? 0) * sectorSize + 1);
  await rejects(
    makeImage(disk, { core }),
    /core image has 966657 bytes, before the board's identity are 966656/,
  );
  await rejects(makeImage(disk, { efi: undefined }), /the EFI system partition is left empty/);
  await rejects(
    makeImage(read(small), { efi: Buffer.alloc(1) }),
    /EFI system partition is not in the layout/,
  );
});

image.run();

/** An image with recognizable parts, made as the pipeline does. */
async function makeImage(disk: DiskLayout, parts: { core?: Buffer; efi?: Buffer | undefined } = {}) {
  const dir = scratch();
  const path = join(dir, 'test.img');
  const usual = { core: Buffer.alloc(5000, 0xc0), efi: disk.partitions.efi && Buffer.alloc(9000, 0xef) };
  const { core, efi } = { ...usual, ...parts };
  const contents = {
    loader: { boot: Buffer.alloc(sectorSize, 0x90), core },
    ...(efi ? { efi } : {}),
    state: Buffer.alloc(disk.partitions.state.sectors * sectorSize, 1),
    slot: Buffer.alloc(8192, 2),
    data: Buffer.alloc(disk.partitions.data.sectors * sectorSize, 3),
  };
  const text = await writeDiskImage(path, disk, contents, async (file, input) => {
    execFileSync('sfdisk', [...sfdiskFlags.flat(), file], { input, stdio: 'pipe' });
  });
  const map = join(dir, 'test.bmap');
  execFileSync('tee', [map], { input: text });
  return { path, map, bytes: readFileSync(path) };
}

function listed(path: string): { label: string; id: string; partitions: ListedPartition[] } {
  return JSON.parse(execFileSync('sfdisk', ['--json', path]).toString()).partitiontable;
}

function places(partitions: readonly ListedPartition[]): [number, number, number][] {
  return partitions.map(({ node, start, size }) => [Number(/\d+$/.exec(node)?.[0]), start, size]);
}

function placesOf({ partitions }: DiskLayout): [number, number, number][] {
  return Object.values(partitions)
    .map(({ number, start, sectors }): [number, number, number] => [number, start, sectors])
    .sort((a, b) => a[0] - b[0]);
}

async function rejects(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  assert.match(error?.message ?? 'nothing was thrown', message);
}

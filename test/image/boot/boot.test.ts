// SPDX-License-Identifier: MIT
/** GRUB itself, in an emulator, with a kernel that only prints its command line: which slot is started, and what
 * stands in the boot state afterwards. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type BootState, confirmed, formatBlock, newest, parseBlock } from '../../../src/agent/boot-state.ts';
import { imageToolsStage } from '../../../src/image/archive-tools.ts';
import { grubStages } from '../../../src/image/boot/grub-tools.ts';
import { loaderStage } from '../../../src/image/boot/loader-stage.ts';
import { StageCache } from '../../../src/image/cache.ts';
import { cacheDir } from '../../../src/image/cache-dir.ts';
import { dataPartitionStage } from '../../../src/image/disk/data-partition.ts';
import { diskStage } from '../../../src/image/disk/disk-stage.ts';
import { layoutFromYaml, sectorSize } from '../../../src/image/disk/layout.ts';
import { stateBlockSectors, statePartitionStage } from '../../../src/image/disk/state-partition.ts';
import { runStages } from '../../../src/image/runner.ts';
import { Sources } from '../../../src/image/sources/sources.ts';
import type { Stage } from '../../../src/image/stage.ts';
import { needs } from '../needs.ts';
import { scratch } from '../scratch.ts';

await needs('binutils', 'qemu-system-x86');

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const yaml = await readFile(join(here, '../../../board/disk.yaml'), 'utf8');
const layout = layoutFromYaml(yaml, 'board/disk.yaml', '504c4131');
const dir = scratch();
const fresh = join(dir, 'fresh.img');

/** A slot with the kernel that prints its command line. */
const slotStage: Stage = {
  id: 'slot',
  inputs: null,
  deps: [],
  async run(ctx) {
    const boot = join(ctx.work, 'slot/boot');
    await mkdir(boot, { recursive: true });
    await ctx.exec(['as', '--32', '-o', 'kernel.o', join(here, 'stub-kernel.s')]);
    await ctx.exec(['objcopy', '-O', 'binary', '-j', '.text', 'kernel.o', join(boot, 'vmlinuz')]);
    const options = ['-comp', 'xz', '-quiet', '-no-progress', '-all-root'];
    await ctx.exec(['mksquashfs', 'slot', join(ctx.out, 'rootfs.squashfs'), options]);
  },
};

const blocks = await makeDisk();

const test = suite('GRUB and the boot state');

test('a fresh disk starts slot a and takes a try from it', async () => {
  const disk = await newDisk();
  const said = await start(disk);
  assert.match(
    said,
    /kernel started with: <BOOT_IMAGE=\(hd0,msdos2\)\/boot\/vmlinuz root=PARTUUID=504c4131-02 ro /,
  );
  assert.match(said, / plait\.slot=a>/);
  assert.is(await state(disk), 'seq 2 a 2/3');
});

test('after three starts without confirmation the other slot is started, after three more it begins anew', async () => {
  const disk = await newDisk();
  const slots: string[] = [];
  for (let i = 0; i < 8; i++) slots.push(slotOf(await start(disk)));
  assert.equal(slots.join(''), 'aaabbbbb');
  assert.is(await state(disk), 'seq 0 b 3/1');
});

test('a confirmed slot keeps being started', async () => {
  const disk = await newDisk();
  for (let i = 0; i < 5; i++) {
    assert.is(slotOf(await start(disk)), 'a');
    const { state: now } = newest(await readBlocks(disk));
    const next = confirmed(now, 'a');
    assert.ok(next, 'a try was taken, so there is something to confirm');
    await writeOlder(disk, formatBlock(next as BootState));
  }
});

test('the state written last decides, in whichever block it stands', async () => {
  for (const at of [0, 1]) {
    for (const seq of [0, 1, 2]) {
      const disk = await newDisk();
      await writeBlock(disk, at, block({ seq: (seq + 1) % 3, active: 'b' }));
      await writeBlock(disk, 1 - at, block({ seq }));
      assert.is(slotOf(await start(disk)), 'b', `newer block ${at}, seq ${(seq + 1) % 3}`);
      assert.is(await state(disk), `seq ${(seq + 2) % 3} b 3/2`);
    }
  }
});

test('a block that was being written when the power went does not count', async () => {
  const torn = [
    block({ seq: 2, active: 'b' }).replace('lock=2', 'lock=1'),
    block({ seq: 2, active: 'b' }).replace('tries_a=3', 'tries_a=9'),
    block({ seq: 2, active: 'b' }).replace('active=b', 'active=c'),
    block({ seq: 2, active: 'b' }).replace(/tries_b=3\nlock=2\n/, '#'.repeat(17)),
    `${block({ seq: 2, active: 'b' }).slice(0, 20)}${'\xff'.repeat(1004)}`,
    '\0'.repeat(1024),
  ];
  for (const text of torn) {
    const disk = await newDisk();
    await writeBlock(disk, 0, text);
    assert.is(slotOf(await start(disk)), 'a', JSON.stringify(text.slice(0, 80)));
    assert.match(await state(disk), /^seq \d a 2\/3$/);
  }
});

test('with one block unreadable for good, tries are still counted', async () => {
  const disk = await newDisk();
  await writeBlock(disk, 0, '\xff'.repeat(1024));
  const slots: string[] = [];
  for (let i = 0; i < 4; i++) slots.push(slotOf(await start(disk)));
  assert.equal(slots.join(''), 'aaab');
});

test('with both blocks unreadable slot a is started', async () => {
  const disk = await newDisk();
  for (const at of [0, 1]) await writeBlock(disk, at, '\xff'.repeat(1024));
  const said = await start(disk);
  assert.match(said, /neither block is whole/);
  assert.is(slotOf(said), 'a');
});

test('with both blocks inconsistent slot a is started and the state is written anew', async () => {
  const disk = await newDisk();
  for (const at of [0, 1]) await writeBlock(disk, at, block({ seq: at }).replace('lock=', 'lock=7'));
  assert.is(slotOf(await start(disk)), 'a');
  assert.is(await state(disk), 'seq 1 a 2/3');
});

test('a slot whose kernel cannot be loaded gives way to the other one at once', async () => {
  const disk = await newDisk();
  await destroy(disk, 'slot-a');
  const said = await start(disk);
  assert.match(said, /Slot a holds no kernel that can be loaded/);
  assert.is(slotOf(said), 'b');
  assert.is(await state(disk), 'seq 0 b 0/2');
});

test('a slot that cannot be loaded gives way even to one that is out of tries', async () => {
  const disk = await newDisk();
  await destroy(disk, 'slot-b');
  await writeOlder(disk, block({ seq: 2, active: 'b', a: 0 }));
  assert.is(slotOf(await start(disk)), 'a');
});

test('with both slots destroyed it says so and tries again', async () => {
  const disk = await newDisk();
  await destroy(disk, 'slot-a');
  await destroy(disk, 'slot-b');
  assert.match(await start(disk), /Neither slot can be booted; trying again in 10 s/);
});

test.run();

/** Makes the disk `fresh` by the pipeline's own stages; gives the sectors of the boot state blocks. */
async function makeDisk(): Promise<readonly [number, number]> {
  const { signal } = new AbortController();
  const sources = new Sources({ cache: cacheDir(), signal });
  const grub = await grubStages(sources);
  const tools = await imageToolsStage(sources);
  const bootState = await statePartitionStage(layout.partitions.state, tools);
  const boot = { layout, console: { unit: 0, speed: 115200 }, cmdline: ['ro', 'console=ttyS0,115200n8'] };
  const loader = await loaderStage(boot, grub);
  const data = await dataPartitionStage(layout, tools);
  const disk = await diskStage({
    layout,
    loader,
    state: bootState,
    squashfs: slotStage,
    data,
    tools,
    name: 'test',
  });
  const cache = new StageCache(join(dir, 'cache'));
  const results = await runStages([disk, bootState], { cache, logs: join(dir, 'logs'), epoch: 1 });
  await copyFile(join(results.get('disk')?.out ?? '', 'test.img'), fresh);
  return stateBlockSectors(results.get('boot-state')?.out ?? '');
}

let disks = 0;

async function newDisk(): Promise<string> {
  const path = join(dir, `disk${disks++}.img`);
  await run('cp', ['--sparse=always', fresh, path]);
  return path;
}

/** Starts the disk in an emulator until it resets; gives what came over the serial port. */
async function start(disk: string): Promise<string> {
  const drive = `file=${disk},format=raw,if=ide,cache=writeback`;
  const argv = [
    '-m',
    '64',
    '-display',
    'none',
    '-serial',
    'stdio',
    '-no-reboot',
    '-nic',
    'none',
    '-drive',
    drive,
  ];
  const { stdout } = await run('qemu-system-i386', ['-machine', 'pc,accel=tcg', ...argv], {
    timeout: 60_000,
  });
  return stdout;
}

function slotOf(said: string): string {
  return / plait\.slot=([ab])>/.exec(said)?.[1] ?? `(no kernel was started: ${said})`;
}

/** A block as the agent writes it; what is not told is that of a fresh disk. */
function block({
  seq = 0,
  active = 'a',
  a = 3,
  b = 3,
}: {
  seq?: number;
  active?: 'a' | 'b';
  a?: number;
  b?: number;
}) {
  return formatBlock({ seq, active, tries: { a, b } });
}

async function writeBlock(disk: string, at: number, text: string): Promise<void> {
  await writeAt(disk, (blocks[at] ?? 0) * sectorSize, Buffer.from(text, 'latin1'));
}

/** Writes as the agent does: over the block that is not the newest. */
async function writeOlder(disk: string, text: string): Promise<void> {
  await writeBlock(disk, newest(await readBlocks(disk)).writeNext, text);
}

/** The state in force, as the agent sees it: `seq 2 a 2/3`. */
async function state(disk: string): Promise<string> {
  const read = await readBlocks(disk);
  assert.ok(read[0] || read[1], 'no valid boot state on the disk');
  const { seq, active, tries } = newest(read).state;
  return `seq ${seq} ${active} ${tries.a}/${tries.b}`;
}

async function readBlocks(disk: string): Promise<[BootState | undefined, BootState | undefined]> {
  const read = async (lba: number) =>
    parseBlock((await readAt(disk, lba * sectorSize, 512)).toString('latin1'));
  return [await read(blocks[0]), await read(blocks[1])];
}

async function destroy(disk: string, name: 'slot-a' | 'slot-b'): Promise<void> {
  await writeAt(disk, layout.partitions[name].start * sectorSize, Buffer.alloc(4096, 0xff));
}

async function writeAt(path: string, position: number, bytes: Buffer): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, position).finally(() => file.close());
}

async function readAt(path: string, position: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, position).finally(() => file.close());
  return buffer;
}

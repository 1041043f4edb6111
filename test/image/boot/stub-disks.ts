// SPDX-License-Identifier: MIT
/** A disk of the pipeline's own stages, whose slots hold a kernel that only prints its command line; and a machine for it. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { type BootState, formatBlock, newest, parseBlock } from '../../../src/agent/boot-state.ts';
import { imageToolsStage } from '../../../src/image/archive-tools.ts';
import type { Firmware } from '../../../src/image/board.ts';
import { grubStages } from '../../../src/image/boot/grub-tools.ts';
import { loaderStage } from '../../../src/image/boot/loader-stage.ts';
import { StageCache } from '../../../src/image/cache.ts';
import { cacheDir } from '../../../src/image/cache-dir.ts';
import { dataPartitionStage } from '../../../src/image/disk/data-partition.ts';
import { diskStage } from '../../../src/image/disk/disk-stage.ts';
import { efiPartitionStage } from '../../../src/image/disk/efi-partition.ts';
import {
  type DiskFacts,
  type DiskLayout,
  layoutFromYaml,
  sectorSize,
} from '../../../src/image/disk/layout.ts';
import { stateBlockSectors, statePartitionStage } from '../../../src/image/disk/state-partition.ts';
import { runStages } from '../../../src/image/runner.ts';
import { Sources } from '../../../src/image/sources/sources.ts';
import type { Stage } from '../../../src/image/stage.ts';
import { efiFirmware } from '../../../src/machine/firmware.ts';
import { scratch } from '../scratch.ts';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));

/** Milliseconds for one start: UEFI takes some seconds in an emulator before GRUB begins. */
const START = 240_000;

/** A slot with the kernel that prints its command line. */
const slotStage = (tools: Stage): Stage => ({
  id: 'slot',
  inputs: null,
  deps: [tools],
  async run(ctx) {
    const boot = join(ctx.work, 'slot/boot');
    await mkdir(boot, { recursive: true });
    await ctx.exec(['as', '--32', '-o', 'kernel.o', join(here, 'stub-kernel.s')]);
    await ctx.exec(['objcopy', '-O', 'binary', '-j', '.text', 'kernel.o', join(boot, 'vmlinuz')]);
    const options = ['-comp', 'xz', '-quiet', '-no-progress', '-all-root'];
    const mksquashfs = join(ctx.output(tools), 'bin/mksquashfs');
    await ctx.exec([mksquashfs, 'slot', join(ctx.out, 'rootfs.squashfs'), options]);
  },
});

export interface StubOptions extends DiskFacts {
  /** GRUB shows itself on the screen too. */
  readonly screen: boolean;
}

/** Fresh disks of one layout, and what stands on them. */
export class StubDisks {
  readonly layout: DiskLayout;
  /** A disk as it is flashed. */
  readonly fresh: string;
  readonly #dir: string;
  readonly #blocks: readonly [number, number];
  #disks = 0;

  static async make(options: StubOptions): Promise<StubDisks> {
    const yaml = await readFile(join(here, '../../../board/disk.yaml'), 'utf8');
    const layout = layoutFromYaml(yaml, 'board/disk.yaml', options);
    const dir = scratch();
    const { signal } = new AbortController();
    const sources = new Sources({ cache: cacheDir(), signal });
    const grub = await grubStages(sources, options.firmware);
    const tools = await imageToolsStage(sources);
    const bootState = await statePartitionStage(layout.partitions.state, tools);
    const console = { unit: 0, speed: 115200, screen: options.screen };
    const loader = await loaderStage({ layout, console, cmdline: ['ro', 'console=ttyS0,115200n8'] }, grub);
    const { efi } = layout.partitions;
    const disk = await diskStage({
      layout,
      loader,
      ...(efi ? { efi: await efiPartitionStage(efi, loader, tools) } : {}),
      state: bootState,
      squashfs: slotStage(tools),
      data: await dataPartitionStage(layout, tools),
      tools,
      name: 'test',
    });
    const cache = new StageCache(join(dir, 'cache'));
    const results = await runStages([disk, bootState], { cache, logs: join(dir, 'logs'), epoch: 1 });
    const fresh = join(dir, 'fresh.img');
    await copyFile(join(results.get('disk')?.out ?? '', 'test.img'), fresh);
    const blocks = await stateBlockSectors(results.get('boot-state')?.out ?? '');
    return new StubDisks(layout, fresh, dir, blocks);
  }

  private constructor(layout: DiskLayout, fresh: string, dir: string, blocks: readonly [number, number]) {
    this.layout = layout;
    this.fresh = fresh;
    this.#dir = dir;
    this.#blocks = blocks;
  }

  async newDisk(): Promise<string> {
    const path = join(this.#dir, `disk${this.#disks++}.img`);
    await run('cp', ['--sparse=always', this.fresh, path]);
    return path;
  }

  async writeBlock(disk: string, at: number, text: string): Promise<void> {
    await writeAt(disk, (this.#blocks[at] ?? 0) * sectorSize, Buffer.from(text, 'latin1'));
  }

  /** Writes as the agent does: over the block that is not the newest. */
  async writeOlder(disk: string, text: string): Promise<void> {
    await this.writeBlock(disk, newest(await this.readBlocks(disk)).writeNext, text);
  }

  /** The state in force, as the agent sees it: `seq 2 a 2/3`. */
  async state(disk: string): Promise<string> {
    const read = await this.readBlocks(disk);
    assert.ok(read[0] || read[1], 'no valid boot state on the disk');
    const { seq, active, tries } = newest(read).state;
    return `seq ${seq} ${active} ${tries.a}/${tries.b}`;
  }

  async readBlocks(disk: string): Promise<[BootState | undefined, BootState | undefined]> {
    const read = async (lba: number) =>
      parseBlock((await readAt(disk, lba * sectorSize, 512)).toString('latin1'));
    return [await read(this.#blocks[0]), await read(this.#blocks[1])];
  }

  async destroy(disk: string, name: 'slot-a' | 'slot-b'): Promise<void> {
    await writeAt(disk, this.layout.partitions[name].start * sectorSize, Buffer.alloc(4096, 0xff));
  }
}

/** Starts the disk in an emulator until it resets; gives what came over the serial port. */
export async function start(disk: string, firmware: Firmware = 'bios'): Promise<string> {
  const drive = `file=${disk},format=raw,if=ide,cache=writeback`;
  const memory = { bios: '64', efi: '256' }[firmware];
  const argv = [
    ...['-machine', 'pc,accel=tcg', '-m', memory, '-display', 'none', '-serial', 'stdio', '-no-reboot'],
    ...(firmware === 'efi' ? ['-bios', efiFirmware] : []),
    ...['-nic', 'none', '-drive', drive],
  ];
  const emulator = { bios: 'qemu-system-i386', efi: 'qemu-system-x86_64' }[firmware];
  const { stdout } = await run(emulator, argv, { timeout: START });
  return stdout;
}

export function slotOf(said: string): string {
  return / plait\.slot=([ab])>/.exec(said)?.[1] ?? `(no kernel was started: ${said})`;
}

/** A block as the agent writes it; what is not told is that of a fresh disk. */
export function block({
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

async function writeAt(path: string, position: number, bytes: Buffer): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, position).finally(() => file.close());
}

async function readAt(path: string, position: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, position).finally(() => file.close());
  return buffer;
}

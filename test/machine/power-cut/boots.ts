// SPDX-License-Identifier: MIT
/** Starts boards from cards whose power was cut: the judgement is held against the boot loader itself, and against whole boots. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { SlotStatus } from '../../../src/agent/commands/slots.ts';
import { eachLimited } from '../../../src/image/each-limited.ts';
import { type Cut, cutText, momentOf } from '../../../src/machine/write-log/cut.ts';
import { DiskAfterCut } from '../../../src/machine/write-log/disk-after-cut.ts';
import { type Guest, SECONDS, using } from '../guest.ts';
import type { ShippedImage } from '../images.ts';
import { triesOf } from './boot-facts.ts';
import { allowedAt } from './history.ts';
import type { OpenScene } from './scene.ts';

/** GRUB alone takes less than a second; the machine may be busy. */
const GRUB = 60 * SECONDS;
/** So many boards at a time. */
const AT_A_TIME = 2;
/** Kilobytes that the data file system has when it was grown to the card's end: 162 MiB, less its own tables. */
const GROWN_KB = 140_000;

export interface BootScene {
  readonly scene: OpenScene;
  readonly image: ShippedImage;
  readonly folder: string;
}

/** One cut for each state of the boot loader and content of the slots. */
export function differentForGrub({ scene }: BootScene, cuts: readonly Cut[]): Cut[] {
  const classes = new Map<string, Cut>();
  for (const cut of cuts) {
    const name = JSON.stringify(scene.boot.read(diskAfter(scene, cut)));
    if (!classes.has(name)) classes.set(name, cut);
  }
  return [...classes.values()];
}

/** One cut for each content of the disk: an entry that only flushes changes none. */
export function differentForAll({ scene }: BootScene, cuts: readonly Cut[]): Cut[] {
  const contents = new Map<string, Cut>();
  for (const cut of cuts) {
    // The later one: more is promised of it.
    contents.set(diskAfter(scene, cut).contentKey(0, scene.before.size), cut);
  }
  return [...contents.values()];
}

/** GRUB says what it starts, then the power goes again, `cycles` times. */
export async function grubChoosesAsTold(
  boots: BootScene,
  cuts: readonly Cut[],
  cycles: number,
): Promise<void> {
  await eachLimited(cuts, AT_A_TIME, async (cut) => {
    const { scene } = boots;
    const disk = diskAfter(scene, cut);
    await withBoard(boots, cut, disk, async (board) => {
      for (const { tried } of triesOf(scene.boot.read(disk), cycles)) {
        for (const slot of tried) {
          const { groups } = await board.console.expect(/starting slot ([ab])/, { timeout: GRUB });
          assert.is(groups[0], slot, `GRUB after ${cutText(cut)}`);
        }
        await board.machine.reset();
      }
    });
  });
}

/** The board comes up, tells the truth about its slots, and has its configuration and all of its card. */
export async function bootsWhole(boots: BootScene, cuts: readonly Cut[]): Promise<void> {
  await eachLimited(cuts, AT_A_TIME, async (cut) => {
    const { scene } = boots;
    const disk = diskAfter(scene, cut);
    const { slots } = scene.boot.read(disk);
    const after = `after ${cutText(cut)}`;
    await withBoard(boots, cut, disk, async (board) => {
      await board.up();
      const told = JSON.parse(await board.ask('plaitctl slots --json')) as { slots: SlotStatus[] };
      const running = told.slots.find((slot) => slot.running)?.slot ?? 'a';
      assert.ok(
        allowedAt(scene.expected.versions, momentOf(cut)).includes(slots[running]),
        `${after}: runs ${slots[running]}`,
      );
      for (const { slot, state, next, triesLeft } of told.slots) {
        const said = `${after}: slot ${slot}, ${slots[slot]}, is said to be ${state}`;
        // An upgrade says that a slot is empty before it makes it so, never the other way round.
        if (slots[slot] === 'empty') assert.is(state, 'empty', said);
        if (next) assert.ok(triesLeft > 0 && state !== 'failed' && state !== 'empty', `${said} and next`);
      }
      const { config, hostname, failedParts } = await board.status();
      assert.equal([config.source, failedParts], ['confirmed', []], after);
      const names = allowedAt(scene.expected.configurations, momentOf(cut)).map(
        (text) => /^hostname: (.*)$/m.exec(text)?.[1],
      );
      assert.ok(names.includes(hostname), `${after}: its name is ${hostname}`);
      const [, size] = (await board.ask('df -k /data | tail -n 1')).split(/\s+/);
      assert.ok(Number(size) > GROWN_KB, `${after}: /data has ${size} kB`);
    });
  });
}

function diskAfter({ before, log }: OpenScene, cut: Cut): DiskAfterCut {
  return new DiskAfterCut(before, log, cut);
}

async function withBoard(
  { image, folder }: BootScene,
  cut: Cut,
  disk: DiskAfterCut,
  body: (board: Guest) => Promise<void>,
): Promise<void> {
  const name = `power-cut-${cutText(cut).replace(/\W/g, '-').slice(0, 40)}`;
  const file = join(folder, `${name}.img`);
  disk.extract(file, 0, disk.size);
  try {
    await using({ name, image, file, inPlace: true, plugs: [{ to: 'nothing' }, { to: 'user' }] }, body);
  } finally {
    rmSync(file, { force: true });
  }
}

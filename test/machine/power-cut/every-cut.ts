// SPDX-License-Identifier: MIT
/** Cuts of one step of a recording, and what is said of them. */
import * as assert from 'uvu/assert';
import {
  betweenEntries,
  type Cut,
  lostCaches,
  type Stretch,
  tornWrites,
} from '../../../src/machine/write-log/cut.ts';
import { judgeAll } from './judge.ts';
import type { Recording } from './recording.ts';
import type { OpenScene } from './scene.ts';

/** Where a step begins and ends. */
export function stretchOf({ steps, entries }: Recording, name: string): Stretch {
  const index = steps.findIndex((step) => step.name === name);
  const from = steps[index]?.from;
  if (from === undefined) throw new Error(`the recording has no step "${name}"`);
  return { from, to: steps[index + 1]?.from ?? entries };
}

/**
 * Between all entries, within each write of the partition table and the boot state, and with a cache that is lost: `most` parts
 * of it for each flush.
 */
export function cutsOf(
  { log, layout }: Pick<OpenScene, 'log' | 'layout'>,
  stretch: Stretch,
  most: number,
): Cut[] {
  const firstSlot = layout.partitions['slot-a'].start;
  return [
    ...betweenEntries(stretch),
    ...tornWrites(log.entries, stretch, ({ sector }) => sector < firstSlot),
    ...lostCaches(log.entries, stretch, { most, seed: 1 }),
  ];
}

/** Says `N of N`, and fails with the first faults. */
export async function mustSurvive(scene: OpenScene, name: string, cuts: readonly Cut[]): Promise<void> {
  const { faults } = await judgeAll(scene, cuts);
  const bad = new Set(faults.map(({ cut }) => cut)).size;
  console.log(`${name}: ${cuts.length - bad} of ${cuts.length} power cuts survived`);
  const told = faults.slice(0, 10).map(({ cut, what }) => `after ${cut}: ${what}`);
  assert.is(
    bad,
    0,
    `${name}: ${bad} of ${cuts.length} power cuts leave a board that is not right:\n${told.join('\n')}`,
  );
}

/** The same run on a disk that says of each flush that it is done, and does nothing. */
export function lying({ log, ...scene }: OpenScene): OpenScene {
  const entries = log.entries.map((entry) => ({ ...entry, flush: false }));
  return { ...scene, log: { sectorSize: log.sectorSize, entries, read: log.read.bind(log) } };
}

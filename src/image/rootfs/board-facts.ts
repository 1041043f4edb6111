// SPDX-License-Identifier: MIT
import type { Board } from '../board.ts';
import { type DiskLayout, partUuid } from '../disk/layout.ts';

/**
 * `/etc/plait/board.json`: what the agent has to know of the board and its disk. `stateBlocks` are the sectors on the
 * disk at which the two boot state blocks begin, `minVersion` the oldest version whose bundle is taken.
 */
export function boardFacts(
  board: Board,
  layout: DiskLayout,
  stateBlocks: readonly [number, number],
  minVersion: string,
): string {
  const { state, data } = layout.partitions;
  const slot = (name: 'a' | 'b') => {
    const { number } = layout.partitions[`slot-${name}`];
    return { name, partition: number, root: `PARTUUID=${partUuid(layout, `slot-${name}`)}` };
  };
  const facts = {
    board: board.name,
    title: board.title,
    minVersion,
    ...(board.disk.device === undefined ? {} : { disk: board.disk.device }),
    disklayout: {
      signature: layout.signature,
      bootState: { partition: state.number },
      bootStateBlocks: stateBlocks,
      slots: [slot('a'), slot('b')],
      slotLimit: layout.slotLimit,
      data: { partition: data.number, start: data.start },
    },
    console: { tty: `ttyS${board.console.unit}`, speed: board.console.speed },
    ...(board.watchdog === undefined ? {} : { watchdog: board.watchdog }),
  };
  return `${JSON.stringify(facts, null, 2)}\n`;
}

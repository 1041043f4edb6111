// SPDX-License-Identifier: MIT
/** An update that never gets to work: the board goes back by itself, and says why. */

import * as assert from 'uvu/assert';
import { suite } from '../support/suite.ts';
import { comesBack, endBoard, type SlotScene, startBoard } from './failing-slots.ts';
import { crashingAgent } from './slot-faults.ts';

// GRUB's three tries are shown by boot.test.ts, and with updates by failing-slots.slow.ts.
const UPDATES = [{ build: 'crashing', alter: crashingAgent, tries: 1 }] as const;

const failing = suite<SlotScene>('A board with an update that never gets to work');

failing.before((scene) => startBoard(scene, 'failing-slots', UPDATES));
failing.after(endBoard);

failing('goes back when the agent ends again and again', async ({ board }) => {
  const { firmware, config } = await comesBack(board, 0, 1);
  assert.is(config.source, 'confirmed');
  assert.is(firmware?.other?.state, 'failed');
  assert.equal(firmware?.other?.reason, { code: 'agent-crash-loop', details: ['with status 7'] });
  assert.equal(firmware?.lastEnd, { slot: 'b', code: 'agent-crash-loop', details: ['with status 7'] });
  const told = await board.ask('plaitctl status');
  assert.match(told, 'firmware: slot b failed: its agent ended again and again: with status 7');
});

failing.run();

// SPDX-License-Identifier: MIT
/** Updates that start, and then do not do what the firmware before them did: the board goes back by itself. */

import * as assert from 'uvu/assert';
import { suite } from '../support/suite.ts';
import { comesBack, endBoard, type SlotScene, startBoard } from './failing-slots.ts';
import {
  crashingAgent,
  deafDhcpClient,
  emptyModules,
  frozenStart,
  proofTime,
  refusedConfiguration,
} from './slot-faults.ts';
import { install } from './updates.ts';

/** The agent looks after a minute for the first time; the usual five minutes are a test's whole patience. */
const PROOF = proofTime(75);
const both = (alter: (root: string) => Promise<void>) => async (root: string) => {
  await alter(root);
  await PROOF(root);
};

const UPDATES = [
  { build: 'crashing', alter: crashingAgent },
  { build: 'no-modules', alter: both(emptyModules) },
  { build: 'refuses', alter: both(refusedConfiguration) },
  { build: 'no-lease', alter: both(deafDhcpClient) },
  { build: 'good', alter: async () => {} },
  { build: 'frozen', alter: frozenStart, tries: 1 },
] as const;

const failing = suite<SlotScene>('A board with an update that works worse than the firmware before');

failing.before(async (scene) => {
  await startBoard(scene, 'worse-slots', UPDATES);
  const proved = ({ firmware }: { firmware?: { state: string } }) => firmware?.state === 'proved';
  await scene.board.untilStatus('slot A is proved', proved, 240_000);
});
failing.after(endBoard);

failing('has three tries with an agent that ends again and again', async ({ board }) => {
  const { firmware } = await comesBack(board, 0, 3);
  assert.equal(firmware?.other?.reason, { code: 'agent-crash-loop', details: ['with status 7'] });
});

failing('goes back when all stops before the agent: the watchdog resets the board', async ({ board }) => {
  const { firmware, config } = await comesBack(board, 5, 1);
  assert.is(config.source, 'confirmed');
  assert.is(firmware?.other?.state, 'failed');
  assert.is(firmware?.other?.reason?.code, 'no-agent');
  assert.is(firmware?.lastEnd?.code, 'watchdog');
  assert.is(firmware?.lastEnd?.slot, 'b');
  const told = await board.ask('plaitctl status');
  assert.match(
    told,
    'slot b failed: it was started and never got as far as its agent: the watchdog reset the board',
  );
});

for (const [index, what, detail] of [
  [1, 'no module can be loaded', /^tunnel hq|^leg hq/],
  [2, 'the configuration that was confirmed is refused', /^the configuration \(defaults\)$/],
  [3, 'the uplink that carried traffic does not any more', /^uplink wan$/],
] as const) {
  failing(`goes back when ${what}, and says so`, async ({ board }) => {
    const { firmware, config } = await comesBack(board, index, 1);
    assert.is(config.source, 'confirmed');
    assert.is(firmware?.other?.state, 'failed');
    assert.is(firmware?.other?.reason?.code, 'not-proved');
    const details = firmware?.other?.reason?.details ?? [];
    assert.ok(
      details.some((one) => detail.test(one)),
      `it waited for: ${details.join('; ')}`,
    );
    // The cable of `lte` was out before.
    assert.not(details.some((one) => one.includes('lte')));
    assert.match(await board.ask('plaitctl status'), 'slot b failed: what worked before does not work: ');
  });
}

failing(
  'keeps an update with which all works that worked before, though a cable is out',
  async ({ board }) => {
    await install(board, 4);
    await board.reboot();
    assert.match(await board.ask('cat /proc/cmdline'), 'plait.slot=b');
    const proved = ({ firmware }: { firmware?: { state: string } }) => firmware?.state === 'proved';
    await board.untilStatus('slot B is proved', proved, 240_000);
    await board.machine.reset();
    await board.console.expect('starting slot b; tries left after this one: 2', { timeout: 240_000 });
  },
);

failing.run();

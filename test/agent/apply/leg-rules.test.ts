// SPDX-License-Identifier: MIT
/** Rules of tunnels: the kernel gets them whole, when they have changed, and has what it had when something else fails. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { applyPlan, dryRun, stepText } from '../../../src/agent/apply/engine.ts';
import { keyText } from '../../../src/appliance/keys.ts';
import { FACTS, type FakeBoard, fakeBoard, planOf } from '../support/board.ts';
import { PLAIT_BRANCH } from '../support/plait-boards.ts';

const ONE = '{ to: 10.0.9.0/24, protocol: udp, ports: 5060-5090, leg: dsl, order: no }';
const TWO = '{ protocol: udp, ports: 3478-3481, copies: 2 }';
const THREE = '{ dscp: ef, leg: [dsl, cable], else: drop }';
const withRules = (...rules: string[]) => `${PLAIT_BRANCH}    rules: [${rules.join(', ')}]\n`;
const RULED = withRules(ONE, TWO, THREE);

/** What of rules was asked for while the plan of this text was applied. */
async function requestsOf(board: FakeBoard, text: string): Promise<string[]> {
  board.kernel.ruled.requests.length = 0;
  const result = await applyPlan(board, planOf(text));
  assert.ok(result.ok, JSON.stringify(result));
  assert.equal(dryRun(board, planOf(text)).map(stepText), [], 'nothing is left to do');
  return [...board.kernel.ruled.requests];
}

function rulesOf(board: FakeBoard, link = 'hq') {
  const index = board.kernel.links().find(({ name }) => name === link)?.index ?? 0;
  return board.kernel.legRules(index);
}

const marks = (board: FakeBoard) => rulesOf(board)?.rules.map(({ mark }) => mark / 0x10000000);

const apply = suite('rules of tunnels');

apply('are given to the kernel once, with the names that it has for legs', async () => {
  const board = fakeBoard();
  assert.equal(await requestsOf(board, RULED), ['hq 3 rules']);
  const none = { packets: 0, elsewhere: 0, copied: 0, dropped: 0 };
  assert.equal(rulesOf(board), {
    mask: 0xf0000000,
    rules: [
      { mark: 0x10000000, legs: ['dsl'], else: 'any', order: false, copies: 1, ...none },
      { mark: 0x20000000, else: 'any', order: true, copies: 2, ...none },
      { mark: 0x30000000, legs: ['dsl', 'cable'], else: 'drop', order: true, copies: 1, ...none },
    ],
  });
  assert.match(board.kernel.firewallText(), 'oifname "hq" jump to_hq');
  const plain = `${PLAIT_BRANCH}  b: { mode: ipip, remote: { cable: 198.51.100.7 }, rules: [{ protocol: gre, leg: cable }] }\n`;
  assert.equal(await requestsOf(fakeBoard(), plain), ['b 1 rules']);
  const other = fakeBoard();
  await requestsOf(other, plain);
  assert.equal(rulesOf(other, 'b')?.rules[0]?.legs, ['b.cable']);
});

apply('are left alone by what changes elsewhere, and so are their counters', async () => {
  const board = fakeBoard();
  await requestsOf(board, RULED);
  board.kernel.ruled.count('hq', 0x10000000, { packets: 7, elsewhere: 2 });
  for (const text of [
    RULED,
    RULED.replace('hostname: branch-12', 'hostname: other'),
    RULED.replace('[10.0.0.0/16]', '[10.0.0.0/16, 10.9.0.0/16]'),
    RULED.replace('weight: 3', 'weight: 7'),
    // Only what tells packets apart: that is the other half.
    RULED.replace('5060-5090', '5060-5099'),
  ])
    assert.equal(await requestsOf(board, text), [], text);
  // Without a lease, the leg is not there.
  const result = await applyPlan(board, planOf(RULED, { ...FACTS, leases: {} }));
  assert.ok(result.ok);
  assert.equal(marks(board), [1, 2, 3]);
  assert.is(rulesOf(board)?.rules[0]?.packets, 7);
});

apply('change whole, and those of a mark that stays count on', async () => {
  const board = fakeBoard();
  await requestsOf(board, RULED);
  board.kernel.ruled.count('hq', 0x10000000, { packets: 7 });
  assert.equal(await requestsOf(board, withRules(ONE, TWO)), ['hq 2 rules']);
  assert.equal(marks(board), [1, 2]);
  assert.is(rulesOf(board)?.rules[0]?.packets, 7);
  assert.equal(await requestsOf(board, PLAIT_BRANCH), ['hq 0 rules']);
  assert.is(rulesOf(board), undefined);
  assert.not.match(board.kernel.firewallText(), 'plait_rules');
});

apply('of somebody else are put right', async () => {
  const board = fakeBoard();
  await requestsOf(board, PLAIT_BRANCH);
  const index = board.kernel.links().find(({ name }) => name === 'hq')?.index ?? 0;
  const foreign = { mask: 1, rules: [{ mark: 1, else: 'drop' as const, order: true, copies: 1 }] };
  board.kernel.setLegRules(index, foreign);
  assert.equal(await requestsOf(board, PLAIT_BRANCH), ['hq 0 rules']);
  board.kernel.setLegRules(index, foreign);
  assert.equal(await requestsOf(board, RULED), ['hq 3 rules']);
});

apply('come with a link that is made anew, and go with it', async () => {
  const board = fakeBoard();
  await requestsOf(board, RULED);
  board.kernel.deleteLink(board.kernel.links().find(({ name }) => name === 'hq')?.index ?? 0);
  assert.equal(await requestsOf(board, RULED), ['hq 3 rules']);
  await requestsOf(board, PLAIT_BRANCH.slice(0, PLAIT_BRANCH.indexOf('tunnels:')));
  assert.equal(board.kernel.ruled.snapshot(), []);
});

apply('scheduler duplicate is earliest, with two copies of what no rule fits', async () => {
  const board = fakeBoard();
  const duplicate = PLAIT_BRANCH.replace('    address: 10', '    scheduler: duplicate\n    address: 10');
  assert.equal(await requestsOf(board, duplicate), ['hq 1 rules']);
  assert.equal(marks(board), [0]);
  assert.equal([rulesOf(board)?.mask, rulesOf(board)?.rules[0]?.copies], [0, 2]);
  assert.is(board.files.content.get('/proc/sys/net/ipv4/multipath/hq/scheduler')?.trim(), 'earliest');
  const both = `${duplicate}    rules: [{ protocol: tcp, copies: 1 }, { protocol: udp, leg: dsl }]\n`;
  assert.equal(await requestsOf(board, both), ['hq 3 rules']);
  assert.equal(marks(board), [1, 2, 0]);
  assert.equal(
    rulesOf(board)?.rules.map(({ copies }) => copies),
    [1, 2, 2],
  );
});

apply('as many as there may be', async () => {
  const ports = Array.from({ length: 15 }, (_, at) => `{ protocol: udp, ports: ${at + 1}, copies: 1 }`);
  const board = fakeBoard();
  const text = withRules(...ports).replace('    address: 10', '    scheduler: duplicate\n    address: 10');
  assert.equal(await requestsOf(board, text), ['hq 16 rules']);
  assert.equal(marks(board)?.slice(-2), [15, 0]);
});

apply.run();

const refused = suite('rules of tunnels that cannot be had');

refused('a module without them is named, and all is as it was', async () => {
  const board = fakeBoard();
  board.kernel.ruled.known = false;
  assert.equal(await requestsOf(board, PLAIT_BRANCH), []);
  const before = board.snapshot();
  const result = await applyPlan(board, planOf(RULED));
  assert.is(board.snapshot(), before);
  assert.equal(
    [result.ok, !result.ok && result.reason],
    [
      false,
      'add leg rules of hq by marks 0xf0000000: the module plait_link of this kernel is too old for rules of tunnels and for scheduler duplicate',
    ],
  );
});

refused('any failure on the way is undone', async () => {
  const secret = keyText(new Uint8Array(32).fill(7));
  const others = withRules(THREE, '{ protocol: tcp, leg: cable }');
  for (const [from, to] of [
    [PLAIT_BRANCH, RULED],
    [RULED, others],
    [others, PLAIT_BRANCH],
    [RULED, PLAIT_BRANCH.slice(0, PLAIT_BRANCH.indexOf('tunnels:'))],
  ].map((texts) => texts.map((text) => planOf(text)))) {
    if (from === undefined || to === undefined) throw new Error('a change has two ends');
    let step = 0;
    for (let failed = true; failed; step++) {
      const board = fakeBoard();
      board.files.content.set('/data/keys/hq', secret);
      await applyPlan(board, from);
      const before = board.snapshot();
      board.kernel.failAt = board.kernel.changes + step;
      failed = !(await applyPlan(board, to)).ok;
      if (failed) assert.is(board.snapshot(), before, `failure ${step}`);
    }
    assert.ok(step > 2, 'failures were injected');
  }
});

refused.run();

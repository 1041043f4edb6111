// SPDX-License-Identifier: MIT
/** What the LEDs say: the table, and how few or many LEDs share it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PATTERNS, type PanelState, patternsOf } from '../../../src/agent/panel/patterns.ts';

const STATES = Object.keys(PATTERNS) as PanelState[];
const ALL = { live: 2, configured: 2 };
const text = (state: PanelState, count: number, uplinks = ALL) =>
  patternsOf(state, uplinks, count)
    .map((pattern) => (typeof pattern === 'string' ? pattern : `${pattern.on}/${pattern.off}`))
    .join(' ');

const patterns = suite('patterns of the LEDs');

for (const [state, one, three] of [
  ['counting', '100/100', '100/100 100/100 100/100'],
  ['reset', 'on', 'on on on'],
  ['starting', '500/500', '500/500 500/500 500/500'],
  ['trouble', '200/1800', 'on on on'],
  ['trial', '1800/200', 'on 500/500 on'],
  ['well', 'on', 'on off on'],
] as const) {
  patterns(`${state}: one LED shows ${one}, three show ${three}`, () => {
    assert.is(text(state, 0), '');
    assert.is(text(state, 1), one);
    assert.is(text(state, 2), three.split(' ').slice(0, 2).join(' '));
    assert.is(text(state, 3), three);
    assert.is(text(state, 5), `${three} off off`);
  });
}

patterns(
  'the third is dark without a live uplink, blinks when some are live, and is lit when all are',
  () => {
    for (const state of ['trouble', 'trial', 'well'] as const) {
      const third = (live: number, configured: number) => text(state, 3, { live, configured }).split(' ')[2];
      assert.is(third(0, 0), 'off');
      assert.is(third(0, 3), 'off');
      assert.is(third(1, 3), '500/500');
      assert.is(third(3, 3), 'on');
    }
  },
);

patterns('two LEDs tell every two states apart, save trouble and the end of a reset', () => {
  for (const [index, state] of STATES.entries())
    for (const other of STATES.slice(index + 1)) {
      const same = text(state, 2) === text(other, 2);
      assert.is(same, [state, other].sort().join() === 'reset,trouble', `${state}, ${other}`);
    }
});

patterns('one LED tells well from all that is not, while nobody holds the button', () => {
  for (const state of STATES)
    assert.is(text(state, 1) === text('well', 1), state === 'well' || state === 'reset', state);
});

patterns.run();

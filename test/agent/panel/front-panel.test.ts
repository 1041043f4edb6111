// SPDX-License-Identifier: MIT
/** Who writes the LEDs when, and that nothing of it disturbs the agent. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FrontPanel } from '../../../src/agent/panel/front-panel.ts';
import { SysfsLeds } from '../support/fake-panel.ts';
import { FakeClock, FakeFiles } from '../support/fake-ports.ts';

function scene(names: readonly string[]) {
  const files = new FakeFiles();
  const clock = new FakeClock();
  const leds = new SysfsLeds(files, names);
  const panel = new FrontPanel({ files, clock, log: () => undefined });
  return { files, clock, leds, panel, shown: () => names.map((name) => leds.shows(name)).join(' ') };
}

const ALIX = ['alix:0', 'alix:1', 'alix:2'];
const BOTH = { live: 2, configured: 2 };
const panels = suite('front panel');

for (const names of [
  ALIX,
  ['alix:1', 'alix:2', 'alix:3'],
  ['apu:green:1', 'apu:green:2', 'apu:green:3'],
  ['apu2:green:led1', 'apu2:green:led2', 'apu2:green:led3'],
]) {
  panels(`${names[0]} and its neighbours show a state, in the order of their names`, () => {
    const { panel, shown } = scene(names);
    panel.show('trial', BOTH);
    assert.is(shown(), 'on 500/500 on');
    panel.show('well', { live: 1, configured: 2 });
    assert.is(shown(), 'on off 500/500');
    panel.show('counting');
    assert.is(shown(), '100/100 100/100 100/100');
    panel.show('trouble');
    assert.is(shown(), 'on on off');
  });
}

panels('writes what changes, and nothing else', () => {
  const { leds, panel } = scene(ALIX);
  panel.show('well', BOTH);
  leds.written.length = 0;
  panel.show('well', BOTH);
  assert.equal(leds.written, []);
  panel.show('trial', BOTH);
  assert.equal(leds.written, ['alix:1 trigger timer', 'alix:1 delay_on 500', 'alix:1 delay_off 500']);
});

panels("LEDs that are not the board's are left alone", () => {
  const { leds, panel, shown } = scene(['alix:0', 'input3::numlock', 'mmc0::']);
  panel.show('trouble');
  assert.is(shown(), '200/1800 off off');
  assert.ok(leds.written.every((one) => one.startsWith('alix:0 ')));
});

panels('a LED that fails is tried again with the next change, and the others go on', () => {
  const { leds, panel, shown } = scene(ALIX);
  leds.broken.add('alix:0');
  panel.show('trouble', BOTH);
  assert.is(shown(), 'off on on');
  leds.broken.clear();
  panel.show('well', BOTH);
  assert.is(shown(), 'on off on');
});

panels('no LEDs, and files that fail, disturb nobody', () => {
  const { files, panel, leds } = scene([]);
  panel.show('well', BOTH);
  assert.equal(leds.written, []);
  files.list = () => {
    throw new Error('no sysfs');
  };
  panel.show('trouble', BOTH);
});

panels('what is borrowed is not written, and comes back with what is to be shown by then', async () => {
  const { clock, files, leds, panel, shown } = scene(ALIX);
  panel.show('well', BOTH);
  panel.lend(30);
  files.poke('/sys/class/leds/alix:0/brightness', '0');
  leds.written.length = 0;
  panel.show('trouble', BOTH);
  assert.equal(leds.written, []);
  panel.lend(0);
  assert.is(shown(), 'on on on');
  panel.lend(30);
  files.poke('/sys/class/leds/alix:2/trigger', 'heartbeat');
  await clock.advance(29_000);
  panel.show('well', BOTH);
  assert.ok(files.content.get('/sys/class/leds/alix:2/trigger')?.includes('[heartbeat]'));
  await clock.advance(2_000);
  assert.is(shown(), 'on off on', 'who borrowed them has crashed');
});

panels.run();

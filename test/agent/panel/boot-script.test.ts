// SPDX-License-Identifier: MIT
/** S02leds as the board's shell runs it, and who calls it: without an agent no LED says that all is well. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { $ } from 'zx';
import { boardLeds } from '../../../src/agent/panel/board-leds.ts';
import { patternsOf } from '../../../src/agent/panel/patterns.ts';
import { needs } from '../../image/needs.ts';
import { suite } from '../../support/suite.ts';
import { FakeFiles } from '../support/fake-ports.ts';

const OVERLAY = new URL('../../../overlay/', import.meta.url);
const NAMES = [
  ...[
    'alix:0',
    'alix:3',
    'apu:green:1',
    'apu2:green:led1',
    'apu22:x',
    'xalix:0',
    'apux:1',
    'input3::numlock',
    'mmc0::',
  ],
];

const script = suite('S02leds');
script.before(() => needs('busybox'));

script("blinks the LEDs that are the board's, as the agent does while it starts", async () => {
  const root = mkdtempSync(join(tmpdir(), 'plait-leds-'));
  try {
    const led = (name: string, file = '') => join(root, 'leds', name, file);
    for (const name of NAMES) {
      mkdirSync(led(name), { recursive: true });
      for (const file of ['trigger', 'delay_on', 'delay_off']) writeFileSync(led(name, file), 'x\n');
    }
    const text = readFileSync(new URL('etc/init.d/S02leds', OVERLAY), 'utf8');
    const file = join(root, 'S02leds');
    writeFileSync(file, text.replaceAll('/sys/class', root));
    await $({ quiet: true })`busybox sh ${file}`;
    const read = (name: string) =>
      ['trigger', 'delay_on', 'delay_off']
        .map((one) => readFileSync(led(name, one), 'utf8').trim())
        .join(' ');
    const blinking = NAMES.filter((name) => read(name) === 'timer 500 500');
    const known = new FakeFiles(
      Object.fromEntries(NAMES.map((name) => [`/sys/class/leds/${name}/trigger`, 'none\n'])),
    );
    assert.equal(blinking.sort(), boardLeds(known));
    assert.ok(NAMES.every((name) => blinking.includes(name) || read(name) === 'x x x'));
    for (const count of [1, 3])
      assert.ok(
        patternsOf('starting', { live: 0, configured: 0 }, count).every(
          (pattern) => typeof pattern === 'object' && pattern.on === 500 && pattern.off === 500,
        ),
      );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

script('a board without LEDs is no failure', async () => {
  const { exitCode, stderr } = await $({
    quiet: true,
    nothrow: true,
  })`busybox sh ${fileURLToPath(new URL('etc/init.d/S02leds', OVERLAY))}`;
  assert.is(exitCode, 0);
  assert.is(stderr, '');
});

script('runs whenever an agent has ended, before the next one starts', () => {
  const text = readFileSync(new URL('usr/lib/plait/run-plaitd', OVERLAY), 'utf8');
  assert.match(text, /^\/usr\/sbin\/plaitd\nstatus=\$\?\n\/etc\/init\.d\/S02leds\nusleep /m);
});

script.run();

// SPDX-License-Identifier: MIT
/** What `plait console` makes of keys, and which ports it finds. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EscapeKeys } from '../../src/cli/escape-keys.ts';
import { isUsb, serialPorts } from '../../src/serial/list-ports.ts';

const keys = suite('EscapeKeys');

function seen(...typed: string[]): string[] {
  const keyboard = new EscapeKeys();
  return typed
    .flatMap((text) => keyboard.feed(Buffer.from(text)))
    .map((action) => (action.kind === 'send' ? `send ${Buffer.from(action.bytes)}` : `key ${action.key}`));
}

keys('gives one key after Ctrl-] to the program, in whatever pieces they come', () => {
  assert.equal(seen('ls\r\x1dqx'), ['send ls\r', 'key q', 'send x']);
  assert.equal(seen('\x1d', 'B', 'y'), ['key b', 'send y']);
  assert.equal(seen('a\x1d\x1db'), ['send a\x1db']);
  assert.equal(seen('é\x03\x1a'), ['send é\x03\x1a']);
});

keys.run();

const listed = suite('serialPorts');

listed('finds what this machine has, without an error', () => {
  assert.ok(serialPorts().every((path) => path.startsWith('/dev/tty')));
  assert.ok(isUsb('/dev/ttyUSB0') && !isUsb('/dev/ttyS0'));
});

listed.run();

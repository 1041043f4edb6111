// SPDX-License-Identifier: MIT
/** The console of a booted board takes what people type out of habit. */

import * as assert from 'uvu/assert';
import { COMMANDS, publicNames } from '../../src/agent/commands/table.ts';
import { suite } from '../support/suite.ts';
import { onBoard, PREPARE, typed } from './console-lines.ts';
import { Guest } from './guest.ts';
import { shippedImage } from './images.ts';

const console = suite<{ board: Guest }>('The console of a board');

console.before(async (context) => {
  const image = await shippedImage('alix');
  context.board = await Guest.start({ name: 'console', image, plugs: [{ to: 'nothing' }] });
  await context.board.boot();
  await context.board.ask(`mkdir /tmp/typed && cd /tmp/typed && ${PREPARE}`);
});
console.after(async ({ board }) => {
  await board?.stop();
});

for (const { type, see } of [...typed, ...onBoard])
  console(type, async ({ board }) => {
    const { output } = await board.shell.run(type);
    assert.match(output.trimEnd(), see);
  });

console('has help for each command of plaitctl', async ({ board }) => {
  for (const name of publicNames())
    assert.match(await board.ask(`plaitctl ${name} --help`), `plaitctl [--json] ${COMMANDS[name]?.usage}`);
});

console('lists its ports', async ({ board }) => {
  assert.match(await board.ask('plaitctl ports'), /^eth0 +52:54:00\S+ +(up|no carrier|down)/m);
});

console('takes a configuration by a pipe', async ({ board }) => {
  const yaml = 'version: 1\\nlan: { ports: [eth0], address: 192.168.9.1/24 }\\n';
  assert.match(await board.ask(`printf '${yaml}' | plaitctl check -`), /^- can be applied$/m);
});

console.run();

// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileCore, inScratch, run } from '../../toolchain.ts';
import { ORDER } from './order-sources.ts';

const order = suite('resequencer of UDP legs');

order('what is late passes, grace time needs no arrival, and the ring gives up what it leaves', () =>
  inScratch(async (folder) => {
    const program = join(folder, 'order-cases');
    await compileCore(['test/kmod/core/udp/order-cases.c', ...ORDER], program);
    assert.equal(await run([program]), { output: '3 cases\n', code: 0 });
  }),
);

order.run();

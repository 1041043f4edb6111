// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../../support/suite.ts';
import { compileCoreWithCrypto, run } from '../../toolchain.ts';

/** Checks of handshake-driver.c, and what each shows. */
const checks: Readonly<Record<string, string>> = {
  agreement: 'both ends agree on keys, other ones each time, and read what the other wrote',
  golden: 'messages that another implementation made, of version 1, are read and written to the byte',
  'init-bits': 'an INIT of which one bit differs is refused, also where its mac1 is not looked at',
  'response-bits':
    'a RESPONSE of which one bit differs is refused, and changes nothing; the right one is taken after it',
  truncation: 'what is left of a message when its end is missing is refused',
  'wrong-peer': 'an INIT opens only for whom it is for, and only that one can answer it',
  'wrong-psk': 'with another pre-shared key an answer is refused, and changes nothing',
  reflection: 'what a box sent is refused by itself, also with its mac1 made anew',
  'old-answer': 'the answer to an earlier INIT is refused, and so is an answer that comes again',
  'low-order': 'keys of low order are refused in each place, and leave no secrets',
};

const INPUTS = 5_000;
const SEED = 20_261_130;

const sources = ['noise', 'handshake', 'cookie'].map((part) => `src/kmod/core/udp/${part}.c`);

const handshake = suite<{ folder: string; driver: string }>('handshake of UDP legs, portable core');

handshake.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'plait-kmod-'));
  context.driver = join(context.folder, 'handshake-driver');
  await compileCoreWithCrypto(['test/kmod/core/udp/handshake-driver.c', ...sources], context.driver);
});

handshake.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true });
});

for (const [name, title] of Object.entries(checks)) {
  handshake(title, async ({ driver }) => {
    const result = await run([driver, name]);
    assert.is(result.output, `${name}\n`);
    assert.is(result.code, 0);
  });
}

handshake(`of ${INPUTS} messages, made up or changed, those are taken that are whole`, async ({ folder }) => {
  const program = join(folder, 'handshake-fuzz');
  await compileCoreWithCrypto(
    ['test/kmod/core/fuzz-main.c', 'test/kmod/core/udp/handshake-fuzz.c', ...sources],
    program,
  );
  const result = await run([program, String(INPUTS), String(SEED)]);
  assert.is(result.output, `${INPUTS} inputs\n`);
  assert.is(result.code, 0);
});

handshake.run();

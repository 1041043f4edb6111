// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../../support/suite.ts';
import { compileCore, compileCoreWithCrypto, run } from '../../toolchain.ts';

const SEQUENCES = 100_000;
const SEED = 20_261_130;
/** Bytes of a sequence, 3 for each event. */
const BYTES = 512;

/** Checks of session-driver.c, and what each shows. */
const checks: Readonly<Record<string, string>> = {
  simultaneous:
    'when both ends ask at once both are up after one handshake of each, with the same keys, and nobody asks any more',
  hour: 'keys are made anew every two minutes, by one of both, while packets arrive',
  loss: 'after minutes of loss both are up within 20 s',
  silence: 'an end that hears nothing asks every 5 s to 6.7 s, and says once that the session is down',
  restart: 'a far end that lost its keys and only answers is asked as soon as it is silent',
  freshness:
    'freshness grows from INIT to INIT and start to start, whatever the clock says; a replay is refused',
  boots: 'a box whose clock went back is answered, since it has the floor; a recorded INIT is not',
};

const session = suite<{ folder: string; driver: string }>('session of UDP legs, portable core');

session.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'plait-kmod-'));
  context.driver = join(context.folder, 'session-driver');
  await compileCoreWithCrypto(
    [
      'test/kmod/core/udp/session-driver.c',
      ...['session', 'noise', 'handshake', 'cookie'].map((part) => `src/kmod/core/udp/${part}.c`),
    ],
    context.driver,
  );
});

session.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true });
});

for (const [name, title] of Object.entries(checks)) {
  session(title, async ({ driver }) => {
    const result = await run([driver, name]);
    assert.is(result.output, `${name}\n`);
    assert.is(result.code, 0);
  });
}

session(`${SEQUENCES} sequences of events leave it as a model without states says`, async ({ folder }) => {
  const program = join(folder, 'session-fuzz');
  await compileCore(
    ['test/kmod/core/fuzz-main.c', 'test/kmod/core/udp/session-fuzz.c', 'src/kmod/core/udp/session.c'],
    program,
  );
  const result = await run([program, String(SEQUENCES), String(SEED), String(BYTES)]);
  assert.is(result.output, `${SEQUENCES} inputs\n`);
  assert.is(result.code, 0);
});

session.run();

// SPDX-License-Identifier: MIT
/** `plait upgrade` against a login and a shell on a pseudo-terminal: what it says, what the board gets, and each exit code. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { EXIT } from '../../src/cli/verbs/upgrade.ts';
import { makeBundle } from '../../src/image/bundle/bundle.ts';
import { signingKey } from '../../src/image/bundle/signing-key.ts';
import { scratch } from '../image/scratch.ts';
import { type BoardSpec, type FakeBoard, fakeBoard } from '../serial/board.ts';
import { serve } from '../serial/ser2net.ts';
import { suite } from '../support/suite.ts';
import { type Typed, typed } from './typed.ts';

const JOB = {
  id: 1,
  state: 'installed',
  from: 'standard input',
  slot: 'b',
  version: '0.2.0',
  reboot: 'later',
};
const SAYS =
  'upgrade 1: receiving standard input\nversion 0.2.0 is in slot b; it starts with the next restart\n';
const INSTALLS = { prints: SAYS, code: 0, job: JOB };
const key = await signingKey(scratch());

interface Context {
  folder: string;
  file: string;
  bundle: Buffer;
}

const upgrade = suite<Context>('plait upgrade');

upgrade.before(async (context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-upgrade-'));
  context.bundle = await bundleOf('0.2.0');
  context.file = join(context.folder, 'plait-alix.swu');
  writeFileSync(context.file, context.bundle);
});
upgrade.after(({ folder }) => rmSync(folder, { recursive: true }));

upgrade('brings a bundle to a board, which installs it and restarts', async ({ file, bundle }) => {
  await withBoard({ password: 'secret', upgrade: INSTALLS }, async (board, send) => {
    const password = `${file}.password`;
    writeFileSync(password, 'secret\n');
    const { code, text } = await send(file, '--password-file', password);
    assert.is(code, 0, text);
    assert.match(text, /Sending 0\.0 MB at 115200 bits per second, about \d+ seconds/);
    assert.match(text, 'board: upgrade 1: receiving standard input');
    assert.match(text, /Version 0\.2\.0 is installed in slot b; the board restarts with it\.\n$/);
    assert.is(board.seen()?.words, 'upgrade --reboot later -');
    assert.equal(board.bundle(), bundle);
    assert.ok(board.restarted());
  });
});

upgrade('leaves the restart to its user, and says why a board does not', async ({ file }) => {
  await withBoard({ upgrade: { ...INSTALLS, restarts: 1 } }, async (board, send) => {
    const later = await send(file, '--reboot', 'later', '--json', '--allow-older');
    assert.is(later.code, 0, later.text);
    const { outcome, restarted, job, upload } = JSON.parse(later.out);
    assert.equal([outcome, restarted, job, upload.found], ['installed', false, JOB, 0]);
    assert.is(board.seen()?.words, 'upgrade --reboot later --allow-older -');
    assert.not.ok(board.restarted());
    assert.ok(board.loggedOut(), 'the shell was left open');
    const now = await send(file);
    assert.is(now.code, 0, now.text);
    assert.match(now.text, 'was not restarted: an apply waits');
    assert.match(now.text, 'it starts with the next restart');
  });
});

upgrade('keeps the bundle on a board that is busy, and drops one that it refuses', async ({ file }) => {
  const busy = { prints: 'plaitctl: upgrade 7 (a USB stick) is writing\n', code: 3, job: { ...JOB, id: 7 } };
  await withBoard({ upgrade: busy }, async (_board, send) => {
    const first = await send(file);
    assert.is(first.code, EXIT.busy, first.text);
    assert.match(first.text, 'upgrade 7 (a USB stick) is writing');
    const again = await send(file);
    assert.match(again.text, 'of 0.0 MB are there already');
    assert.not.match(again.text, 'Sending');
  });
  const message = 'upgrade 1 failed: the bundle is not signed with a key that this board trusts';
  for (const [state, expected] of [
    ['checking', EXIT.refused],
    ['writing', 1],
  ] as const) {
    const job = { ...JOB, state: 'failed', failure: { in: state, code: 'not-trusted', message: 'no' } };
    await withBoard({ upgrade: { prints: `${message}\n`, code: 1, job } }, async (board, send) => {
      const { code, text } = await send(file);
      assert.is(code, expected, text);
      assert.match(text, message);
      assert.not.ok(board.restarted());
      assert.ok(board.loggedOut(), 'the shell was left open');
    });
  }
});

upgrade('sends nothing that the board would refuse in the end', async ({ folder }) => {
  const older = join(folder, 'older.swu');
  const apu = join(folder, 'apu.swu');
  writeFileSync(older, await bundleOf('0.0.9'));
  writeFileSync(apu, await bundleOf('0.2.0', 'apu'));
  await withBoard({ upgrade: INSTALLS }, async (board, send) => {
    for (const [file, message] of [
      [older, 'older than 0.1.0 that runs'],
      [apu, 'is for apu, and this is alix'],
    ] as const) {
      const { code, text } = await send(file);
      assert.is(code, EXIT.refused, text);
      assert.match(text, message);
    }
    assert.is(board.seen(), undefined);
    assert.is((await send(older, '--allow-older')).code, 0);
  });
});

upgrade('refuses what is no bundle before it opens the port', async ({ folder, file }) => {
  const other = join(folder, 'other.swu');
  writeFileSync(other, 'text');
  const wrong = await typed('upgrade', other, '--serial', '/dev/ttyPlait');
  assert.is(wrong.code, EXIT.refused, wrong.text);
  assert.match(wrong.text, 'is no update bundle of Plait');
  assert.is((await typed('upgrade', file, '--serial', '/dev/ttyPlait')).code, EXIT.port);
  assert.is((await typed('upgrade', join(folder, 'none.swu'))).code, 2);
});

for (const [protocol, speed] of [
  ['tcp', 38_400],
  ['telnet', 115_200],
] as const)
  upgrade(
    `goes through a console server by ${protocol}, at ${speed} bits per second`,
    async ({ file, folder, bundle }) => {
      await withBoard({ upgrade: INSTALLS }, async (board) => {
        const server = await serve(board.wire.path, folder, protocol);
        const { code, text } = await typed(
          'upgrade',
          file,
          '--serial',
          `${protocol}://127.0.0.1:${server.port}`,
        );
        await server.stop();
        assert.is(code, 0, text);
        assert.match(text, `Sending 0.0 MB at ${speed} bits per second`);
        assert.equal(board.bundle(), bundle);
      });
    },
  );

upgrade.run();

function bundleOf(version: string, board = 'alix'): Promise<Buffer> {
  const slot = Buffer.from(`hsqs${'x'.repeat(40_001)}`);
  return makeBundle({ board: { name: board, title: 'a board' }, version, slot, epoch: 1_700_000_000 }, key);
}

async function withBoard(
  spec: BoardSpec,
  body: (board: FakeBoard, send: (...words: string[]) => Promise<Typed>) => Promise<void>,
): Promise<void> {
  const board = await fakeBoard(spec);
  try {
    await body(board, (...words) => typed('upgrade', '--serial', board.wire.path, ...words));
  } finally {
    await board.remove();
  }
}

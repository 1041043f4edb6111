// SPDX-License-Identifier: MIT
/** `plait setup` against a login and a shell on a pseudo-terminal: what it says, what the board gets, and each exit code. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { EXIT } from '../../src/cli/verbs/setup.ts';
import { type BoardSpec, type FakeBoard, fakeBoard } from '../serial/board.ts';
import { pair } from '../serial/pty.ts';
import { serve } from '../serial/ser2net.ts';
import { suite } from '../support/suite.ts';
import { type Typed, typed as typedLine } from './typed.ts';

const ANSWERS = 'password: "correct horse"   # geheim: Schlüssel\nhostname: branch-12\nuplink.1.port: eth1\n';
const CHECKS = [
  { uplink: 'dsl', step: 'cable', ok: true, text: 'eth1 has a link' },
  { uplink: 'dsl', step: 'address', ok: false, text: 'no DHCP server answers', remedy: 'is the VLAN right?' },
];
const KEPT = { ok: true, changes: [], warnings: [], checks: CHECKS.slice(0, 1), kept: true };
const says = (result: object, code = 0) => ({ setup: { prints: `${JSON.stringify(result)}\n`, code } });

interface Context {
  folder: string;
  answers: string;
}

const setup = suite<Context>('plait setup');

setup.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-setup-'));
  context.answers = join(context.folder, 'answers.yaml');
  writeFileSync(context.answers, ANSWERS);
});
setup.after(({ folder }) => rmSync(folder, { recursive: true }));

setup(
  'finds a board, gives it the answers byte for byte and shows its uplinks',
  async ({ answers, folder }) => {
    await withBoard(says(KEPT), async (board) => {
      const log = join(folder, 'console.log');
      const { code, text } = await typed('--serial', board.wire.path, '--answers', answers, '--log', log);
      assert.is(code, 0, text);
      assert.match(text, 'speaks at 38400 bits per second');
      assert.match(text, 'Plait 0.1.0 on alix answers.');
      assert.match(text, /Uplink dsl:\n {2}ok {3}eth1 has a link\n/);
      assert.match(text, /The board is set up\.\n$/);
      assert.is(board.seen()?.answers, ANSWERS);
      assert.ok(board.loggedOut(), 'the shell was left open');
      assert.match(
        board.seen()?.words ?? '',
        /^setup --json --answers \/tmp\/plait-setup-\w+\/answers\.yaml$/,
      );
      const { readFileSync } = await import('node:fs');
      const coded = Buffer.from(ANSWERS).toString('base64').slice(0, 60);
      assert.not.ok(readFileSync(log, 'utf8').includes(coded), 'the answers are in no log');
    });
  },
);

setup('logs in with a password and prints JSON', async ({ answers, folder }) => {
  const file = join(folder, 'password');
  writeFileSync(file, 'secret\n');
  await withBoard({ password: 'secret', ...says({ ...KEPT, password: 'made-up-words' }) }, async (board) => {
    const words = [
      '--serial',
      board.wire.path,
      '--answers',
      answers,
      '--password-file',
      file,
      '--json',
      '--keep',
    ];
    const { code, out, text } = await typed(...words);
    assert.is(code, 0, text);
    assert.is(JSON.parse(out).password, 'made-up-words');
    assert.match(board.seen()?.words ?? '', '--keep');
  });
});

setup('says that the board went back', async ({ answers }) => {
  await withBoard(says({ ...KEPT, ok: false, kept: false, checks: CHECKS }, 1), async (board) => {
    const { code, text } = await typed('--serial', board.wire.path, '--answers', answers);
    assert.is(code, EXIT.wentBack, text);
    assert.match(text, /FAIL no DHCP server answers\n {4}-> is the VLAN right\?/);
    assert.match(text, 'went back to what was before');
    assert.ok(board.loggedOut(), 'the shell was left open');
  });
});

setup('says what the board refuses, and which question has no answer', async ({ answers }) => {
  const problems = [
    {
      path: 'uplink.1.port',
      value: 'eth9',
      message: 'is not a port of this board',
      remedy: 'the board has eth0, eth1',
    },
  ];
  await withBoard(says({ ok: false, problems }, 1), async (board) => {
    const { code, text } = await typed('--serial', board.wire.path, '--answers', answers);
    assert.is(code, EXIT.answers, text);
    assert.match(text, /refused; nothing was changed:\n.*uplink\.1\.port.*is not a port of this board/);
  });
});

setup('refuses a wrong file of answers before it opens the port', async ({ folder }) => {
  const file = join(folder, 'wrong.yaml');
  writeFileSync(file, 'hostnam: branch\n');
  const { code, text } = await typed('--serial', '/dev/ttyPlait', '--answers', file);
  assert.is(code, EXIT.answers);
  assert.match(text, 'did you mean hostname?');
});

setup('tells a wrong password from a missing one', async ({ answers, folder }) => {
  const file = join(folder, 'wrong-password');
  writeFileSync(file, 'wrong\n');
  await withBoard({ password: 'secret', ...says(KEPT) }, async (board) => {
    const words = ['--serial', board.wire.path, '--answers', answers];
    const wrong = await typed(...words, '--password-file', file);
    assert.is(wrong.code, EXIT.login, wrong.text);
    assert.match(wrong.text, 'refused the login of root');
    const missing = await typed(...words);
    assert.is(missing.code, EXIT.login, missing.text);
    assert.match(missing.text, 'asks for a password of root, none was given');
    assert.is(board.seen(), undefined);
  });
});

setup('says why the board failed', async ({ answers }) => {
  const error = { code: 'failed', message: 'setup is running already, on another terminal' };
  await withBoard(says({ error }, 1), async (board) => {
    const { code, text } = await typed('--serial', board.wire.path, '--answers', answers);
    assert.is(code, 1, text);
    assert.match(text, 'ended with exit code 1: setup is running already, on another terminal');
  });
});

setup('says that it is another product', async ({ answers }) => {
  await withBoard({}, async (board) => {
    const { code, text } = await typed('--serial', board.wire.path, '--answers', answers);
    assert.is(code, EXIT.product, text);
    assert.match(text, /of no board with Plait\. It is: Linux/);
    assert.ok(board.loggedOut(), 'the shell was left open');
  });
});

setup('says that nobody answers, or that there is no such port', async ({ answers }) => {
  const wire = await pair();
  const silent = await typed('--serial', wire.path, '--answers', answers, '--wait', '1');
  await wire.remove();
  assert.is(silent.code, EXIT.noAnswer, silent.text);
  assert.match(silent.text, 'Nothing answers on');
  for (const port of ['/dev/ttyPlait', 'tcp://127.0.0.1:1', 'telnet://127.0.0.1', 'ssh://host:22']) {
    const { code, text } = await typed('--serial', port, '--answers', answers);
    assert.is(code, EXIT.port, text);
    assert.match(text, /[Cc]annot (be opened|connect|open)/);
  }
});

for (const protocol of ['tcp', 'telnet'] as const)
  setup(`goes through a console server by ${protocol}`, async ({ answers, folder }) => {
    await withBoard(says(KEPT), async (board) => {
      const server = await serve(board.wire.path, folder, protocol);
      const { code, text } = await typed(
        '--serial',
        `${protocol}://127.0.0.1:${server.port}`,
        '--answers',
        answers,
      );
      await server.stop();
      assert.is(code, 0, text);
      assert.is(board.seen()?.answers, ANSWERS);
      assert.is(/speaks at 38400/.test(text), protocol === 'telnet');
    });
  });

setup.run();

async function withBoard(spec: BoardSpec, body: (board: FakeBoard) => Promise<void>): Promise<void> {
  const board = await fakeBoard(spec);
  try {
    await body(board);
  } finally {
    await board.remove();
  }
}

function typed(...words: string[]): Promise<Typed> {
  return typedLine('setup', ...words);
}

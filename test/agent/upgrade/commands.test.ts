// SPDX-License-Identifier: MIT
/** `plaitctl upgrade` and `plaitctl slots`, against the upgrades of a board in memory. */
import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatBlock, SECTOR, type Slot } from '../../../src/agent/boot-state.ts';
import type { ControlPorts } from '../../../src/agent/commands/context.ts';
import { control } from '../../../src/agent/control.ts';
import { Refusal } from '../../../src/agent/protocol.ts';
import type { SlotRecord } from '../../../src/agent/slot-record.ts';
import { type UpgradeRequest, Upgrader } from '../../../src/agent/upgrade/upgrader.ts';
import { makeBundle } from '../../../src/image/bundle/bundle.ts';
import { signingKey } from '../../../src/image/bundle/signing-key.ts';
import { scratch } from '../../image/scratch.ts';
import { noSetup } from '../support/agent.ts';
import { BLOCKS, SlotBoard } from '../support/slot-board.ts';

const DISK = '/run/plait/disk/disk';
const slot = Buffer.from(`hsqs${'x'.repeat(5000)}`);
const contents = { board: { name: 'alix', title: 'ALIX' }, version: '2.0.0', slot, epoch: 1_700_000_000 };
const BUNDLE = await makeBundle(contents, await signingKey(scratch()));

class Scene {
  board = new SlotBoard(Buffer.from('hsqs old'), Buffer.alloc(8));
  asked: UpgradeRequest[] = [];
  upgrader: Upgrader;
  /** plaitd does not run. */
  gone = false;
  #listening: object | undefined;

  constructor() {
    const { board } = this;
    board.signed.push(BUNDLE);
    board.ram.set('/tmp/new.swu', BUNDLE);
    board.files.put('/proc/self/stat', '4711 (plaitctl) R 1 4711\n');
    board.files.put('/proc/cmdline', 'root=x plait.slot=a ro\n');
    board.files.put(DISK, '');
    const disklayout = { bootStateBlocks: BLOCKS, slotLimit: 60 * SECTOR };
    board.files.put('/etc/plait/board.json', JSON.stringify({ board: 'alix', disklayout }));
    this.upgrader = new Upgrader({
      ports: this.#ports(),
      board: {
        name: 'alix',
        disk: DISK,
        bootStateBlocks: BLOCKS,
        slot: 'a',
        slotLimit: disklayout.slotLimit,
      },
      kernel: { putTable: () => undefined, deleteTable: () => undefined },
      lan: () => ({ device: 'eth0', address: '192.168.1.1' }),
      version: '1.0.0',
      slots: { needsOther: false, erased: () => undefined, installed: () => undefined },
      pending: () => false,
    });
  }

  /** What plaitd answers to who asks it to take an upload: here the asking does not wait. */
  async open(): Promise<void> {
    this.#listening = { result: await this.upgrader.listen({ reboot: 'later', allowOlder: false }) };
  }

  async plaitctl(...words: string[]) {
    const [out, err]: string[][] = [[], []];
    const ports: ControlPorts = {
      ports: {
        ...this.#ports(),
        sockets: { call: () => this.#call() } as never,
        watchdog: () => undefined,
        key: unused,
      },
      kernel: unused,
      setup: () => noSetup,
      out: (text) => out?.push(text),
      err: (text) => err?.push(text),
      env: () => undefined,
    };
    let code: number | undefined;
    void control(words, ports).then((ended) => {
      code = ended;
    });
    for (let wait = 0; wait < 200 && code === undefined; wait++) await this.board.clock.advance(250);
    return { code, out: out?.join('') ?? '', err: err?.join('') ?? '' };
  }

  #ports() {
    const { files, disks, processes, clock } = this.board;
    const sockets = { listenTcp: () => ({ close: () => undefined }) } as never;
    const readAt = (path: string, offset: number, length: number) =>
      path === '/dev/urandom' ? new Uint8Array(length).fill(7) : disks.readAt(path, offset, length);
    return { files, disks: { ...disks, readAt }, processes, clock, sockets, log: () => undefined };
  }

  #call() {
    if (this.gone) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return { ask: (line: string) => JSON.stringify(this.#answer(line)), close: () => undefined };
  }

  #answer(line: string): object {
    const { method, params } = JSON.parse(line) as { method: string; params: UpgradeRequest };
    if (method === 'upgrade-job') return { result: { job: this.upgrader.job } };
    if (method === 'upgrade-listen')
      return this.#listening ?? { error: { code: 'failed', message: 'not opened' } };
    if (method === 'upgrade-close') {
      this.upgrader.closeUpload();
      return { result: {} };
    }
    this.asked.push(params);
    try {
      return { result: { job: this.upgrader.begin(params) } };
    } catch (error) {
      if (error instanceof Refusal) return { error: error.failure };
      throw error;
    }
  }
}

const upgrading = suite('plaitctl upgrade');

upgrading('tells what is done, and restarts the board unless told otherwise', async () => {
  const scene = new Scene();
  const { code, out, err } = await scene.plaitctl('upgrade', '/tmp/new.swu');
  assert.equal([code, err], [0, '']);
  assert.equal(out.split('\n'), [
    'upgrade 1: receiving /tmp/new.swu',
    `checking 0.0 MB, SHA-256 ${createHash('sha256').update(BUNDLE).digest('hex')}`,
    'version 2.0.0, signed with key a1b2c3d4: writing slot b',
    'reading slot b back',
    'version 2.0.0 is in slot b; the board restarts, and goes back by itself if it does not work',
    '',
  ]);
  assert.is(scene.asked[0]?.reboot, 'now');
  await scene.board.clock.advance(5000);
  assert.ok(scene.board.ran.includes('reboot'));
});

upgrading('leaves the restart to the user on request', async () => {
  const scene = new Scene();
  const { code, out } = await scene.plaitctl('upgrade', '--reboot', 'later', '/tmp/new.swu');
  assert.is(code, 0);
  assert.match(out, /it starts with the next restart \("plaitctl reboot"\)\n$/);
  assert.is((await scene.plaitctl('upgrade')).out, out, 'asked again');
  const { out: json } = await scene.plaitctl('upgrade', '--json');
  assert.equal([JSON.parse(json).state, JSON.parse(json).version], ['installed', '2.0.0']);
});

upgrading('names the standard input, or a file of its own folder, so that plaitd finds it', async () => {
  for (const [name, path] of [
    ['-', '/proc/4711/fd/0'],
    ['new.swu', '/proc/4711/cwd/new.swu'],
  ] as const) {
    const scene = new Scene();
    scene.board.ram.set(path, BUNDLE);
    assert.is((await scene.plaitctl('upgrade', '--reboot=later', name)).code, 0);
    assert.is(scene.asked[0]?.path, path);
  }
});

upgrading('says why a bundle is refused, and that nothing was changed', async () => {
  const scene = new Scene();
  scene.board.ram.set('/tmp/new.swu', BUNDLE.subarray(0, 4000));
  const { code, err } = await scene.plaitctl('upgrade', '/tmp/new.swu');
  assert.is(code, 1);
  assert.match(err, /^plaitctl: upgrade 1 failed: the bundle is cut short: .*; nothing was changed\n$/);
  const again = await scene.plaitctl('upgrade');
  assert.equal([again.code, again.err], [1, err], 'also later');
});

upgrading(
  'beside another one is refused with an exit code of its own, and the other can be followed',
  async () => {
    const scene = new Scene();
    scene.upgrader.begin({ path: '/tmp/new.swu', name: 'new.swu', reboot: 'later', allowOlder: false });
    const second = scene.plaitctl('upgrade', '/tmp/other.swu');
    assert.equal(await second, {
      code: 3,
      out: '',
      err: 'plaitctl: upgrade 1 (new.swu) is receiving; "plaitctl upgrade" alone follows it\n',
    });
    assert.is((await scene.plaitctl('upgrade')).code, 0);
  },
);

upgrading('goes on following when plaitd is started again', async () => {
  const scene = new Scene();
  scene.upgrader.begin({ path: '/tmp/new.swu', name: 'new.swu', reboot: 'later', allowOlder: false });
  const following = scene.plaitctl('upgrade');
  scene.gone = true;
  scene.board.clock.after(5000, () => {
    scene.gone = false;
  });
  assert.is((await following).code, 0);
});

upgrading('without a bundle has nothing to tell on a board that was just started', async () => {
  const { code, err } = await new Scene().plaitctl('upgrade');
  assert.equal([code, /^plaitctl: no upgrade was begun since the board started/.test(err)], [1, true]);
});

upgrading('hands a URL on, and shows nobody the password in it', async () => {
  const scene = new Scene();
  scene.board.server = { bytes: BUNDLE, breaksAfter: 1e6 };
  const { code, out } = await scene.plaitctl('upgrade', 'http://me:secret@192.0.2.1/new.swu');
  assert.is(code, 0);
  assert.match(out, /receiving http:\/\/192\.0\.2\.1\/new\.swu\n/);
  assert.is(scene.asked[0]?.path, 'http://me:secret@192.0.2.1/new.swu');
});

upgrading('says why it fetches nothing by https, and what to do', async () => {
  const { code, err } = await new Scene().plaitctl('upgrade', 'https://192.0.2.1/new.swu');
  assert.is(code, 2);
  assert.match(err, /checks no certificate.*curl URL \| ssh/);
});

upgrading('tells how a client of the LAN uploads, follows it, and says why it ended', async () => {
  const scene = new Scene();
  await scene.open();
  const following = scene.plaitctl('upgrade', '--listen', '--reboot', 'later');
  await scene.board.clock.advance(2000);
  assert.equal(await scene.plaitctl('upgrade', '--close'), {
    code: 0,
    out: 'no upload is taken any more\n',
    err: '',
  });
  const { code, out, err } = await following;
  assert.is(code, 1);
  const lines = out.split('\n');
  assert.is(lines[0], 'upgrade 1: an upload is taken for 10 minutes, until 22:23:21 UTC, from the LAN only.');
  assert.ok(lines.includes('  curl -H "$auth" -T $file $url/$sum'));
  assert.match(out, /auth='Authorization: Bearer [0-9a-f]{32}'\n/);
  assert.match(out, /url=http:\/\/192\.168\.1\.1:8080\/upgrade\n/);
  assert.match(out, /nothing came yet, 59\d s left\n/);
  assert.match(
    err,
    /^plaitctl: upgrade 1 failed: it was closed by "plaitctl upgrade --close"; nothing was changed\n$/,
  );
});

upgrading('of an upload is also data: first the token, then how it ended', async () => {
  const scene = new Scene();
  await scene.open();
  const following = scene.plaitctl('upgrade', '--listen', '--json');
  await scene.board.clock.advance(1000);
  scene.upgrader.closeUpload();
  const [first, last] = (await following).out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.match(first.token, /^[0-9a-f]{32}$/);
  assert.equal([first.job.upload.url, last.state], ['http://192.168.1.1:8080/upgrade', 'failed']);
});

for (const [words, message] of [
  [['--listen', '/tmp/new.swu'], '--listen waits for a bundle: name none'],
  [['--close', '--allow-older'], '--close goes with nothing else'],
  [['--reboot', 'soon', '/tmp/new.swu'], '--reboot "soon" must be "now" or "later"'],
  [['ftp://192.0.2.1/new.swu'], '"ftp://192.0.2.1/new.swu" must begin with http://, or be a file'],
  [['--allow-older'], '--allow-older belongs to an upgrade: name its bundle'],
] as const) {
  upgrading(`refuses ${words.join(' ')}`, async () => {
    const { code, err } = await new Scene().plaitctl('upgrade', ...words);
    assert.equal([code, err], [2, `plaitctl: ${message}\n`]);
  });
}

upgrading.run();

const showing = suite('plaitctl slots');

function board(slots: SlotRecord['slots'], active: Slot, tries: Record<Slot, number>, other = 'hsqs'): Scene {
  const scene = new Scene();
  scene.board.files.put('/data/plait/slots.json', JSON.stringify({ slots }));
  scene.board.slot('b').set(Buffer.from(other));
  for (const sector of BLOCKS)
    scene.board.media[DISK]?.set(Buffer.from(formatBlock({ seq: 0, active, tries })), sector * SECTOR);
  return scene;
}

const RUNS = { build: 'x', version: '1.0.0', state: 'proved' } as const;
const KEYS = 'bundles are taken from key a1b2c3d4';

for (const [what, scene, lines] of [
  [
    'a new version that waits for a restart',
    () => board({ a: RUNS, b: { build: '', version: '2.0.0', state: 'installed' } }, 'b', { a: 3, b: 3 }),
    ['a     1.0.0    running, confirmed      3', 'b     2.0.0    installed, starts next  3', KEYS],
  ],
  [
    'one that failed, and why',
    () =>
      board(
        {
          a: RUNS,
          b: {
            build: 'y',
            version: '2.0.0',
            state: 'failed',
            reason: { code: 'not-proved', details: ['uplink dsl'] },
          },
        },
        'a',
        { a: 3, b: 0 },
      ),
    [
      'a     1.0.0    running, confirmed  3',
      'b     2.0.0    failed              0',
      'slot b failed: what worked before does not work: uplink dsl',
      KEYS,
    ],
  ],
  [
    'a card that was just written',
    () => board({ a: { ...RUNS, state: 'trial' } }, 'a', { a: 2, b: 3 }, '\0\0\0\0'),
    ['a     1.0.0    running, trial  2', 'b     -        empty           3', KEYS],
  ],
] as const) {
  showing(`shows ${what}, without plaitd`, async () => {
    const { code, out, err } = await scene().plaitctl('slots');
    assert.equal([code, err], [0, '']);
    assert.equal(out.trimEnd().split('\n').slice(1), lines);
  });
}

showing('is also data', async () => {
  const { out } = await board({ a: RUNS }, 'a', { a: 3, b: 3 }).plaitctl('slots', '--json');
  assert.equal(JSON.parse(out), {
    slots: [
      { slot: 'a', version: '1.0.0', state: 'confirmed', running: true, next: true, triesLeft: 3 },
      { slot: 'b', state: 'unknown', running: false, next: false, triesLeft: 3 },
    ],
    keys: ['a1b2c3d4'],
  });
});

showing.run();

function unused(): never {
  throw new Error('not used in this test');
}

// SPDX-License-Identifier: MIT
/** Upgrades on a board in memory: what is refused changes nothing, and whatever happens at whichever act, GRUB starts what is whole. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { confirmSlot, formatBlock, SECTOR, type Slot } from '../../../src/agent/boot-state.ts';
import { UPGRADE_JOB } from '../../../src/agent/paths.ts';
import type { Sockets } from '../../../src/agent/ports.ts';
import { Refusal } from '../../../src/agent/protocol.ts';
import {
  type FailureCode,
  isBusy,
  UPGRADE_TRANSITIONS,
  type UpgradeJob,
  type UpgradeState,
} from '../../../src/agent/upgrade/job-states.ts';
import { SPOOL } from '../../../src/agent/upgrade/spool.ts';
import { type UpgradeRequest, Upgrader } from '../../../src/agent/upgrade/upgrader.ts';
import { makeBundle } from '../../../src/image/bundle/bundle.ts';
import { signingKey } from '../../../src/image/bundle/signing-key.ts';
import { scratch } from '../../image/scratch.ts';
import { Ended } from '../support/card-files.ts';
import { grubStarts } from '../support/grub-rules.ts';
import { BLOCKS, SlotBoard, type Trouble } from '../support/slot-board.ts';

const DISK = '/run/plait/disk/disk';
const FILE = '/tmp/plait-alix.swu';
const LIMIT = 60 * SECTOR;
const key = await signingKey(scratch());

/** A system of 20 sectors and a little. */
function image(fill: number): Buffer {
  const bytes = Buffer.alloc(20 * SECTOR + 100, fill);
  bytes.write('hsqs');
  return bytes;
}

const OLD = image(1);
const OLDER = image(2);
const NEW = image(3);

function bundle(slot: Buffer, version = '2.0.0', board = 'alix'): Promise<Buffer> {
  return makeBundle({ board: { name: board, title: board }, version, slot, epoch: 1_700_000_000 }, key);
}

const GOOD = await bundle(NEW);

interface Scene {
  board: SlotBoard;
  upgrader: Upgrader;
  log: string[];
  slots: string[];
}

interface Circumstances {
  running?: Slot;
  needsOther?: boolean;
  pending?: () => boolean;
}

function agentOn(
  board: SlotBoard,
  { running = 'a', needsOther = false, pending }: Circumstances = {},
): Scene {
  const log: string[] = [];
  const slots: string[] = [];
  const { files, clock, disks, processes } = board;
  const upgrader = new Upgrader({
    ports: {
      files,
      clock,
      disks,
      processes,
      sockets: noSockets,
      log: (level, text) => log.push(`${level}: ${text}`),
    },
    kernel: { putTable: unused, deleteTable: unused },
    lan: () => undefined,
    board: {
      name: 'alix',
      disk: DISK,
      bootStateBlocks: BLOCKS,
      slot: running,
      slotLimit: LIMIT,
      minVersion: '0.8.0',
    },
    version: '1.0.0',
    slots: {
      needsOther,
      erased: (slot) => slots.push(`${slot} erased`),
      installed: (slot, version) => slots.push(`${slot} ${version}`),
    },
    pending: pending ?? (() => false),
  });
  return { board, upgrader, log, slots };
}

const noSockets = {} as Sockets;

function unused(): never {
  throw new Error('not used in this test');
}

function scene(circumstances: Circumstances = {}, choose?: (most: number) => number): Scene {
  const board = new SlotBoard(OLD, OLDER, choose);
  board.signed.push(GOOD);
  return agentOn(board, circumstances);
}

const request = (more: Partial<UpgradeRequest> = {}): UpgradeRequest => ({
  path: FILE,
  name: 'plait-alix.swu',
  reboot: 'later',
  allowOlder: false,
  ...more,
});

/** Begins an upgrade and lets time pass until it has ended. */
async function upgrade(
  { board, upgrader }: Scene,
  bytes: Buffer,
  more: Partial<UpgradeRequest> = {},
): Promise<UpgradeJob> {
  board.ram.set(FILE, bytes);
  upgrader.begin(request(more));
  await board.clock.advance(1000);
  const { job } = upgrader;
  if (job === undefined) throw new Error('there is no job');
  return job;
}

function holds(board: SlotBoard, slot: Slot, wanted: Buffer): boolean {
  return Buffer.from(board.slot(slot).subarray(0, wanted.length)).equals(wanted);
}

const cut = (bytes: Buffer, length: number) => bytes.subarray(0, length);

function flipped(bytes: Buffer, at: number): Buffer {
  const other = Buffer.from(bytes);
  other[at] = (other[at] ?? 0) ^ 0x10;
  return other;
}

const BAD: [string, Buffer, FailureCode, RegExp][] = [
  ['nothing', Buffer.alloc(0), 'not-received', /is empty/],
  ['noise', Buffer.alloc(5000, 7), 'not-a-bundle', /no update bundle of Plait/],
  [
    'a bundle for another board',
    await bundle(NEW, '2.0.0', 'apu'),
    'other-board',
    /for apu, and this is alix/,
  ],
  ['an older version', await bundle(NEW, '0.9.0'), 'older', /0\.9\.0, older than 1\.0\.0 .*--allow-older/],
  ['a bundle cut in its system', cut(GOOD, 6000), 'damaged', /cut short/],
  ['a bundle cut in its description', cut(GOOD, 300), 'not-a-bundle', /no update bundle/],
  [
    'a byte of the system changed',
    flipped(GOOD, GOOD.length - 1000),
    'damaged',
    /not the one that was signed/,
  ],
  [
    'a byte of the signature changed',
    flipped(GOOD, GOOD.indexOf('sw-description.sig') + 40),
    'not-trusted',
    /a1b2c3d4/,
  ],
  ['a strange key', await bundle(image(4)), 'not-trusted', /not signed with a key that this board trusts/],
  ['no squashfs', await bundle(Buffer.alloc(5000, 1)), 'not-a-bundle', /holds no system/],
  ['a file larger than any bundle', Buffer.alloc(LIMIT + 1_000_001), 'too-large', /more than the 1\.0 MB/],
  [
    'a system larger than a slot takes',
    await bundle(Buffer.concat([NEW, Buffer.alloc(LIMIT)])),
    'too-large',
    /a slot takes/,
  ],
];

/** All acts of an upgrade without trouble. */
const clean = scene();
await upgrade(clean, GOOD);
const ACTS = clean.board.acts;

const good = suite('an upgrade');

good('goes through its states in order and leaves the new version on trial', async () => {
  const states = new Set<string>();
  const { board, upgrader, slots } = scene();
  const { write } = board.files;
  board.files.write = (path, text, options) => {
    if (path === UPGRADE_JOB) states.add((JSON.parse(text) as UpgradeJob).state);
    write.call(board.files, path, text, options);
  };
  const job = await upgrade({ board, upgrader, slots, log: [] }, GOOD);
  assert.equal(
    [...states],
    ['receiving', 'checking', 'erasing', 'writing', 'comparing', 'switching', 'installed'],
  );
  assert.equal([job.state, job.version, job.key, job.slot], ['installed', '2.0.0', 'a1b2c3d4', 'b']);
  assert.is(job.size, GOOD.length);
  assert.match(job.sha256 ?? '', /^[0-9a-f]{64}$/);
  assert.ok(holds(board, 'b', NEW) && holds(board, 'a', OLD));
  assert.equal([board.state.active, board.state.tries], ['b', { a: 3, b: 3 }]);
  assert.equal(slots, ['b erased', 'b 2.0.0']);
  assert.equal([board.mounted, board.ram.has(SPOOL)], [false, false], 'its room in RAM is free again');
  assert.not.ok(board.ran.includes('reboot'));
});

good('restarts the board when it is to, once clients could see that', async () => {
  const { board, upgrader } = scene();
  const job = await upgrade({ board, upgrader, slots: [], log: [] }, GOOD, { reboot: 'now' });
  assert.is(job.state, 'restarting');
  assert.not.ok(board.ran.includes('reboot'));
  await board.clock.advance(5000);
  assert.ok(board.ran.includes('reboot'));
});

good('does not restart while an apply waits for confirmation', async () => {
  let pending = false;
  const { board, upgrader } = scene({ pending: () => pending });
  board.ram.set(FILE, GOOD);
  upgrader.begin(request({ reboot: 'now' }));
  pending = true;
  await board.clock.advance(5000);
  assert.is(upgrader.job?.state, 'installed');
  assert.match(upgrader.job?.note ?? '', 'was not restarted');
  assert.not.ok(board.ran.includes('reboot'));
});

good('installs an older version when that is asked for, and the same one again', async () => {
  for (const [version, allowOlder] of [
    ['0.9.0', true],
    ['1.0.0', false],
  ] as const) {
    const one = scene();
    const bytes = await bundle(NEW, version);
    one.board.signed.push(bytes);
    assert.is((await upgrade(one, bytes, { allowOlder })).state, 'installed');
  }
});

good('does not go back below the floor of the firmware that runs, whatever is asked for', async () => {
  for (const [version, code] of [
    ['0.8.0', undefined],
    ['0.7.99', 'below-floor'],
    ['0.8-rc1', undefined],
  ] as const) {
    const one = scene();
    const bytes = await bundle(NEW, version);
    one.board.signed.push(bytes);
    const { failure } = await upgrade(one, bytes, { allowOlder: true });
    assert.is(failure?.code, code, version);
    if (code !== undefined) {
      assert.match(failure?.message ?? '', /0\.7\.99; .* takes none older than 0\.8\.0, also not with/);
      assert.ok(holds(one.board, 'b', OLDER), 'the other slot is as it was');
    }
  }
});

good('comes from a server by several tries, each going on where the one before was broken off', async () => {
  const one = scene();
  one.board.server = { bytes: GOOD, breaksAfter: 2000 };
  one.upgrader.begin(request({ path: 'http://192.0.2.1/new.swu', name: 'http://192.0.2.1/new.swu' }));
  await one.board.clock.advance(60_000);
  assert.is(one.upgrader.job?.state, 'installed', one.upgrader.job?.failure?.message);
  assert.is(one.upgrader.job?.size, GOOD.length);
});

good(
  'works a hundred times in a row, from one slot to the other, and leaves no more behind than once',
  async () => {
    const { board } = scene();
    const left = () => [...board.ram.keys()].sort();
    let first: string[] | undefined;
    for (let round = 0; round < 100; round++) {
      const running: Slot = round % 2 ? 'b' : 'a';
      const one = agentOn(board, { running });
      await one.upgrader.recover();
      const system = image(10 + round);
      const bytes = await bundle(system, `2.${round}.0`);
      board.signed.push(bytes);
      const { id, state, slot, failure } = await upgrade(one, bytes);
      assert.equal(
        [state, slot, id],
        ['installed', running === 'a' ? 'b' : 'a', round + 1],
        failure?.message,
      );
      assert.ok(holds(board, slot, system));
      confirmSlot(board.disks, DISK, BLOCKS, slot);
      assert.equal([board.state.active, board.state.tries, board.mounted], [slot, { a: 3, b: 3 }, false]);
      first ??= left();
      assert.equal(left(), first, `after upgrade ${round + 1}`);
    }
  },
);

good.run();

const refusing = suite('what is refused changes no byte of slots and boot state');

for (const [what, bytes, code, message] of BAD) {
  refusing(what, async () => {
    const one = scene();
    if (what === 'an older version') one.board.signed.push(bytes);
    const before = one.board.fingerprint;
    const { state, failure } = await upgrade(one, bytes);
    assert.equal([state, failure?.code], ['failed', code], failure?.message);
    assert.match(failure?.message ?? '', message);
    assert.is(one.board.fingerprint, before);
    assert.equal([one.slots, one.board.mounted], [[], false]);
    assert.is((await upgrade(one, GOOD)).state, 'installed', 'the next one is not hindered');
  });
}

refusing('a file that is not there', async () => {
  const one = scene();
  one.upgrader.begin(request({ path: '/tmp/none.swu', name: 'none.swu' }));
  await one.board.clock.advance(1000);
  assert.is(one.upgrader.job?.failure?.message, 'there is no file none.swu');
});

for (const [what, server, code, message] of [
  ['that is not there', undefined, 'not-received', /new\.swu cannot be fetched: wget: .* \(0 bytes came\)/],
  [
    'that has no end',
    { bytes: Buffer.alloc(3_000_000), breaksAfter: 500_000 },
    'too-large',
    /more than the 1\.0 MB/,
  ],
  ['that stays broken off', { bytes: GOOD, breaksAfter: 0 }, 'not-received', /\(0 bytes came\)/],
] as const) {
  refusing(`a download ${what}`, async () => {
    const one = scene();
    one.board.server = server;
    const before = one.board.fingerprint;
    one.upgrader.begin(request({ path: 'http://192.0.2.1/new.swu', name: 'new.swu' }));
    await one.board.clock.advance(60_000);
    const { failure } = one.upgrader.job ?? {};
    assert.is(failure?.code, code);
    assert.match(failure?.message ?? '', message);
    assert.is(one.board.fingerprint, before);
  });
}

refusing('a bundle for which there is no room in RAM', async () => {
  const one = scene();
  one.board.files.put('/proc/meminfo', 'MemAvailable: 60000 kB\n');
  const before = one.board.fingerprint;
  const { failure } = await upgrade(one, GOOD);
  assert.is(failure?.code, 'no-memory');
  assert.is(one.board.fingerprint, before);
});

refusing('a bundle altered anywhere', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(GOOD.length - 1), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
      const bytes = Buffer.from(GOOD);
      bytes[at] = (bytes[at] ?? 0) ^ bits;
      const one = scene();
      const before = one.board.fingerprint;
      const { state } = await upgrade(one, bytes);
      assert.equal([state, one.board.fingerprint], ['failed', before]);
    }),
    { numRuns: 200 },
  );
});

refusing('a bundle cut short anywhere, in whole blocks or not, with zeros behind or not', async () => {
  // The archive ends in zeros, without which it is the same bundle to all who read it.
  const end = GOOD.length - [...GOOD].reverse().findIndex((byte) => byte !== 0);
  await fc.assert(
    fc.asyncProperty(fc.nat(end - 1), fc.boolean(), fc.boolean(), async (at, blocks, padded) => {
      const length = blocks ? at - (at % SECTOR) : at;
      const bytes = padded
        ? Buffer.concat([cut(GOOD, length), Buffer.alloc(GOOD.length - length)])
        : cut(GOOD, length);
      const one = scene();
      const before = one.board.fingerprint;
      const { state, failure } = await upgrade(one, bytes);
      assert.equal([state, one.board.fingerprint, one.slots], ['failed', before, []]);
      assert.ok(failure?.message);
    }),
    { numRuns: 200 },
  );
});

refusing('a description that was forged, whatever it says', async () => {
  // Well made, by somebody whose key the board does not trust.
  const forged = fc.record({
    version: fc.constantFrom('9.9.9', '2.0.0', '0.0.1', '1.0.0-rc1', 'x'.repeat(200)),
    board: fc.constantFrom('alix', 'apu', 'alix", "apu', '../alix'),
    length: fc.nat(40 * SECTOR),
  });
  await fc.assert(
    fc.asyncProperty(forged, async ({ version, board, length }) => {
      const slot = Buffer.concat([Buffer.from('hsqs'), Buffer.alloc(length, 7)]);
      const bytes = await bundle(slot, version, board);
      const one = scene();
      const before = one.board.fingerprint;
      const { state } = await upgrade(one, bytes, { allowOlder: true });
      assert.equal([state, one.board.fingerprint, one.slots], ['failed', before, []]);
    }),
    { numRuns: 100 },
  );
});

refusing('a second upgrade while one runs', async () => {
  const { board, upgrader } = scene();
  board.ram.set(FILE, GOOD);
  upgrader.begin(request());
  const second = () => upgrader.begin(request({ name: 'other.swu' }));
  const isBusyRefusal = (error: Error) =>
    error instanceof Refusal &&
    error.failure.code === 'busy' &&
    /^upgrade 1 \(plait-alix\.swu\) is receiving/.test(error.message);
  assert.throws(second, isBusyRefusal);
  await board.clock.advance(1000);
  assert.is(upgrader.job?.state, 'installed');
  assert.is(upgrader.begin(request()).id, 2);
});

refusing('any while the firmware is on trial and needs the other slot, or an apply waits', () => {
  assert.throws(() => scene({ needsOther: true }).upgrader.begin(request()), /slot a is on trial/);
  const waiting = scene({ pending: () => true }).upgrader;
  assert.throws(() => waiting.begin(request({ reboot: 'now' })), /--reboot later/);
  assert.is(waiting.begin(request()).state, 'receiving');
});

refusing.run();

const trouble = suite('an upgrade in trouble');

/** All that GRUB would start in many starts in a row, none of which gets as far as an agent. */
function mustStartWhole(board: SlotBoard, whole: readonly Buffer[], what: string): void {
  let { state } = board;
  for (let start = 0; start < 12; start++) {
    const loads = (slot: Slot) => Buffer.from(board.slot(slot).subarray(0, 4)).toString() === 'hsqs';
    const started = grubStarts(state, loads);
    assert.ok(started.slot, `${what}: nothing can be started`);
    const slot = started.slot as Slot;
    assert.ok(
      whole.some((one) => holds(board, slot, one)),
      `${what}: start ${start} is of slot ${slot}, which is not whole`,
    );
    state = started.state;
  }
}

/** A new agent after the end of the one before. */
async function nextAgent(board: SlotBoard, circumstances: Circumstances = {}): Promise<Scene> {
  board.goOn();
  const next = agentOn(board, circumstances);
  await next.upgrader.recover();
  return next;
}

async function swallowEnd(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
  }
}

for (const kind of ['fault', 'crash', 'power cut'] as const) {
  trouble(
    `by ${kind} at each of its ${ACTS} acts leaves the running slot alone, and GRUB only what is whole`,
    async () => {
      for (let at = 0; at < ACTS; at++) {
        for (const seed of [0, 1, 2]) await inTrouble(kind, at, seed);
      }
    },
  );
}

async function inTrouble(kind: Trouble, at: number, seed: number): Promise<void> {
  // Nothing that was not flushed is kept, all of it, or some.
  let random = at;
  const choose = (most: number) => {
    if (seed < 2) return seed % most;
    random = (random * 1103515245 + 12345) >>> 0;
    return (random >>> 8) % most;
  };
  const one = scene({}, choose);
  const what = `${kind} at act ${at}, ${seed}`;
  const before = one.board.fingerprint;
  one.board.trouble = kind;
  one.board.troubleIn = at;
  await swallowEnd(() => upgrade(one, GOOD));
  const next = kind === 'fault' ? one : await nextAgent(one.board);
  const { job } = next.upgrader;
  assert.ok(job === undefined || !isBusy(job.state), `${what}: ${job?.state}`);
  assert.ok(job === undefined || job.state !== 'failed' || job.failure?.message, `${what}: no reason`);
  assert.ok(holds(one.board, 'a', OLD), what);
  mustStartWhole(one.board, [OLD, OLDER, NEW], what);
  if (job?.failure?.in === 'receiving' || job?.failure?.in === 'checking')
    assert.is(one.board.fingerprint, before, what);
  if (job?.state === 'installed') assert.ok(holds(one.board, 'b', NEW), what);
  next.board.troubleIn = -1;
  assert.is((await upgrade(next, GOOD)).state, 'installed', `${what}: the next one`);
  assert.ok(holds(one.board, 'b', NEW) && one.board.state.active === 'b', `${what}: the next one`);
}

trouble(
  'ends as failed when the medium gives back something else, and nothing starts that slot',
  async () => {
    const one = scene();
    one.board.wornOut = true;
    const { failure } = await upgrade(one, GOOD);
    assert.equal([failure?.in, failure?.code], ['comparing', 'medium']);
    assert.match(failure?.message ?? '', /slot-b: it does not give back what was written: .*worn out/);
    assert.is(Buffer.from(one.board.slot('b').subarray(0, 4)).toString(), '\0\0\0\0');
    assert.equal([one.board.state.active, one.board.state.tries.b], ['a', 0]);
  },
);

trouble('is told of by the agent that follows', async () => {
  const one = scene();
  one.board.trouble = 'crash';
  one.board.troubleIn = ACTS - 20;
  await swallowEnd(() => upgrade(one, GOOD));
  const { job } = (await nextAgent(one.board)).upgrader;
  assert.equal(job?.failure, {
    in: 'writing',
    code: 'interrupted',
    message: 'plaitd ended while it was writing',
  });
});

type Happening =
  | { does: 'upgrade'; trouble: Trouble; at: number; bad: boolean }
  | { does: 'restart'; confirmed: boolean };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    does: fc.constant('upgrade' as const),
    trouble: fc.constantFrom<Trouble>('fault', 'crash', 'power cut'),
    // Beyond its acts: no trouble.
    at: fc.nat(2 * ACTS),
    bad: fc.boolean(),
  }),
  fc.record({ does: fc.constant('restart' as const), confirmed: fc.boolean() }),
);

trouble(
  'of any kind, again and again, in a board that is restarted between, never starts what is not whole',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 8 }), fc.array(fc.nat(5), { minLength: 20 }), life),
      { numRuns: 300 },
    );
  },
);

async function life(happenings: readonly Happening[], luck: readonly number[]): Promise<void> {
  let drawn = 0;
  const board = new SlotBoard(OLD, OLDER, (most) => (luck[drawn++ % luck.length] ?? 0) % most);
  board.signed.push(GOOD);
  const whole = [OLD, OLDER, NEW];
  let running: Slot = 'a';
  let one = agentOn(board, { running });
  for (const event of happenings) {
    const kept = Buffer.from(board.slot(running));
    if (event.does === 'upgrade') {
      board.trouble = event.trouble;
      board.troubleIn = event.at;
      await swallowEnd(() => upgrade(one, event.bad ? flipped(GOOD, GOOD.length - 900) : GOOD));
      if (board.files.ended) one = await nextAgent(board, { running });
      board.troubleIn = -1;
    } else {
      const { slot, state } = grubStarts(board.state, (slot) => board.slot(slot)[0] === 0x68);
      board.trouble = 'power cut';
      board.goOn();
      running = slot as Slot;
      for (const sector of BLOCKS) board.media[DISK]?.set(Buffer.from(formatBlock(state)), sector * SECTOR);
      if (event.confirmed) confirmSlot(board.disks, DISK, BLOCKS, running);
      one = agentOn(board, { running });
    }
    if (event.does === 'upgrade')
      assert.ok(Buffer.from(board.slot(running)).equals(kept), 'the running slot was written');
    mustStartWhole(board, whole, JSON.stringify(event));
  }
}

trouble.run();

const table = suite('states of an upgrade');

table('lead from each one to an end, and from an end to none but by a restart', () => {
  for (const [state, events] of Object.entries(UPGRADE_TRANSITIONS) as [UpgradeState, object][]) {
    assert.is(Object.hasOwn(events, 'fault'), isBusy(state), state);
    let at: UpgradeState = state;
    for (let step = 0; isBusy(at) && at !== 'restarting' && step < 10; step++)
      at = UPGRADE_TRANSITIONS[at].done ?? 'failed';
    assert.ok(['installed', 'failed', 'restarting'].includes(at), state);
  }
});

table.run();

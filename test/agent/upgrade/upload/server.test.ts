// SPDX-License-Identifier: MIT
/** Uploads to a board in memory: whatever clients do and whenever lines break, nothing but RAM is written before a bundle is checked. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECTOR } from '../../../../src/agent/boot-state.ts';
import { UPGRADE_JOB } from '../../../../src/agent/paths.ts';
import { Refusal } from '../../../../src/agent/protocol.ts';
import { SPOOL } from '../../../../src/agent/upgrade/spool.ts';
import { Upgrader } from '../../../../src/agent/upgrade/upgrader.ts';
import { UPLOAD_PORT, UPLOAD_TIME } from '../../../../src/agent/upgrade/upload/server.ts';
import { UPLOAD_TRANSITIONS, type UploadState } from '../../../../src/agent/upgrade/upload/upload-states.ts';
import { makeBundle } from '../../../../src/image/bundle/bundle.ts';
import { signingKey } from '../../../../src/image/bundle/signing-key.ts';
import { scratch } from '../../../image/scratch.ts';
import { type FakeClient, FakeTcp } from '../../support/fake-tcp.ts';
import { BLOCKS, SlotBoard } from '../../support/slot-board.ts';

const DISK = '/run/plait/disk/disk';
const LIMIT = 60 * SECTOR;
const slot = Buffer.from(`hsqs${'x'.repeat(20_000)}`);
const contents = { board: { name: 'alix', title: 'ALIX' }, version: '2.0.0', slot, epoch: 1_700_000_000 };
const GOOD = await makeBundle(contents, await signingKey(scratch()));
const sumOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const SUM = sumOf(GOOD);
const DAEMON_LAN = { device: 'lan', address: '192.168.1.1' };

interface Scene {
  board: SlotBoard;
  tcp: FakeTcp;
  upgrader: Upgrader;
  log: string[];
  /** Tables of the firewall that stand. */
  tables: Set<string>;
  lan: { device: string; address: string } | undefined;
  token: string;
}

async function scene(listens = true): Promise<Scene> {
  const board = new SlotBoard(Buffer.from('hsqs old'), Buffer.from('hsqs older'));
  board.signed.push(GOOD);
  const tcp = new FakeTcp();
  const log: string[] = [];
  const tables = new Set<string>();
  const { files, clock, disks, processes } = board;
  let chance = 0;
  const readAt = (path: string, offset: number, length: number) =>
    path === '/dev/urandom' ? sumBytes(chance++).subarray(0, length) : disks.readAt(path, offset, length);
  const one: Scene = { board, tcp, log, tables, lan: DAEMON_LAN, token: '', upgrader: undefined as never };
  one.upgrader = new Upgrader({
    ports: {
      files,
      clock: {
        monotonic: () => clock.monotonic(),
        wall: () => clock.wall(),
        after: (ms, run) => clock.after(ms, run),
      },
      disks: { ...disks, readAt },
      processes,
      sockets: tcp as never,
      log: (level, text) => log.push(`${level}: ${text}`),
    },
    kernel: {
      putTable: ({ name }) => void tables.add(name),
      deleteTable: (_, name) => void tables.delete(name),
    },
    lan: () => one.lan,
    board: { name: 'alix', disk: DISK, bootStateBlocks: BLOCKS, slot: 'a', slotLimit: LIMIT },
    version: '1.0.0',
    slots: { needsOther: false, erased: () => undefined, installed: () => undefined },
    pending: () => false,
  });
  if (listens) await open(one);
  return one;
}

function sumBytes(number: number): Uint8Array {
  return Buffer.from(sumOf(Buffer.from([number])), 'hex');
}

async function open(one: Scene): Promise<void> {
  one.token = (await one.upgrader.listen({ reboot: 'later', allowOlder: false })).token;
}

interface Asked {
  sum?: string;
  token?: string;
  from?: number;
  size?: number;
  /** Of the body, if it is not the rest of the file. */
  length?: number;
  more?: readonly string[];
}

/** The head of a PUT as curl sends it. */
function put(
  one: Scene,
  { sum = SUM, token = one.token, from = 0, size = GOOD.length, length, more = [] }: Asked = {},
) {
  return [
    `PUT /upgrade/${sum} HTTP/1.1`,
    'Host: 192.168.1.1:8080',
    ...(from > 0 ? [`Content-Range: bytes ${from}-${size - 1}/${size}`] : []),
    'User-Agent: curl/7.88.1',
    `Authorization: Bearer ${token}`,
    `Content-Length: ${length ?? size - from}`,
    ...more,
    '\r\n',
  ].join('\r\n');
}

function ask(one: Scene, line: string, token = one.token): FakeClient {
  return one.tcp.connect().send(`${line} HTTP/1.1\r\nAuthorization: Bearer ${token}\r\n\r\n`);
}

const offset = (one: Scene, sum = SUM) => Number(ask(one, `HEAD /upgrade/${sum}`).field('Upload-Offset'));
const state = ({ upgrader }: Scene) => upgrader.job?.state;

const uploading = suite('uploads');

uploading(
  'are taken at the address of the LAN, behind a rule of the firewall, until one has come',
  async () => {
    const one = await scene();
    assert.is(one.tcp.listens, `lan 192.168.1.1 ${UPLOAD_PORT}`);
    assert.equal([...one.tables], ['plait_upload']);
    const { upload } = one.upgrader.job ?? {};
    assert.equal(upload, {
      url: `http://192.168.1.1:${UPLOAD_PORT}/upgrade`,
      until: one.board.clock.now + UPLOAD_TIME,
    });
    const client = one.tcp.connect().send(put(one, { more: ['Expect: 100-continue'] }));
    assert.is(client.received, 'HTTP/1.1 100 Continue\r\n\r\n');
    client.send(GOOD.subarray(0, 5000));
    assert.equal([one.upgrader.job?.done, one.upgrader.job?.total], [5000, GOOD.length]);
    client.send(GOOD.subarray(5000));
    await one.board.clock.advance(1000);
    assert.equal([client.status, state(one)], [200, 'installed']);
    assert.match(
      client.body,
      /^version 2\.0\.0, signed with key a1b2c3d4, was checked and goes into slot b;/,
    );
    assert.ok(Buffer.from(one.board.slot('b').subarray(0, slot.length)).equals(slot));
    const job = JSON.parse(ask(one, 'GET /upgrade').body);
    assert.equal([job.state, job.version], ['installed', '2.0.0'], 'who follows it is told');
    assert.is(one.tcp.connect().send(put(one)).status, 409, 'the token is good for one bundle');
    await one.board.clock.advance(11_000);
    assert.equal([one.tcp.listens, one.tables.size], [undefined, 0]);
  },
);

uploading('that break off go on behind what came, from any client that has the token', async () => {
  const one = await scene();
  one.tcp.connect().send(put(one)).send(GOOD.subarray(0, 7000)).cut();
  assert.is(offset(one), 7000);
  assert.is(offset(one, 'f'.repeat(64)), 0, 'of another file nothing is there');
  for (const [from, size, sum] of [
    [6999, GOOD.length, SUM],
    [7001, GOOD.length, SUM],
    [7000, GOOD.length + 1, SUM],
    [7000, GOOD.length, 'f'.repeat(64)],
  ] as const)
    assert.is(one.tcp.connect().send(put(one, { from, size, sum })).status, 409, `${from} of ${size}`);
  assert.is(offset(one), 7000);
  const client = one.tcp
    .connect('192.168.1.51')
    .send(put(one, { from: 7000 }) + GOOD.toString('latin1', 7000, 7001));
  client.send(GOOD.subarray(7001));
  await one.board.clock.advance(1000);
  assert.equal([client.status, state(one)], [200, 'installed']);
});

uploading('may begin anew, also with another file', async () => {
  const one = await scene();
  const other = Buffer.alloc(9000, 1);
  one.tcp
    .connect()
    .send(put(one, { sum: sumOf(other), size: other.length }))
    .send(other.subarray(0, 8000))
    .cut();
  const client = one.tcp.connect().send(put(one)).send(GOOD);
  await one.board.clock.advance(1000);
  assert.equal([client.status, state(one)], [200, 'installed']);
});

uploading('are one at a time', async () => {
  const one = await scene();
  const first = one.tcp.connect().send(put(one)).send(GOOD.subarray(0, 100));
  const second = one.tcp.connect().send(put(one)).send(GOOD);
  assert.is(second.status, 409);
  assert.match(second.body, /an upload is receiving/);
  first.send(GOOD.subarray(100));
  await one.board.clock.advance(1000);
  assert.is(first.status, 200);
});

uploading('keep other upgrades out, and are kept out by them', async () => {
  const one = await scene();
  const request = { path: '/tmp/x.swu', name: 'x.swu', reboot: 'later', allowOlder: false } as const;
  assert.throws(
    () => one.upgrader.begin(request),
    (error: Error) => error instanceof Refusal && /an upload/.test(error.message),
  );
  const busy = await scene(false);
  busy.board.ram.set('/tmp/x.swu', GOOD);
  busy.upgrader.begin(request);
  await open(busy).then(
    () => assert.unreachable(),
    (error: Error) => assert.instance(error, Refusal),
  );
  assert.is(busy.tcp.listens, undefined);
});

/** Reasons for which a bundle never gets as far as a slot. */
const BAD: [string, (one: Scene) => FakeClient, number, RegExp][] = [
  [
    'another SHA-256',
    (one) =>
      one.tcp
        .connect()
        .send(put(one, { sum: 'a'.repeat(64) }))
        .send(GOOD),
    422,
    /another SHA-256/,
  ],
  ['too large', (one) => one.tcp.connect().send(put(one, { size: LIMIT + 1_000_001 })), 413, /1\.0 MB/],
  ['empty', (one) => one.tcp.connect().send(put(one, { size: 0 })), 400, /empty/],
  [
    'without a length',
    (one) => one.tcp.connect().send(put(one).replace(/Content-Length.*\r\n/, '')),
    411,
    /Content-Length/,
  ],
  [
    'in chunks',
    (one) => one.tcp.connect().send(put(one, { more: ['Transfer-Encoding: chunked'] })),
    411,
    /curl -T/,
  ],
  [
    'a part from the middle',
    (one) => one.tcp.connect().send(put(one, { from: 5, length: 20 })),
    400,
    /Content-Range/,
  ],
  ['somewhere else', (one) => ask(one, 'PUT /index.html'), 404, /\/upgrade/],
  ['with a hash of capitals', (one) => ask(one, `HEAD /upgrade/${'A'.repeat(64)}`), 404, /^$/],
  ['by POST', (one) => ask(one, `POST /upgrade/${SUM}`), 405, /PUT/],
  ['without a token', (one) => one.tcp.connect().send('GET /upgrade HTTP/1.1\r\n\r\n'), 401, /Bearer TOKEN/],
  ['with a wrong token', (one) => ask(one, 'GET /upgrade', 'f'.repeat(32)), 403, /not the token/],
  [
    'with a part of the token',
    (one) => ask(one, 'GET /upgrade', one.token.slice(0, 31)),
    403,
    /not the token/,
  ],
  ['with more than the token', (one) => ask(one, 'GET /upgrade', `${one.token}0`), 403, /not the token/],
];
for (const [what, send, status, text] of BAD) {
  uploading(`${what}: are refused, nothing is written, and a good one is still taken`, async () => {
    const one = await scene();
    const before = one.board.fingerprint;
    const client = send(one);
    await one.board.clock.advance(300);
    assert.is(client.status, status);
    assert.match(client.body, text);
    await one.board.clock.advance(3000);
    assert.ok(client.closed);
    assert.equal([state(one), one.board.fingerprint], ['receiving', before]);
    const good = one.tcp.connect().send(put(one)).send(GOOD);
    await one.board.clock.advance(1000);
    assert.is(good.status, 200);
  });
}

uploading('that cannot be kept are told so, and go on where the disk in RAM failed', async () => {
  for (const act of ['write the first piece', 'empty the file']) {
    const one = await scene();
    if (act === 'empty the file') one.board.mounted = false;
    else one.board.troubleIn = 0;
    const client = one.tcp.connect().send(put(one)).send(GOOD);
    assert.is(client.status, act === 'empty the file' ? 500 : 507, act);
    one.board.mounted = true;
    const good = one.tcp.connect().send(put(one)).send(GOOD);
    await one.board.clock.advance(1000);
    assert.is(good.status, 200, act);
  }
});

uploading('that are no bundle are refused by the checks that every bundle meets', async () => {
  const one = await scene();
  const noise = Buffer.alloc(5000, 7);
  const before = one.board.fingerprint;
  const client = one.tcp
    .connect()
    .send(put(one, { sum: sumOf(noise), size: noise.length }))
    .send(noise);
  await one.board.clock.advance(1000);
  assert.is(client.status, 422);
  assert.match(client.body, /^upgrade 1 failed: this is no update bundle of Plait/);
  assert.equal([state(one), one.board.fingerprint], ['failed', before]);
});

uploading('are closed by five wrong tokens; from then on not even the right one opens', async () => {
  const one = await scene();
  for (let round = 0; round < 5; round++) assert.is(ask(one, 'GET /upgrade', '0'.repeat(32)).status, 403);
  assert.is(ask(one, 'GET /upgrade').status, 403);
  await one.board.clock.advance(300);
  assert.equal([one.tcp.listens, one.tables.size, state(one)], [undefined, 0, 'failed']);
  assert.match(one.upgrader.job?.failure?.message ?? '', /^5 requests had a wrong token/);
  assert.is(one.log.filter((line) => /192\.168\.1\.50 has a wrong token/.test(line)).length, 5);
});

uploading('are closed after ten minutes, whatever has come', async () => {
  const one = await scene();
  const client = one.tcp.connect().send(put(one));
  for (let sent = 0; sent < 60; sent++) {
    await one.board.clock.advance(10_000);
    client.send(GOOD.subarray(sent, sent + 1));
  }
  await one.board.clock.advance(300);
  assert.ok(client.closed);
  assert.equal([one.tcp.listens, state(one), one.board.ram.has(SPOOL)], [undefined, 'failed', false]);
  assert.is(one.upgrader.job?.failure?.message, `59 of ${GOOD.length} bytes came within 10 minutes`);
});

uploading('are closed when the LAN changes, on request, and when plaitd ends', async () => {
  for (const [end, reason] of [
    [
      (one: Scene) => {
        one.lan = { device: 'lan', address: '192.168.9.1' };
      },
      /the address of the LAN has changed/,
    ],
    [
      (one: Scene) => {
        one.lan = undefined;
      },
      /the address of the LAN has changed/,
    ],
    [(one: Scene) => one.upgrader.closeUpload(), /--close/],
    [(one: Scene) => one.upgrader.stop(), /plaitd ends/],
  ] as const) {
    const one = await scene();
    const client = one.tcp.connect().send(put(one));
    end(one);
    await one.board.clock.advance(300);
    assert.equal(
      [one.tcp.listens, one.tables.size, client.closed, state(one)],
      [undefined, 0, true, 'failed'],
    );
    assert.match(one.upgrader.job?.failure?.message ?? '', reason);
    assert.throws(() => one.upgrader.closeUpload(), /no upload is waited for/);
  }
});

uploading('that cannot be taken at all say why', async () => {
  const without = await scene(false);
  without.lan = undefined;
  await open(without).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /no LAN/),
  );
  const taken = await scene(false);
  taken.tcp.taken = true;
  await open(taken);
  await taken.board.clock.advance(10);
  assert.match(
    taken.upgrader.job?.failure?.message ?? '',
    /^port 8080 of 192\.168\.1\.1 \(lan\) cannot be opened: .*in use$/,
  );
  assert.is(taken.tables.size, 0);
  const small = await scene(false);
  small.board.files.put('/proc/meminfo', 'MemAvailable: 64000 kB\n');
  await open(small);
  await small.board.clock.advance(10);
  assert.is(small.upgrader.job?.failure?.code, 'no-memory');
  assert.is(small.tcp.listens, undefined);
});

uploading('write their token nowhere', async () => {
  const one = await scene();
  assert.match(one.token, /^[0-9a-f]{32}$/);
  const client = one.tcp.connect().send(put(one)).send(GOOD);
  await one.board.clock.advance(1000);
  ask(one, 'GET /upgrade', 'wrong');
  const seen = [
    ...one.log,
    one.board.files.read(UPGRADE_JOB),
    JSON.stringify(one.upgrader.job),
    client.received,
    ...one.board.ran,
  ];
  assert.ok(!seen.some((text) => text?.includes(one.token)));
  assert.is.not((await scene()).token, '');
});

uploading('are told of by the agent that is started again, whose port is closed', async () => {
  const one = await scene();
  const next = await scene(false);
  next.tables.add('plait_upload');
  next.board.files.put(UPGRADE_JOB, one.board.files.read(UPGRADE_JOB) ?? '');
  await next.upgrader.recover();
  assert.equal(
    [state(next), next.upgrader.job?.failure?.code, next.tables.size],
    ['failed', 'interrupted', 0],
  );
});

uploading.run();

const patience = suite('patience with clients');

patience('ends after five seconds for a head, however it trickles', async () => {
  const one = await scene();
  const silent = one.tcp.connect();
  const slow = one.tcp.connect();
  const text = put(one);
  for (let at = 0; at < 10; at++) {
    slow.send(text.slice(at, at + 1));
    await one.board.clock.advance(500);
  }
  await one.board.clock.advance(300);
  assert.equal([silent.status, slow.status], [408, 408]);
  await one.board.clock.advance(2500);
  assert.ok(silent.closed && slow.closed);
});

patience('ends after 20 seconds without a byte of the file, which can go on then', async () => {
  const one = await scene();
  const client = one.tcp.connect().send(put(one)).send(GOOD.subarray(0, 3000));
  await one.board.clock.advance(19_000);
  client.send(GOOD.subarray(3000, 4000));
  await one.board.clock.advance(19_000);
  assert.is(client.status, 0);
  await one.board.clock.advance(1500);
  assert.is(client.status, 408);
  assert.is(offset(one), 4000);
});

patience('lets nobody fill the port: who has shown nothing makes room for the next', async () => {
  const one = await scene();
  const sender = one.tcp.connect().send(put(one)).send(GOOD.subarray(0, 10));
  const idle = Array.from({ length: 20 }, () => one.tcp.connect());
  assert.is(idle.filter(({ closed }) => !closed).length, 7);
  assert.is(sender.closed, false);
  assert.is(offset(one), 0 + 10);
  sender.send(GOOD.subarray(10));
  await one.board.clock.advance(1000);
  assert.is(sender.status, 200);
});

patience('ends for who is refused and goes on sending', async () => {
  const one = await scene();
  const client = one.tcp.connect().send(put(one, { size: LIMIT * 100 }));
  for (let sent = 0; sent < 20; sent++) client.send(Buffer.alloc(64 * 1024));
  assert.is(client.status, 413);
  assert.ok(client.closed);
});

patience.run();

const model = suite('random clients');

type Happening =
  | { does: 'send'; client: number; bytes: number }
  | { does: 'begin'; resume: boolean; sum: 'right' | 'wrong' }
  | { does: 'cut'; client: number }
  | { does: 'wait'; ms: number }
  | { does: 'noise'; bytes: Uint8Array };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('send' as const),
      client: fc.nat(5),
      bytes: fc.integer({ min: 1, max: GOOD.length }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('begin' as const),
      resume: fc.boolean(),
      sum: fc.constantFrom('right' as const, 'right' as const, 'wrong' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('cut' as const), client: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('wait' as const), ms: fc.nat(25_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('noise' as const), bytes: fc.uint8Array({ maxLength: 50 }) }),
  },
);

/** What the spool holds is always the beginning of the file that was named, and a slot is written only by a whole one. */
async function play(happenings: readonly Happening[]): Promise<void> {
  const one = await scene();
  const before = one.board.fingerprint;
  const clients: { tcp: FakeClient; next: number }[] = [];
  const alive = (index: number) => clients[index % Math.max(1, clients.length)];
  for (const event of happenings) {
    if (state(one) !== 'receiving') break;
    if (event.does === 'begin') {
      const sum = event.sum === 'right' ? SUM : 'e'.repeat(64);
      const from = event.resume ? offset(one, sum) : 0;
      clients.unshift({ tcp: one.tcp.connect().send(put(one, { sum, from })), next: from });
    } else if (event.does === 'send') {
      const client = alive(event.client);
      if (client === undefined) continue;
      client.tcp.send(GOOD.subarray(client.next, client.next + event.bytes));
      client.next += event.bytes;
    } else if (event.does === 'cut') alive(event.client)?.tcp.cut();
    else if (event.does === 'wait') await one.board.clock.advance(event.ms);
    else one.tcp.connect().send(event.bytes);
    const spooled = one.board.ram.get(SPOOL) ?? new Uint8Array(0);
    assert.ok(
      Buffer.from(spooled).equals(GOOD.subarray(0, spooled.length)),
      'the spool holds something else',
    );
    if (state(one) === 'receiving') assert.is(one.board.fingerprint, before, 'something was written');
  }
  // Whatever it was: silence, and then one that does all right.
  await one.board.clock.advance(30_000);
  if (state(one) === 'receiving') {
    const client = one.tcp.connect().send(put(one)).send(GOOD);
    await one.board.clock.advance(1000);
    assert.is(client.status, 200, client.received);
  }
  assert.is(state(one), 'installed');
  assert.ok(Buffer.from(one.board.slot('b').subarray(0, slot.length)).equals(slot));
}

model('leave the beginning of a file in RAM, and in the end the right one is installed', async () => {
  await fc.assert(fc.asyncProperty(fc.array(happening, { maxLength: 25 }), play), { numRuns: 200 });
});

model.run();

const table = suite('states of an upload');

table('can all be reached, and each but the last two can be closed', () => {
  const reached = new Set<UploadState>(['waiting']);
  for (const from of reached) for (const to of Object.values(UPLOAD_TRANSITIONS[from])) reached.add(to);
  assert.equal([...reached].sort(), Object.keys(UPLOAD_TRANSITIONS).sort());
  for (const [from, events] of Object.entries(UPLOAD_TRANSITIONS))
    assert.is(events.close === 'closed', from !== 'taken' && from !== 'closed', from);
});

table.run();

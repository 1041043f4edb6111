// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeFrame, packetOf } from '../../../src/machine/cost/frames.ts';
import { Load, readFrames } from '../../../src/machine/cost/load.ts';
import { makeSegment } from '../../../src/machine/cost/segments.ts';
import { makeFlows } from '../../../src/machine/cost/topology.ts';
import { datagrams, segments, type Traffic } from '../../../src/machine/cost/traffic.ts';
import { MachineError } from '../../../src/machine/errors.ts';
import { Cable } from '../../../src/machine/wiring.ts';
import { forwarded, inIpip } from './wrap.ts';

const DEADLINE = 20_000;
const macs = { from: '02:00:00:00:00:01', to: '02:00:00:00:00:09' };
const back = { from: '02:00:00:00:00:02', to: '02:00:00:00:00:08' };
const flows = [0, 1].map((host) => ({
  from: `10.1.0.${host}`,
  to: '10.2.0.2',
  fromPort: 10_000 + host,
  toPort: 9,
}));

/** What stands for the board: gives the frames that leave for one that came in. */
type Board = (frame: Buffer, count: number) => Buffer[];

const loads = suite<{ folder: string }>('Load');

loads.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-test-'));
});
loads.after.each(({ folder }) => rmSync(folder, { recursive: true }));

loads('counts by the way they left what comes back, and goes on sending as it does', async ({ folder }) => {
  const ways = ['198.51.100.1', '198.51.100.2'];
  await under(
    folder,
    (frame, count) => [inIpip(forwarded(frame), ways[count % 2] ?? '')],
    async (load) => {
      await until(() => load.returned() >= 5_000);
      const { byWay, lost, damaged } = load.counts();
      assert.equal([...byWay.keys()].sort(), ways);
      assert.ok(Math.abs((byWay.get('198.51.100.1') ?? 0) - (byWay.get('198.51.100.2') ?? 0)) <= 1);
      assert.equal([lost, damaged], [0, 0]);
    },
  );
});

loads('never has more on their way than a receive ring holds', async ({ folder }) => {
  let seen = 0;
  const swallow: Board = () => {
    seen++;
    return [];
  };
  await under(folder, swallow, async () => {
    await until(() => seen > 1_000);
    await sleep(200);
    assert.ok(seen <= 1_500, `${seen} are on their way`);
  });
});

loads('counts what is lost, and goes on', async ({ folder }) => {
  await under(
    folder,
    (frame, count) => (count % 10 === 3 ? [] : [forwarded(frame)]),
    async (load) => {
      await until(() => load.returned() >= 5_000);
      const share = load.counts().lost / (load.counts().lost + load.returned());
      assert.ok(Math.abs(share - 0.1) < 0.01, `${share} of the packets are said to be lost`);
    },
  );
});

loads('counts packets that came back altered, and not as returned', async ({ folder }) => {
  const alter: Board = (frame, count) => {
    const next = forwarded(frame);
    if (count % 100 === 7) next.writeUInt8(next.readUInt8(60) ^ 1, 60);
    return [next];
  };
  await under(folder, alter, async (load) => {
    await until(() => load.returned() >= 5_000);
    const { damaged } = load.counts();
    assert.ok(damaged >= 50, `${damaged} are said to be damaged`);
  });
});

loads('passes over what it has not sent', async ({ folder }) => {
  const stranger = makeFrame({ from: '10.9.9.9', to: '10.9.9.8', fromPort: 1, toPort: 1 }, 40, macs);
  stranger.writeUInt32BE(0x7fff_ffff, 42);
  const segment = makeSegment({ from: '10.9.9.9', to: '10.9.9.8', fromPort: 1, toPort: 1 }, 46, macs);
  await under(
    folder,
    (frame) => [stranger, segment, Buffer.alloc(60), forwarded(frame)],
    async (load) => {
      await until(() => load.returned() >= 1_000);
      assert.equal([load.counts().lost, load.counts().damaged], [0, 0]);
    },
  );
});

loads(
  'acknowledges every second segment of a connection, by the tunnel that it came by',
  async ({ folder }) => {
    const answers: Buffer[] = [];
    await under(
      folder,
      (frame) => [inIpip(forwarded(frame), '198.51.100.7')],
      async (load) => {
        await until(() => load.returned() >= 4_000);
        const wanted = load.returned() / 2 - flows.length;
        await until(() => answers.length >= wanted);
        assert.ok(answers.length <= load.returned() / 2, `${answers.length} of ${load.returned()}`);
        assert.equal([load.counts().lost, load.counts().damaged], [0, 0]);
      },
      {
        traffic: segments(flows, 46, macs, { macs: back, board: '203.0.113.1' }),
        answered: (frame) => answers.push(frame),
      },
    );
    const outer = packetOf(answers[0] as Buffer);
    assert.equal([...outer.subarray(12, 20)], [198, 51, 100, 7, 203, 0, 113, 1]);
  },
);

loads('passes over segments of connections that are not its own', async ({ folder }) => {
  const other = segments(makeFlows(2, 7), 46, macs, { macs: back, board: '203.0.113.1' });
  await under(
    folder,
    (frame, count) => [Buffer.from(other.frame(count)), forwarded(frame)],
    async (load) => {
      await until(() => load.returned() >= 1_000);
      assert.equal([load.counts().lost, load.counts().damaged], [0, 0]);
    },
    { traffic: segments(flows, 46, macs, { macs: back, board: '203.0.113.1' }) },
  );
});

loads('waits for an emulator that does not listen yet', async ({ folder }) => {
  const [into, outOf] = [new Cable(join(folder, 'in')), new Cable(join(folder, 'out'))];
  into.take();
  outOf.take();
  const plugged = Load.plugIn(into, outOf);
  await sleep(100);
  const servers = await Promise.all([listen(into.socket, () => {}), listen(outOf.socket, () => {})]);
  (await plugged).unplug();
  for (const server of servers) server.close();
});

loads('passes over what an earlier load left in the board', async ({ folder }) => {
  const left: Buffer[] = [];
  let second = false;
  const board: Board = (frame) => {
    if (second) return [...left.splice(0, 1).map(forwarded), inIpip(forwarded(frame), '198.51.100.1')];
    left.push(frame);
    return [forwarded(frame)];
  };
  await under(folder, board, async (load) => {
    await until(() => load.returned() >= 5_000);
    load.stop();
    second = true;
    load.start(datagrams(flows, 100, macs, load.sentInAll()));
    await until(() => load.returned() >= 5_000);
    assert.equal([...load.counts().byWay.keys()], ['198.51.100.1']);
    assert.is(load.counts().damaged, 0);
  });
});

loads('says when nothing is plugged in at the other end', async ({ folder }) => {
  const [into, outOf] = [new Cable(join(folder, 'in')), new Cable(join(folder, 'out'))];
  assert.instance(await failure(Load.plugIn(into, outOf)), MachineError);
  into.take();
});

loads.run();

const cutting = suite<{ folder: string }>('readFrames');

cutting.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-test-'));
});
cutting.after.each(({ folder }) => rmSync(folder, { recursive: true }));

cutting('finds the frames in a stream, in whatever pieces it comes', async ({ folder }) => {
  const path = join(folder, 'socket');
  const got: string[] = [];
  const server = await listen(path, (socket) => readFrames(socket, (frame) => got.push(frame.toString())));
  const { connect } = await import('node:net');
  const client = connect(path);
  for (const byte of [
    ...framed(Buffer.from('one')),
    ...framed(Buffer.from('')),
    ...framed(Buffer.from('three')),
  ]) {
    client.write(Buffer.of(byte));
    await sleep(1);
  }
  await until(() => got.length === 3);
  assert.equal(got, ['one', '', 'three']);
  client.destroy();
  server.close();
});

cutting.run();

interface Under {
  readonly traffic?: Traffic;
  /** Gets the frames that come back from the far ends. */
  readonly answered?: (frame: Buffer) => void;
}

/** Runs a load against a board of the test's own, which listens on both cables as an emulator does. */
async function under(
  folder: string,
  board: Board,
  body: (load: Load) => Promise<void>,
  { traffic = datagrams(flows, 100, macs, 0), answered = () => {} }: Under = {},
): Promise<void> {
  const [into, outOf] = [new Cable(join(folder, 'in')), new Cable(join(folder, 'out'))];
  let out: Socket | undefined;
  let count = 0;
  const servers = [
    await listen(into.socket, (socket) =>
      readFrames(socket, (frame) => {
        for (const leaving of board(Buffer.from(frame), count++)) out?.write(framed(leaving));
      }),
    ),
    await listen(outOf.socket, (socket) => {
      out = socket;
      readFrames(socket, answered);
    }),
  ];
  into.take();
  outOf.take();
  const load = await Load.plugIn(into, outOf);
  try {
    await until(() => out !== undefined);
    load.start(traffic);
    await body(load);
  } finally {
    load.unplug();
    for (const server of servers) server.close();
  }
}

function framed(frame: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}

function listen(path: string, connected: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    connected(socket);
  });
  return new Promise((resolve) => server.listen(path, () => resolve(server)));
}

async function until(come: () => boolean): Promise<void> {
  const end = performance.now() + DEADLINE;
  while (!come()) {
    if (performance.now() > end) throw new Error(`it did not come within ${DEADLINE / 1000} s`);
    await sleep(10);
  }
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Prober, targetName } from '../../src/agent/health.ts';
import { checksum, decodeEchoReply, encodeEchoRequest } from '../../src/agent/icmp.ts';
import type { Sockets } from '../../src/agent/ports.ts';
import type { HealthTarget } from '../../src/appliance/health-targets.ts';
import { FakeClock } from './support/fake-ports.ts';

const GATEWAY: HealthTarget = {
  kind: 'uplink',
  uplink: 'dsl',
  source: '192.0.2.44',
  device: 'eth1.5',
  target: '192.0.2.1',
  method: { by: 'ping' },
  servers: [],
  interval: 100,
  misses: 3,
};
const LEG: HealthTarget = { ...GATEWAY, kind: 'leg', tunnel: 'hq', leg: 'dsl', target: '198.51.100.9' };

/** A network in which each target answers after its round trip, or not at all. */
class FakeNetwork {
  readonly clock = new FakeClock();
  readonly events: string[] = [];
  readonly proved: string[] = [];
  readonly open: string[] = [];
  /** Milliseconds by target; absent: silent. */
  readonly rtt = new Map<string, number>();
  sent = 0;
  /** Milliseconds that the agent is busy with what it hears of. */
  busy = 0;
  readonly prober: Prober;

  constructor() {
    const sockets = {
      icmp: (device: string, source: string, receive: (from: string, packet: Uint8Array) => void) => {
        const name = `${device} ${source}`;
        this.open.push(name);
        return {
          send: (to: string, message: Uint8Array) => {
            this.sent++;
            const rtt = this.rtt.get(to);
            if (rtt !== undefined) this.clock.after(rtt, () => receive(to, replyTo(message)));
            return true;
          },
          close: () => void this.open.splice(this.open.indexOf(name), 1),
        };
      },
    } as unknown as Sockets;
    this.prober = new Prober(
      { clock: this.clock, sockets, log: () => undefined },
      {
        changed: (target, alive) => {
          this.events.push(`${this.clock.now} ${targetName(target)} ${alive}`);
          this.clock.now += this.busy;
        },
        proved: (target) => this.proved.push(`${this.clock.now} ${targetName(target)}`),
      },
    );
  }

  times(event: string): number[] {
    return this.events.filter((one) => one.endsWith(event)).map((one) => Number(one.split(' ')[0]));
  }
}

function replyTo(request: Uint8Array): Uint8Array {
  const reply = request.slice();
  reply[0] = 0;
  reply.set([0, 0], 2);
  const sum = checksum(reply);
  reply.set([sum >> 8, sum & 0xff], 2);
  const packet = new Uint8Array(20 + reply.length);
  packet.set([0x45], 0);
  packet[9] = 1;
  packet.set(reply, 20);
  return packet;
}

const probing = suite('probing');

for (const rtt of [2, 60, 250]) {
  probing(`a path of ${rtt} ms that falls silent is left within 300 ms`, async () => {
    const network = new FakeNetwork();
    network.rtt.set(GATEWAY.target, rtt);
    network.prober.setTargets([GATEWAY]);
    for (const moment of [1730, 1777, 1799]) {
      await network.clock.advance(moment - 1000);
      network.rtt.delete(GATEWAY.target);
      const silentFrom = network.clock.now;
      await network.clock.advance(1000);
      const [died] = network.times('uplink dsl false');
      assert.ok(died !== undefined);
      // Answers under way still come; the silence begins behind the last of them.
      assert.ok(died - silentFrom <= 300 + rtt, `died after ${died - silentFrom} ms`);
      network.rtt.set(GATEWAY.target, rtt);
      await network.clock.advance(2000);
      network.events.length = 0;
    }
  });
}

probing('what the agent does about one death is not the silence of the others', async () => {
  for (const first of [GATEWAY, LEG]) {
    const other = first === GATEWAY ? LEG : GATEWAY;
    const network = new FakeNetwork();
    network.busy = 3000;
    for (const { target } of [GATEWAY, LEG]) network.rtt.set(target, 5);
    network.prober.setTargets([GATEWAY, LEG]);
    await network.clock.advance(2050);
    network.rtt.delete(first.target);
    await network.clock.advance(6000);
    assert.is(network.times(`${targetName(first)} false`).length, 1);
    assert.equal(network.times(`${targetName(other)} false`), []);
  }
});

probing('one lost packet, or two, are nothing', async () => {
  const network = new FakeNetwork();
  network.rtt.set(GATEWAY.target, 5);
  network.prober.setTargets([GATEWAY]);
  await network.clock.advance(2050);
  network.rtt.delete(GATEWAY.target);
  await network.clock.advance(200);
  network.rtt.set(GATEWAY.target, 5);
  await network.clock.advance(2000);
  assert.equal(network.events, []);
});

probing('a dead target lives again after three answers in a row, not after one', async () => {
  const network = new FakeNetwork();
  network.prober.setTargets([GATEWAY]);
  await network.clock.advance(2000);
  assert.is(network.times('false').length, 1);
  network.rtt.set(GATEWAY.target, 5);
  await network.clock.advance(100);
  network.rtt.delete(GATEWAY.target);
  await network.clock.advance(500);
  assert.equal(network.times('true'), []);
  network.rtt.set(GATEWAY.target, 5);
  await network.clock.advance(400);
  assert.is(network.times('true').length, 1);
  assert.equal(network.prober.dead(), []);
});

probing('before the first answer a long path has time to show itself', async () => {
  const network = new FakeNetwork();
  network.rtt.set(GATEWAY.target, 900);
  network.prober.setTargets([GATEWAY]);
  await network.clock.advance(5000);
  assert.equal(network.events, []);
  assert.ok(Math.abs((network.prober.health(GATEWAY)?.rtt ?? 0) - 900) < 1);
});

probing('time in which the agent did not run is no silence', async () => {
  const network = new FakeNetwork();
  network.rtt.set(GATEWAY.target, 5);
  network.prober.setTargets([GATEWAY]);
  await network.clock.advance(2050);
  network.clock.now += 700;
  await network.clock.advance(1000);
  assert.equal(network.events, []);
});

probing('answers of another address or with a wrong checksum do not count', async () => {
  const network = new FakeNetwork();
  network.prober.setTargets([GATEWAY]);
  const good = replyTo(encodeEchoRequest({ id: 7, seq: 9 }));
  assert.equal(decodeEchoReply(good), { id: 7, seq: 9 });
  good[good.length - 1] = (good[good.length - 1] ?? 0) ^ 1;
  assert.is(decodeEchoReply(good), undefined);
  assert.is(decodeEchoReply(good.subarray(0, 22)), undefined);
  assert.is(decodeEchoReply(new Uint8Array(0)), undefined);
});

probing('targets of one device and address share a socket, which goes with the last', async () => {
  const network = new FakeNetwork();
  network.prober.setTargets([GATEWAY, LEG]);
  await network.clock.advance(300);
  assert.equal(network.open, ['eth1.5 192.0.2.44']);
  network.prober.setTargets([LEG]);
  await network.clock.advance(300);
  assert.equal(network.open, ['eth1.5 192.0.2.44']);
  network.prober.stop();
  assert.equal(network.open, []);
  const sent = network.sent;
  await network.clock.advance(1000);
  assert.is(network.sent, sent);
});

probing(
  'a target that is probed more often from now on is asked at once and has time to answer',
  async () => {
    const network = new FakeNetwork();
    network.rtt.set(LEG.target, 900);
    const seldom = { ...LEG, interval: 30_000 };
    network.prober.setTargets([seldom]);
    await network.clock.advance(50_000);
    assert.is(network.sent, 2);
    network.prober.setTargets([{ ...seldom, interval: 100 }]);
    await network.clock.advance(1000);
    assert.is(network.sent, 13);
    assert.equal(network.events, []);
    network.rtt.delete(LEG.target);
    await network.clock.advance(1300);
    assert.is(network.times('false').length, 1);
  },
);

probing('a target that stays keeps what is known of it', async () => {
  const network = new FakeNetwork();
  network.prober.setTargets([GATEWAY]);
  await network.clock.advance(2000);
  network.prober.setTargets([{ ...GATEWAY }, LEG]);
  assert.equal(network.prober.dead().map(targetName), ['uplink dsl']);
});

probing.run();

const damping = suite('damping');

/** A network whose path has answered in 5 ms for a while. */
async function steady(): Promise<FakeNetwork> {
  const network = new FakeNetwork();
  network.rtt.set(LEG.target, 5);
  network.prober.setTargets([LEG]);
  await network.clock.advance(2050);
  return network;
}

/** Cuts the path for so long; how long it took to be left and to be back, from the cut's beginning and end. */
async function cut(network: FakeNetwork, duration: number): Promise<{ left: number; back: number }> {
  network.events.length = 0;
  const began = network.clock.now;
  network.rtt.delete(LEG.target);
  await network.clock.advance(duration);
  const ended = network.clock.now;
  network.rtt.set(LEG.target, 5);
  await network.clock.advance(9000);
  const [left = Number.NaN] = network.times('leg hq dsl false');
  const [back = Number.NaN] = network.times('leg hq dsl true');
  return { left: left - began, back: back - ended };
}

damping('a path that is cut now and then is left within 300 ms each time', async () => {
  const network = await steady();
  for (let count = 0; count < 8; count++) {
    const { left } = await cut(network, 1000 + 37 * count);
    assert.ok(left <= 300, `cut ${count}: left after ${left} ms`);
  }
});

damping('after a first cut it is back within a second, after more it must prove itself longer', async () => {
  const network = await steady();
  const back: number[] = [];
  for (let count = 0; count < 6; count++) back.push((await cut(network, 1000)).back);
  const wanted = [300, 600, 1200, 2400, 4800, 5000];
  back.forEach((ms, index) => {
    const most = wanted[index] ?? 0;
    assert.ok(ms > most - 100 && ms <= most + 105, `cut ${index}: back after ${ms} ms, not ${most}`);
  });
});

damping('cuts of more than a minute ago are forgotten', async () => {
  const network = await steady();
  await cut(network, 1000);
  await cut(network, 1000);
  await network.clock.advance(60_000);
  const { back } = await cut(network, 1000);
  assert.ok(back <= 405, `back after ${back} ms`);
});

/** The queue of a line fills up: answers take so long from now on. */
async function load(network: FakeNetwork, rtt: number): Promise<void> {
  network.rtt.set(LEG.target, rtt);
  await network.clock.advance(2000);
  network.rtt.set(LEG.target, 5);
  await network.clock.advance(2000);
}

damping('a path whose answers come late under load is left once, not every time', async () => {
  const network = await steady();
  await load(network, 450);
  assert.is(network.times('leg hq dsl false').length, 1);
  assert.is(network.times('leg hq dsl true').length, 1);
  for (let count = 0; count < 4; count++) await load(network, 600);
  assert.is(network.times('leg hq dsl false').length, 1);
});

damping(
  'a slow path that dies is left within a second, and as fast as ever when it was fast for long',
  async () => {
    const network = await steady();
    await load(network, 450);
    const slow = await cut(network, 3000);
    assert.ok(slow.left > 300 && slow.left <= 1000, `left after ${slow.left} ms`);
    await network.clock.advance(10_000);
    const fast = await cut(network, 1000);
    assert.ok(fast.left <= 300, `left after ${fast.left} ms`);
  },
);

damping('being late is no cut: the path is back as soon as after a first one', async () => {
  const network = await steady();
  for (let count = 0; count < 3; count++) {
    await load(network, 450);
    await network.clock.advance(12_000);
  }
  const { back } = await cut(network, 1000);
  assert.ok(back <= 405, `back after ${back} ms`);
});

damping.run();

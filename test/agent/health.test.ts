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
  interval: 100,
  misses: 3,
};
const LEG: HealthTarget = { ...GATEWAY, kind: 'leg', tunnel: 'hq', leg: 'dsl', target: '198.51.100.9' };

/** A network in which each target answers after its round trip, or not at all. */
class FakeNetwork {
  readonly clock = new FakeClock();
  readonly events: string[] = [];
  readonly open: string[] = [];
  /** Milliseconds by target; absent: silent. */
  readonly rtt = new Map<string, number>();
  sent = 0;
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
      { changed: (target, alive) => this.events.push(`${this.clock.now} ${targetName(target)} ${alive}`) },
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

probing('a target that stays keeps what is known of it', async () => {
  const network = new FakeNetwork();
  network.prober.setTargets([GATEWAY]);
  await network.clock.advance(2000);
  network.prober.setTargets([{ ...GATEWAY }, LEG]);
  assert.equal(network.prober.dead().map(targetName), ['uplink dsl']);
});

probing.run();

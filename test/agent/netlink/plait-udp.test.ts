// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Attrs, CodecError, type Writer } from '../../../src/agent/netlink/bytes.ts';
import { decodeGenl, encodeGenl } from '../../../src/agent/netlink/genl.ts';
import {
  decodeKey,
  decodeUdpEvent,
  decodeUdpPeer,
  encodeKey,
  encodePeerDel,
  encodePeerGet,
  encodePeerSet,
  encodeUdpLegDel,
  encodeUdpLegSet,
} from '../../../src/agent/netlink/plait-udp.ts';
import { keyBytes, keyText } from '../../../src/appliance/keys.ts';
import { uapiOf } from './uapi.ts';

const uapi = uapiOf('plait_udp.h');

const bytes32 = (first: number) => Uint8Array.from({ length: 32 }, (_, at) => (first + at) & 0xff);
const KEY = keyText(bytes32(1));
const OTHER = keyText(bytes32(200));

const keys = suite('keys as text');

keys('are the base64 that everybody else writes, both ways', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const text = keyText(bytes);
      assert.is(text, Buffer.from(bytes).toString('base64'));
      assert.equal(keyBytes(text), bytes);
    }),
  );
});

keys('are nothing else', () => {
  for (const text of ['', KEY.slice(1), `A${KEY}`, `${KEY}\n`, KEY.replace('=', 'A'), `${'A'.repeat(42)}B=`])
    assert.is(keyBytes(text), undefined, text);
  assert.throws(() => keyText(bytes32(0).slice(1)), 'a key of 31 bytes');
});

keys.run();

const codec = suite('plait_udp family');

codec('a key is asked for by its private one, or made', () => {
  assert.equal(decodeGenl(encodeKey()).attrs.list, []);
  const { command, attrs } = decodeGenl(encodeKey(KEY));
  assert.is(command, uapi('PLAIT_UDP_CMD_KEY'));
  assert.equal(attrs.bytes(uapi('PLAIT_UDP_A_PRIVATE_KEY')), bytes32(1));
  const answer = (fill: (w: Writer) => void) => decodeKey(encodeGenl(uapi('PLAIT_UDP_CMD_KEY'), 1, fill));
  const told = (w: Writer) => w.attrBytes(uapi('PLAIT_UDP_A_PUBLIC_KEY'), bytes32(200));
  assert.equal(
    answer((w) => told(w)),
    { publicKey: OTHER },
  );
  assert.equal(
    answer((w) => told(w).attrBytes(uapi('PLAIT_UDP_A_PRIVATE_KEY'), bytes32(1))),
    { publicKey: OTHER, privateKey: KEY },
  );
  assert.throws(
    () => answer((w) => w.attrBytes(uapi('PLAIT_UDP_A_PUBLIC_KEY'), bytes32(1).slice(1))),
    (error: unknown) => error instanceof CodecError,
  );
});

codec('a far end is set with what is named, and nothing more', () => {
  const whole = decodeGenl(
    encodePeerSet({
      index: 9,
      privateKey: KEY,
      peerKey: OTHER,
      presharedKey: KEY,
      listen: 5050,
      protect: 'sign',
      freshFloor: '0102030405060708090a0b0c',
    }),
  );
  assert.is(whole.command, uapi('PLAIT_UDP_CMD_PEER_SET'));
  assert.equal(
    whole.attrs.list.map(({ type, data }) => [type, [...data]]),
    [
      [uapi('PLAIT_UDP_A_IFINDEX'), [9, 0, 0, 0]],
      [uapi('PLAIT_UDP_A_PRIVATE_KEY'), [...bytes32(1)]],
      [uapi('PLAIT_UDP_A_PEER_KEY'), [...bytes32(200)]],
      [uapi('PLAIT_UDP_A_PRESHARED_KEY'), [...bytes32(1)]],
      [uapi('PLAIT_UDP_A_LISTEN'), [5050 & 0xff, 5050 >> 8]],
      [uapi('PLAIT_UDP_A_PROTECT'), [uapi('PLAIT_UDP_PROTECT_SIGN')]],
      [uapi('PLAIT_UDP_A_FRESH_FLOOR'), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    ],
  );
  const { attrs } = decodeGenl(encodePeerSet({ index: 9, presharedKey: null }));
  assert.equal(
    attrs.list.map(({ type, data }) => [type, [...data]]),
    [
      [uapi('PLAIT_UDP_A_IFINDEX'), [9, 0, 0, 0]],
      [uapi('PLAIT_UDP_A_PRESHARED_KEY'), new Array(32).fill(0)],
    ],
  );
});

codec('what is no key is not sent, and not told of either', () => {
  const secret = KEY.slice(1);
  for (const wrong of [{ privateKey: secret }, { freshFloor: '00' }, { freshFloor: 'x'.repeat(24) }]) {
    assert.throws(
      () => encodePeerSet({ index: 9, ...wrong }),
      (error: unknown) => error instanceof CodecError && !error.message.includes(secret),
    );
  }
});

codec('a leg is set with what is named, its addresses in network order', () => {
  const { command, attrs } = decodeGenl(
    encodeUdpLegSet(9, {
      number: 3,
      name: 'dsl',
      uplink: 5,
      local: '192.0.2.44',
      remote: '198.51.100.9',
      port: 5051,
      keepalive: 15_000,
    }),
  );
  assert.is(command, uapi('PLAIT_UDP_CMD_LEG_SET'));
  assert.is(attrs.u32(uapi('PLAIT_UDP_A_IFINDEX')), 9);
  const leg = attrs.nest(uapi('PLAIT_UDP_A_LEG'));
  assert.equal(
    leg?.list.map(({ type, data }) => [type, [...data]]),
    [
      [uapi('PLAIT_UDP_LEG_A_NUMBER'), [3]],
      [uapi('PLAIT_UDP_LEG_A_NAME'), [...Buffer.from('dsl\0')]],
      [uapi('PLAIT_UDP_LEG_A_UPLINK'), [5, 0, 0, 0]],
      [uapi('PLAIT_UDP_LEG_A_LOCAL'), [192, 0, 2, 44]],
      [uapi('PLAIT_UDP_LEG_A_REMOTE'), [198, 51, 100, 9]],
      [uapi('PLAIT_UDP_LEG_A_REMOTE_PORT'), [5051 & 0xff, 5051 >> 8]],
      [uapi('PLAIT_UDP_LEG_A_KEEPALIVE'), [15_000 & 0xff, 15_000 >> 8, 0, 0]],
    ],
  );
  const only = decodeGenl(encodeUdpLegSet(9, { number: 3, local: '192.0.2.45' }));
  assert.is(only.attrs.nest(uapi('PLAIT_UDP_A_LEG'))?.list.length, 2);
});

codec('what is taken away is named by link and number', () => {
  const peer = decodeGenl(encodePeerDel(9));
  assert.is(peer.command, uapi('PLAIT_UDP_CMD_PEER_DEL'));
  assert.is(peer.attrs.u32(uapi('PLAIT_UDP_A_IFINDEX')), 9);
  const leg = decodeGenl(encodeUdpLegDel(9, 31));
  assert.is(leg.command, uapi('PLAIT_UDP_CMD_LEG_DEL'));
  const named = leg.attrs.nest(uapi('PLAIT_UDP_A_LEG'));
  assert.is(named?.u8(uapi('PLAIT_UDP_LEG_A_NUMBER')), 31);
  assert.equal(decodeGenl(encodePeerGet()).attrs.list, []);
});

function legAttributes(v: Writer): void {
  v.attrU8(uapi('PLAIT_UDP_LEG_A_NUMBER'), 1)
    .attrString(uapi('PLAIT_UDP_LEG_A_NAME'), 'cable')
    .attrU32(uapi('PLAIT_UDP_LEG_A_UPLINK'), 5)
    .attrBytes(uapi('PLAIT_UDP_LEG_A_LOCAL'), Uint8Array.of(203, 0, 113, 6))
    .attrBytes(uapi('PLAIT_UDP_LEG_A_REMOTE'), Uint8Array.of(198, 51, 100, 9))
    .attrU16(uapi('PLAIT_UDP_LEG_A_REMOTE_PORT'), 5050)
    .attrU32(uapi('PLAIT_UDP_LEG_A_KEEPALIVE'), 1000)
    .attrU8(uapi('PLAIT_UDP_LEG_A_HEARD'), 0)
    .attrU8(uapi('PLAIT_UDP_LEG_A_STATE'), uapi('PLAIT_UDP_STATE_SILENT'))
    .attrBytes(uapi('PLAIT_UDP_LEG_A_OBSERVED'), Uint8Array.of(203, 0, 113, 9))
    .attrU16(uapi('PLAIT_UDP_LEG_A_OBSERVED_PORT'), 40112)
    .attrU32(uapi('PLAIT_UDP_LEG_A_RTT'), 18_250)
    .attrU32(uapi('PLAIT_UDP_LEG_A_BEHIND'), 6500)
    .attrU32(uapi('PLAIT_UDP_LEG_A_LOSS'), 1200)
    .attrU32(uapi('PLAIT_UDP_LEG_A_ADDRESS_CHANGES'), 2)
    .attrU32(uapi('PLAIT_UDP_LEG_A_PATH_MTU'), 1492)
    .attrU32(uapi('PLAIT_UDP_LEG_A_PATH_MTU_PROBES'), 13);
}

const CABLE = {
  number: 1,
  name: 'cable',
  uplink: 5,
  local: '203.0.113.6',
  remote: '198.51.100.9',
  port: 5050,
  keepalive: 1000,
  heard: false,
  state: 'silent',
  observed: { address: '203.0.113.9', port: 40112 },
  rttMs: 18.25,
  behindMs: 6.5,
  lossPpm: 1200,
  addressChanges: 2,
  pathMtu: 1492,
  pathMtuProbes: 13,
};

codec('a far end is read with its session, its counters and its legs', () => {
  const payload = encodeGenl(uapi('PLAIT_UDP_CMD_PEER_GET'), 1, (w) => {
    w.attrU32(uapi('PLAIT_UDP_A_IFINDEX'), 9)
      .attrString(uapi('PLAIT_UDP_A_IFNAME'), 'hq')
      .attrBytes(uapi('PLAIT_UDP_A_PUBLIC_KEY'), bytes32(1))
      .attrBytes(uapi('PLAIT_UDP_A_PEER_KEY'), bytes32(200))
      .attrU16(uapi('PLAIT_UDP_A_LISTEN'), 0)
      .attrU8(uapi('PLAIT_UDP_A_PROTECT'), uapi('PLAIT_UDP_PROTECT_ENCRYPT'))
      .attrU8(uapi('PLAIT_UDP_A_SESSION'), uapi('PLAIT_UDP_SESSION_ESTABLISHED'))
      .attrU8(uapi('PLAIT_UDP_A_AGREED'), uapi('PLAIT_UDP_PROTECT_SIGN'))
      .attrU32(uapi('PLAIT_UDP_A_SESSION_AGE'), 61)
      .attrBytes(uapi('PLAIT_UDP_A_FRESH_USED'), Uint8Array.of(0, 0, 0, 0, 0x69, 0x2c, 0, 1, 0, 0, 0, 2));
    const counters = ['BAD_PACKETS', 'REPLAYED', 'HELD', 'LOST', 'EXPIRED', 'LATE'];
    for (const [at, name] of counters.entries())
      w.attr(uapi(`PLAIT_UDP_A_${name}`), (x) => x.u64(2 ** 40 + at));
    w.nest(uapi('PLAIT_UDP_A_LEGS'), (list) => list.nest(uapi('PLAIT_UDP_A_LEG'), legAttributes));
  });
  assert.equal(decodeUdpPeer(payload), {
    index: 9,
    name: 'hq',
    publicKey: KEY,
    peerKey: OTHER,
    listen: 0,
    protect: 'encrypt',
    session: 'established',
    agreed: 'sign',
    sessionAge: 61,
    freshUsed: '00000000692c000100000002',
    badPackets: 2 ** 40,
    replayed: 2 ** 40 + 1,
    held: 2 ** 40 + 2,
    lost: 2 ** 40 + 3,
    expired: 2 ** 40 + 4,
    late: 2 ** 40 + 5,
    legs: [CABLE],
  });
  assert.is(decodeUdpEvent(payload), undefined);
});

codec('what is not known yet is absent', () => {
  const payload = encodeGenl(uapi('PLAIT_UDP_CMD_PEER_GET'), 1, (w) => {
    w.attrU32(uapi('PLAIT_UDP_A_IFINDEX'), 9).nest(uapi('PLAIT_UDP_A_LEGS'), (list) =>
      list.nest(uapi('PLAIT_UDP_A_LEG'), (v) => v.attrU8(uapi('PLAIT_UDP_LEG_A_NUMBER'), 4)),
    );
  });
  const peer = decodeUdpPeer(payload);
  assert.is(peer?.session, 'idle');
  for (const name of ['agreed', 'sessionAge']) assert.not.ok(name in (peer ?? {}), name);
  const [leg] = peer?.legs ?? [];
  assert.equal([leg?.number, leg?.state, leg?.local], [4, 'down', '0.0.0.0']);
  for (const name of ['observed', 'rttMs', 'behindMs']) assert.not.ok(name in (leg ?? {}), name);
});

codec('every state, session, protection and event has its word', () => {
  const words = (prefix: string, names: readonly string[], read: (value: number) => unknown) =>
    names.map((name) => read(uapi(`PLAIT_UDP_${prefix}_${name}`)));
  const peerWith = (fill: (w: Writer) => void) =>
    decodeUdpPeer(
      encodeGenl(uapi('PLAIT_UDP_CMD_PEER_GET'), 1, (w) => {
        w.attrU32(uapi('PLAIT_UDP_A_IFINDEX'), 9);
        fill(w);
      }),
    );
  assert.equal(
    words('STATE', ['DOWN', 'PROBING', 'LIVE', 'SILENT', 'DEAD'], (value) => {
      const peer = peerWith((w) =>
        w.nest(uapi('PLAIT_UDP_A_LEGS'), (list) =>
          list.nest(uapi('PLAIT_UDP_A_LEG'), (v) => v.attrU8(uapi('PLAIT_UDP_LEG_A_STATE'), value)),
        ),
      );
      return peer?.legs[0]?.state;
    }),
    ['down', 'probing', 'live', 'silent', 'dead'],
  );
  assert.equal(
    words(
      'SESSION',
      ['IDLE', 'ASKING', 'ESTABLISHED'],
      (value) => peerWith((w) => w.attrU8(uapi('PLAIT_UDP_A_SESSION'), value))?.session,
    ),
    ['idle', 'asking', 'established'],
  );
  assert.equal(
    words(
      'PROTECT',
      ['ENCRYPT', 'SIGN'],
      (value) => peerWith((w) => w.attrU8(uapi('PLAIT_UDP_A_PROTECT'), value))?.protect,
    ),
    ['encrypt', 'sign'],
  );
  assert.equal(
    words('EVENT', ['SESSION_UP', 'SESSION_DOWN', 'LEG', 'ADDRESS', 'UNKNOWN_KEY'], (value) => {
      const event = encodeGenl(uapi('PLAIT_UDP_CMD_EVENT'), 1, (w) =>
        w.attrU32(uapi('PLAIT_UDP_A_EVENT'), value).attrU32(uapi('PLAIT_UDP_A_IFINDEX'), 9),
      );
      return decodeUdpEvent(event)?.what;
    }),
    ['session up', 'session down', 'leg', 'address', 'unknown key'],
  );
});

codec('an event tells of which link, and of which leg when it is of one', () => {
  const event = (fill: (w: Writer) => void) =>
    decodeUdpEvent(
      encodeGenl(uapi('PLAIT_UDP_CMD_EVENT'), 1, (w) => {
        w.attrU32(uapi('PLAIT_UDP_A_EVENT'), uapi('PLAIT_UDP_EVENT_LEG'))
          .attrU32(uapi('PLAIT_UDP_A_IFINDEX'), 9)
          .attrString(uapi('PLAIT_UDP_A_IFNAME'), 'hq');
        fill(w);
      }),
    );
  assert.equal(
    event((w) => w.nest(uapi('PLAIT_UDP_A_LEG'), legAttributes)),
    { what: 'leg', link: 9, linkName: 'hq', leg: CABLE },
  );
  assert.equal(
    event(() => {}),
    { what: 'leg', link: 9, linkName: 'hq' },
  );
});

codec('attributes of a leg stand in a nest', () => {
  const { attrs } = decodeGenl(encodeUdpLegDel(9, 1));
  const nested = attrs.list.find(({ type }) => type === uapi('PLAIT_UDP_A_LEG'));
  assert.is(new Attrs(nested?.data ?? new Uint8Array()).list.length, 1);
});

codec.run();

// SPDX-License-Identifier: MIT
/** Whatever bytes arrive: a message, nothing, or a CodecError; never another error, never a hang. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type BalanceSettings, decodeBalance, encodeBalanceSet } from '../../../src/agent/netlink/balance.ts';
import { CodecError, Writer } from '../../../src/agent/netlink/bytes.ts';
import { decodeFamily, decodeFouPort, encodeFouPort } from '../../../src/agent/netlink/genl.ts';
import { decodeAck, encodeMessage, NLMSG_ERROR, splitMessages } from '../../../src/agent/netlink/message.ts';
import { decodeLegEvent, decodePlaitLink, encodeLegSet } from '../../../src/agent/netlink/plait.ts';
import { decodeRules, encodeRulesSet } from '../../../src/agent/netlink/plait-rules.ts';
import {
  decodeKey,
  decodeUdpEvent,
  decodeUdpPeer,
  encodeKey,
  encodePeerSet,
  encodeUdpLegSet,
} from '../../../src/agent/netlink/plait-udp.ts';
import { decodeAddress, encodeAddress } from '../../../src/agent/netlink/rtnl/address.ts';
import { decodeLink, encodeLink } from '../../../src/agent/netlink/rtnl/link.ts';
import { decodeQdisc, encodeQdisc } from '../../../src/agent/netlink/rtnl/qdisc.ts';
import { decodeRoute, encodeRoute } from '../../../src/agent/netlink/rtnl/route.ts';
import { decodeRule, encodeRule } from '../../../src/agent/netlink/rtnl/rule.ts';

const INPUTS = 100_000;

const decoders: readonly ((payload: Uint8Array) => unknown)[] = [
  decodeLink,
  decodeAddress,
  decodeRoute,
  decodeRule,
  decodeQdisc,
  decodeFamily,
  decodeFouPort,
  decodePlaitLink,
  decodeLegEvent,
  decodeRules,
  decodeBalance,
  decodeKey,
  decodeUdpPeer,
  decodeUdpEvent,
];

/** Good messages to start from: spoiling them reaches deeper than noise does. */
const BALANCE = {
  strategy: 'history',
  mask: 0xff0000,
  deadSessions: 'end',
  local: true,
  inputs: [2, 7],
  excludes: ['10.0.0.0/8'],
  uplinks: [{ index: 3, mark: 0x10000, weight: 1, rateUp: 1e6, rateDown: 0, alive: true, nat: true }],
} as const satisfies BalanceSettings;

/** 32 bytes. */
const KEY = `${'A'.repeat(43)}=`;

const seeds: readonly Uint8Array[] = [
  encodeLink({
    index: 3,
    name: 'hq.dsl',
    mtu: 1480,
    alias: 'plait',
    info: {
      kind: 'ipip',
      link: 2,
      local: '192.0.2.1',
      remote: '192.0.2.2',
      ttl: 64,
      fou: { sport: 1, dport: 2 },
    },
  }),
  encodeLink({ name: 'eth1.5', parent: 2, info: { kind: 'vlan', id: 5 } }),
  encodeAddress({ index: 2, local: '192.0.2.1', prefix: 24 }),
  encodeRoute({
    table: 254,
    protocol: 213,
    scope: 0,
    dst: '0.0.0.0',
    prefix: 0,
    metric: 5,
    nexthops: [
      { oif: 2, via: '192.0.2.1', weight: 3 },
      { oif: 3, via: '192.0.2.9', weight: 1 },
    ],
  }),
  encodeRule({
    priority: 1,
    protocol: 213,
    table: 101,
    from: { address: '192.0.2.1', prefix: 32 },
    iif: 'eth0',
  }),
  encodeQdisc({ index: 2, kind: 'tbf', handle: 1, tbf: { rate: 125000, burst: 3000 } }),
  encodeLegSet(9, [
    { leg: 11, weight: 3, enabled: true },
    { leg: 'cable', weight: 1, priority: 2 },
  ]),
  // The answer to RULES_GET has the same attributes, and counters.
  Uint8Array.from([
    5,
    ...encodeRulesSet(9, {
      mask: 0xf0000000,
      rules: [{ mark: 0x10000000, legs: ['dsl', 'cable'], else: 'drop', order: false, copies: 2 }],
    }).slice(1),
  ]),
  encodeFouPort(1, 5555),
  // The answer to GET has the same attributes under the command 1.
  Uint8Array.from([1, ...encodeBalanceSet(BALANCE).slice(1)]),
  encodeKey(KEY),
  // Answers of plait_udp: PEER_GET, and an event with its leg.
  Uint8Array.from([3, ...encodePeerSet({ index: 9, peerKey: KEY, listen: 5050, protect: 'sign' }).slice(1)]),
  Uint8Array.from([
    7,
    ...encodeUdpLegSet(9, { number: 3, name: 'dsl', remote: '192.0.2.1', port: 5050 }).slice(1),
  ]),
];

const spoiled = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.array(fc.tuple(fc.nat(255), fc.nat(255)), { maxLength: 6 }),
    fc.nat(64),
  )
  .map(([seed, edits, cut]) => {
    const bytes = seed.slice(0, Math.max(0, seed.length - (cut > 32 ? cut - 32 : 0)));
    for (const [at, value] of edits) if (bytes.length > 0) bytes[at % bytes.length] = value;
    return bytes;
  });
const hostile = fc.oneof(spoiled, fc.uint8Array({ maxLength: 96 }));

function survives(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): void {
  try {
    decode(bytes);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
  }
}

const decoding = suite('hostile netlink bytes');

decoding(`${INPUTS} payloads through every decoder`, () => {
  fc.assert(
    fc.property(hostile, (bytes) => {
      for (const decode of decoders) survives(decode, bytes);
    }),
    { numRuns: INPUTS },
  );
});

decoding('datagrams with wrong lengths and acknowledgements with wrong texts', () => {
  const framed = hostile.map((payload) =>
    encodeMessage({ type: NLMSG_ERROR, flags: 0x300, seq: 1, payload }),
  );
  fc.assert(
    fc.property(fc.oneof(framed, hostile), fc.nat(31), fc.nat(255), (bytes, at, value) => {
      bytes[at % Math.max(1, bytes.length)] = value;
      survives((input) => splitMessages(input).map(decodeAck), bytes);
    }),
    { numRuns: 20_000 },
  );
});

decoding('an attribute of length zero cannot hold the reader up', () => {
  const bytes = new Writer().zeros(16).u16(0).u16(3).zeros(64).finish();
  assert.throws(
    () => decodeLink(bytes),
    (error: unknown) => error instanceof CodecError,
  );
});

decoding.run();

// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type BalanceSettings,
  decodeBalance,
  encodeBalanceClear,
  encodeBalanceGet,
  encodeBalanceSet,
} from '../../../src/agent/netlink/balance.ts';
import { Attrs } from '../../../src/agent/netlink/bytes.ts';
import { decodeGenl, encodeGenl } from '../../../src/agent/netlink/genl.ts';
import { uapiOf } from './uapi.ts';

const uapi = uapiOf('plait_balance.h');

const SETTINGS: BalanceSettings = {
  strategy: 'retransmit',
  mask: 0xff0000,
  deadSessions: 'end',
  local: false,
  inputs: [2, 9],
  excludes: ['10.0.0.0/8'],
  uplinks: [
    { index: 3, mark: 0x10000, weight: 3, rateUp: 2 ** 33, rateDown: 0, alive: true, nat: true },
    { index: 4, mark: 0x20000, weight: 1, rateUp: 0, rateDown: 16e6, alive: false, nat: false },
  ],
};

/** Bytes of each attribute by its name in the header. */
function byName(attrs: Attrs, prefix: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => [name, Buffer.from(attrs.bytes(uapi(prefix + name)) ?? []).toString('hex')]),
  );
}

const balance = suite('plait_balance family');

balance('settings are said as the manual has them', () => {
  const { command, attrs } = decodeGenl(encodeBalanceSet(SETTINGS));
  assert.is(command, uapi('PLAIT_BALANCE_CMD_CONFIG_SET'));
  assert.is(attrs.string(uapi('PLAIT_BALANCE_A_STRATEGY')), 'retransmit');
  assert.equal(byName(attrs, 'PLAIT_BALANCE_A_', ['MASK', 'DEAD_SESSIONS', 'LOCAL']), {
    MASK: '0000ff00',
    DEAD_SESSIONS: '01000000',
    LOCAL: '00',
  });
  assert.is(uapi('PLAIT_BALANCE_DEAD_SESSIONS_END'), 1);
  assert.equal(
    attrs.nest(uapi('PLAIT_BALANCE_A_INPUTS'))?.list.map(({ type, data }) => [type, data[0]]),
    [
      [uapi('PLAIT_BALANCE_A_INPUT'), 2],
      [uapi('PLAIT_BALANCE_A_INPUT'), 9],
    ],
  );
  const [exclude] = attrs.nest(uapi('PLAIT_BALANCE_A_EXCLUDES'))?.list ?? [];
  assert.ok(exclude);
  assert.is(exclude.type, uapi('PLAIT_BALANCE_A_EXCLUDE'));
  assert.equal(byName(new Attrs(exclude.data), 'PLAIT_BALANCE_EXCLUDE_A_', ['ADDRESS', 'LENGTH']), {
    ADDRESS: '0a000000',
    LENGTH: '08',
  });
  const [first] = attrs.nest(uapi('PLAIT_BALANCE_A_UPLINKS'))?.list ?? [];
  assert.ok(first);
  assert.is(first.type, uapi('PLAIT_BALANCE_A_UPLINK'));
  const names = ['IFINDEX', 'MARK', 'WEIGHT', 'RATE_UP', 'RATE_DOWN', 'ALIVE', 'NAT'];
  assert.equal(byName(new Attrs(first.data), 'PLAIT_BALANCE_UPLINK_A_', names), {
    IFINDEX: '03000000',
    MARK: '00000100',
    WEIGHT: '03000000',
    RATE_UP: '0000000002000000',
    RATE_DOWN: '0000000000000000',
    ALIVE: '01',
    NAT: '01',
  });
});

balance('what is not said is left out, so that it gets its default', () => {
  const { inputs, ...rest } = SETTINGS;
  const { attrs } = decodeGenl(encodeBalanceSet({ ...rest, excludes: [] }));
  assert.not.ok(attrs.has(uapi('PLAIT_BALANCE_A_INPUTS')));
  assert.not.ok(attrs.has(uapi('PLAIT_BALANCE_A_EXCLUDES')));
});

balance('asking and clearing carry nothing', () => {
  for (const [bytes, name] of [
    [encodeBalanceGet(), 'GET'],
    [encodeBalanceClear(), 'CONFIG_CLEAR'],
  ] as const) {
    const { command, attrs } = decodeGenl(bytes);
    assert.is(command, uapi(`PLAIT_BALANCE_CMD_${name}`));
    assert.equal(attrs.list, []);
  }
});

/** Counters and estimates, each with a value of its own, by their names in the header. */
const FIGURES = {
  SESSIONS: 5,
  ASSIGNED: 101,
  MOVED: 102,
  ENDED: 103,
  TX_PACKETS: 104,
  TX_BYTES: 2 ** 40,
  RX_PACKETS: 106,
  RX_BYTES: 107,
  TX_RATE_1S: 108,
  TX_RATE_8S: 109,
  RX_RATE_1S: 110,
  RX_RATE_8S: 111,
  UNUSED_UP: 112,
  UNUSED_DOWN: 113,
  TCP_SEGMENTS: 114,
  TCP_RETRANSMITTED: 115,
  TCP_RETRANSMISSION_RATE: 250,
};
const WORDS = ['SESSIONS', 'TCP_RETRANSMISSION_RATE'];

function answer(figures: Partial<typeof FIGURES>): Uint8Array {
  const name = (attribute: string) => uapi(`PLAIT_BALANCE_UPLINK_A_${attribute}`);
  return encodeGenl(uapi('PLAIT_BALANCE_CMD_GET'), 1, (w) => {
    w.attrString(uapi('PLAIT_BALANCE_A_STRATEGY'), 'session')
      .attrU32(uapi('PLAIT_BALANCE_A_MASK'), 0xff0000)
      .attrU32(uapi('PLAIT_BALANCE_A_DEAD_SESSIONS'), 0)
      .attrU8(uapi('PLAIT_BALANCE_A_LOCAL'), 1)
      .nest(uapi('PLAIT_BALANCE_A_UPLINKS'), (list) => {
        list.nest(uapi('PLAIT_BALANCE_A_UPLINK'), (v) => {
          v.attrU32(name('IFINDEX'), 3).attrString(name('IFNAME'), 'eth1.5').attrU32(name('MARK'), 0x10000);
          v.attrU32(name('WEIGHT'), 3).attr(name('RATE_UP'), (x) => x.u64(1e6));
          v.attr(name('RATE_DOWN'), (x) => x.u64(0))
            .attrU8(name('ALIVE'), 1)
            .attrU8(name('NAT'), 1);
          v.attrU8(name('LIVE'), 0);
          for (const [figure, value] of Object.entries(figures)) {
            if (WORDS.includes(figure)) v.attrU32(name(figure), value);
            else v.attr(name('PAD'), () => {}).attr(name(figure), (x) => x.u64(value));
          }
        });
      });
  });
}

balance('an answer is read with its counters and estimates', () => {
  assert.equal(decodeBalance(answer(FIGURES)), {
    strategy: 'session',
    mask: 0xff0000,
    deadSessions: 'move',
    local: true,
    excludes: [],
    uplinks: [
      {
        index: 3,
        mark: 0x10000,
        weight: 3,
        rateUp: 1e6,
        rateDown: 0,
        alive: true,
        nat: true,
        live: false,
        sessions: 5,
        assigned: 101,
        moved: 102,
        ended: 103,
        txPackets: 104,
        txBytes: 2 ** 40,
        rxPackets: 106,
        rxBytes: 107,
        txRate: 108,
        txRateAverage: 109,
        rxRate: 110,
        rxRateAverage: 111,
        unusedUp: 112,
        unusedDown: 113,
        tcpSegments: 114,
        tcpRetransmitted: 115,
        retransmissionRate: 0.025,
      },
    ],
  });
});

balance('what is unknown of an uplink is absent', () => {
  const { UNUSED_UP, UNUSED_DOWN, ...known } = FIGURES;
  const [uplink] = decodeBalance(answer(known))?.uplinks ?? [];
  assert.not.ok(uplink && ('unusedUp' in uplink || 'unusedDown' in uplink));
});

balance('a module that balances nothing is none', () => {
  const idle = encodeGenl(uapi('PLAIT_BALANCE_CMD_GET'), 1, (w) =>
    w.attrString(uapi('PLAIT_BALANCE_A_STRATEGY'), 'session'),
  );
  assert.is(decodeBalance(idle), undefined);
});

balance.run();

// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Attrs, type Writer } from '../../../src/agent/netlink/bytes.ts';
import { decodeGenl, encodeGenl } from '../../../src/agent/netlink/genl.ts';
import { decodeLegEvent, decodePlaitLink, encodeLegSet } from '../../../src/agent/netlink/plait.ts';
import { decodeRules, encodeRulesGet, encodeRulesSet } from '../../../src/agent/netlink/plait-rules.ts';
import { uapiOf } from './uapi.ts';

const uapi = uapiOf('plait.h');

const plait = suite('plait family');

function leg(w: Writer, index: number, name: string): void {
  w.nest(uapi('PLAIT_A_LEG'), (v) => {
    v.attrU32(uapi('PLAIT_LEG_A_IFINDEX'), index)
      .attrString(uapi('PLAIT_LEG_A_IFNAME'), name)
      .attrU32(uapi('PLAIT_LEG_A_WEIGHT'), 3)
      .attrU8(uapi('PLAIT_LEG_A_ENABLED'), 1)
      .attrU8(uapi('PLAIT_LEG_A_LIVE'), 0)
      .attr(uapi('PLAIT_LEG_A_PAD'), () => {})
      .attr(uapi('PLAIT_LEG_A_TX_PACKETS'), (x) => x.u64(2 ** 40 + 1))
      .attr(uapi('PLAIT_LEG_A_TX_BYTES'), (x) => x.u64(2))
      .attr(uapi('PLAIT_LEG_A_TX_DROPPED'), (x) => x.u64(3))
      .attr(uapi('PLAIT_LEG_A_RX_PACKETS'), (x) => x.u64(4))
      .attr(uapi('PLAIT_LEG_A_RX_BYTES'), (x) => x.u64(5));
  });
}

const LEG = {
  weight: 3,
  rate: 0,
  priority: 0,
  enabled: true,
  live: false,
  txPackets: 2 ** 40 + 1,
  txBytes: 2,
  txDropped: 3,
  rxPackets: 4,
  rxBytes: 5,
};

plait('a link is read with its legs in order', () => {
  const bytes = encodeGenl(uapi('PLAIT_CMD_LINK_GET'), 1, (w) => {
    w.attrU32(uapi('PLAIT_A_IFINDEX'), 9)
      .attrString(uapi('PLAIT_A_IFNAME'), 'hq')
      .attrString(uapi('PLAIT_A_SCHEDULER'), 'weighted')
      .nest(uapi('PLAIT_A_LEGS'), (v) => {
        leg(v, 11, 'hq.dsl');
        leg(v, 12, 'hq.cable');
      });
  });
  assert.equal(decodePlaitLink(bytes), {
    index: 9,
    name: 'hq',
    scheduler: 'weighted',
    legs: [
      { index: 11, name: 'hq.dsl', ...LEG },
      { index: 12, name: 'hq.cable', ...LEG },
    ],
  });
});

plait('rates and estimates are read, as far as they are there', () => {
  const bytes = encodeGenl(uapi('PLAIT_CMD_LINK_GET'), 1, (w) => {
    w.attrU32(uapi('PLAIT_A_IFINDEX'), 9)
      .attrString(uapi('PLAIT_A_IFNAME'), 'hq')
      .nest(uapi('PLAIT_A_LEGS'), (list) => {
        list.nest(uapi('PLAIT_A_LEG'), (v) => {
          v.attr(uapi('PLAIT_LEG_A_RATE'), (x) => x.u64(2 ** 34))
            .attr(uapi('PLAIT_LEG_A_ESTIMATED_RATE'), (x) => x.u64(7e9))
            .attrU32(uapi('PLAIT_LEG_A_DELAY'), 10_250)
            .attrU32(uapi('PLAIT_LEG_A_IN_FLIGHT'), 1500)
            .attrU8(uapi('PLAIT_LEG_A_SUSPECT'), 1);
        });
        list.nest(uapi('PLAIT_A_LEG'), (v) => {
          v.attrU32(uapi('PLAIT_LEG_A_IN_FLIGHT'), 0).attrU8(uapi('PLAIT_LEG_A_SUSPECT'), 0);
        });
      });
  });
  const [first, second] = decodePlaitLink(bytes)?.legs ?? [];
  assert.is(first?.rate, 2 ** 34);
  assert.equal(first?.estimates, { rate: 7e9, delayMs: 10.25, inFlight: 1500, suspect: true });
  assert.equal(second?.estimates, { inFlight: 0, suspect: false });
});

plait('an event tells what happened to which leg of which link', () => {
  const bytes = encodeGenl(uapi('PLAIT_CMD_LEG_EVENT'), 1, (w) => {
    w.attrU32(uapi('PLAIT_A_EVENT'), uapi('PLAIT_EVENT_LEG_DEAD'))
      .attrU32(uapi('PLAIT_A_IFINDEX'), 9)
      .attrString(uapi('PLAIT_A_IFNAME'), 'hq')
      .nest(uapi('PLAIT_A_LEGS'), (v) => leg(v, 11, 'hq.dsl'));
  });
  const event = decodeLegEvent(bytes);
  assert.is(event?.what, 'dead');
  assert.is(event?.linkName, 'hq');
  assert.is(event?.leg.name, 'hq.dsl');
  assert.is(decodePlaitLink(bytes), undefined);
});

plait('a setting names the link and each leg, and only what changes', () => {
  const { command, attrs } = decodeGenl(
    encodeLegSet(9, [
      { leg: 11, enabled: false },
      { leg: 12, weight: 7 },
      { leg: 13, rate: 5 },
    ]),
  );
  assert.is(command, uapi('PLAIT_CMD_LEG_SET'));
  assert.is(attrs.u32(uapi('PLAIT_A_IFINDEX')), 9);
  const legs = (attrs.nest(uapi('PLAIT_A_LEGS'))?.list ?? []).map(({ type, data }) => {
    assert.is(type, uapi('PLAIT_A_LEG'));
    return new Attrs(data).list.map((attr) => [attr.type, attr.data[0]]);
  });
  assert.equal(legs, [
    [
      [uapi('PLAIT_LEG_A_IFINDEX'), 11],
      [uapi('PLAIT_LEG_A_ENABLED'), 0],
    ],
    [
      [uapi('PLAIT_LEG_A_IFINDEX'), 12],
      [uapi('PLAIT_LEG_A_WEIGHT'), 7],
    ],
    [
      [uapi('PLAIT_LEG_A_IFINDEX'), 13],
      [uapi('PLAIT_LEG_A_RATE'), 5],
    ],
  ]);
});

plait('rules are set with all that they say, also with the highest bits of marks', () => {
  const { command, attrs } = decodeGenl(
    encodeRulesSet(9, {
      mask: 0xf0000000,
      rules: [
        { mark: 0x10000000, legs: ['dsl', 'cable'], else: 'drop', order: false, copies: 1 },
        { mark: 0xf0000000, else: 'any', order: true, copies: 2 },
      ],
    }),
  );
  assert.is(command, uapi('PLAIT_CMD_RULES_SET'));
  assert.is(attrs.u32(uapi('PLAIT_A_IFINDEX')), 9);
  assert.is(attrs.u32(uapi('PLAIT_A_MARK_MASK')), 0xf0000000);
  const rules = (attrs.nest(uapi('PLAIT_A_RULES'))?.list ?? []).map(({ type, data }) => {
    assert.is(type, uapi('PLAIT_A_RULE'));
    const rule = new Attrs(data);
    return {
      mark: rule.u32(uapi('PLAIT_RULE_A_MARK')),
      legs: rule.nest(uapi('PLAIT_RULE_A_LEGS'))?.strings(uapi('PLAIT_RULE_A_LEG')),
      rest: ['ELSE', 'ORDER', 'COPIES'].map((name) => rule.u8(uapi(`PLAIT_RULE_A_${name}`))),
    };
  });
  assert.equal(rules, [
    { mark: 0x10000000, legs: ['dsl', 'cable'], rest: [uapi('PLAIT_RULE_ELSE_DROP'), 0, 1] },
    { mark: 0xf0000000, legs: undefined, rest: [uapi('PLAIT_RULE_ELSE_ANY'), 1, 2] },
  ]);
});

plait('no rules are an empty list, which must be there', () => {
  const { attrs } = decodeGenl(encodeRulesSet(9, { mask: 0, rules: [] }));
  assert.equal(attrs.nest(uapi('PLAIT_A_RULES'))?.list, []);
  assert.is(decodeGenl(encodeRulesGet(9)).command, uapi('PLAIT_CMD_RULES_GET'));
});

plait('rules are read with their counters', () => {
  const bytes = encodeGenl(uapi('PLAIT_CMD_RULES_GET'), 1, (w) => {
    w.attrU32(uapi('PLAIT_A_IFINDEX'), 9)
      .attrU32(uapi('PLAIT_A_MARK_MASK'), 0xf0000000)
      .nest(uapi('PLAIT_A_RULES'), (list) => {
        list.nest(uapi('PLAIT_A_RULE'), (v) => {
          v.attrU32(uapi('PLAIT_RULE_A_MARK'), 0x90000000)
            .nest(uapi('PLAIT_RULE_A_LEGS'), (legs) => {
              legs.attrString(uapi('PLAIT_RULE_A_LEG'), 'hq.dsl');
            })
            .attrU8(uapi('PLAIT_RULE_A_ELSE'), uapi('PLAIT_RULE_ELSE_DROP'))
            .attrU8(uapi('PLAIT_RULE_A_ORDER'), 0)
            .attrU8(uapi('PLAIT_RULE_A_COPIES'), 2)
            .attr(uapi('PLAIT_RULE_A_PAD'), () => {})
            .attr(uapi('PLAIT_RULE_A_PACKETS'), (x) => x.u64(2 ** 40 + 1))
            .attr(uapi('PLAIT_RULE_A_ELSEWHERE'), (x) => x.u64(2))
            .attr(uapi('PLAIT_RULE_A_COPIED'), (x) => x.u64(3))
            .attr(uapi('PLAIT_RULE_A_DROPPED'), (x) => x.u64(4));
        });
        list.nest(uapi('PLAIT_A_RULE'), (v) => {
          v.attrU32(uapi('PLAIT_RULE_A_MARK'), 0)
            .nest(uapi('PLAIT_RULE_A_LEGS'), () => {})
            .attrU8(uapi('PLAIT_RULE_A_ELSE'), uapi('PLAIT_RULE_ELSE_ANY'))
            .attrU8(uapi('PLAIT_RULE_A_ORDER'), 1)
            .attrU8(uapi('PLAIT_RULE_A_COPIES'), 1);
        });
      });
  });
  const counters = { packets: 2 ** 40 + 1, elsewhere: 2, copied: 3, dropped: 4 };
  const none = { packets: 0, elsewhere: 0, copied: 0, dropped: 0 };
  assert.equal(decodeRules(bytes), {
    mask: 0xf0000000,
    rules: [
      { mark: 0x90000000, legs: ['hq.dsl'], else: 'drop', order: false, copies: 2, ...counters },
      { mark: 0, else: 'any', order: true, copies: 1, ...none },
    ],
  });
  assert.is(decodePlaitLink(bytes), undefined);
});

plait.run();

// SPDX-License-Identifier: MIT
/** Rules of plait links, of the generic netlink family `plait` (src/kmod/uapi/plait.h is the manual): bytes and typed messages. */
import type { LegRule } from '../../appliance/plan-types.ts';
import { Attrs, type Writer } from './bytes.ts';
import { decodeGenl, encodeGenl } from './genl.ts';
import { PLAIT_ATTRIBUTES, PLAIT_COMMANDS, PLAIT_VERSION_NUMBER } from './plait.ts';

const { link: PLAIT, rule: RULE } = PLAIT_ATTRIBUTES;
/** In the order of enum plait_rule_else. */
const ELSES = ['any', 'drop'] as const;

/** The rules of a link. */
export interface LegRules<R = LegRule> {
  /** Bits of a packet's mark that are compared with those of the rules. */
  mask: number;
  rules: readonly R[];
}

/** Packets; since the link has a rule with this mark. */
export interface RuleCounters {
  /** That left by it. */
  packets: number;
  /** Of these, by other legs than its own. */
  elsewhere: number;
  /** Of these, in two copies. */
  copied: number;
  /** That its legs had no room for, or that had no leg. */
  dropped: number;
}

export type LegRulesState = LegRules<LegRule & RuleCounters>;

/** In place of those that the link has; none at all when there are none here. */
export function encodeRulesSet(link: number, { mask, rules }: LegRules): Uint8Array {
  return encodeGenl(PLAIT_COMMANDS.RULES_SET, PLAIT_VERSION_NUMBER, (w) => {
    w.attrU32(PLAIT.IFINDEX, link)
      .attrU32(PLAIT.MARK_MASK, mask)
      .nest(PLAIT.RULES, (list) => {
        for (const rule of rules) list.nest(PLAIT.RULE, (v) => writeRule(v, rule));
      });
  });
}

export function encodeRulesGet(link: number): Uint8Array {
  return encodeGenl(PLAIT_COMMANDS.RULES_GET, PLAIT_VERSION_NUMBER, (w) => w.attrU32(PLAIT.IFINDEX, link));
}

export function decodeRules(payload: Uint8Array): LegRulesState | undefined {
  const { command, attrs } = decodeGenl(payload);
  if (command !== PLAIT_COMMANDS.RULES_GET) return undefined;
  const rules = attrs.nest(PLAIT.RULES)?.list.filter(({ type }) => type === PLAIT.RULE) ?? [];
  return { mask: attrs.u32(PLAIT.MARK_MASK) ?? 0, rules: rules.map(({ data }) => readRule(new Attrs(data))) };
}

function writeRule(w: Writer, { mark, legs, else: otherwise, order, copies }: LegRule): void {
  w.attrU32(RULE.MARK, mark);
  if (legs !== undefined) {
    w.nest(RULE.LEGS, (list) => {
      for (const name of legs) list.attrString(RULE.LEG, name);
    });
  }
  w.attrU8(RULE.ELSE, ELSES.indexOf(otherwise)).attrU8(RULE.ORDER, Number(order)).attrU8(RULE.COPIES, copies);
}

function readRule(rule: Attrs): LegRule & RuleCounters {
  const legs = rule.nest(RULE.LEGS)?.strings(RULE.LEG) ?? [];
  const count = (type: number) => rule.u64(type) ?? 0;
  return {
    mark: rule.u32(RULE.MARK) ?? 0,
    ...(legs.length === 0 ? {} : { legs }),
    else: ELSES[rule.u8(RULE.ELSE) ?? 0] ?? 'any',
    order: rule.u8(RULE.ORDER) !== 0,
    copies: rule.u8(RULE.COPIES) ?? 1,
    packets: count(RULE.PACKETS),
    elsewhere: count(RULE.ELSEWHERE),
    copied: count(RULE.COPIED),
    dropped: count(RULE.DROPPED),
  };
}

// SPDX-License-Identifier: MIT
/**
 * Rules of tunnels, in two halves: nf_tables gives each packet that leaves by a tunnel the number of the first rule that
 * fits, in its mark, and the module is told what becomes of packets with this mark.
 *
 * No connection is remembered: each packet is looked at, those of both families, forwarded ones and the box's own. What
 * connection tracking has put together is parted into fragments again after this, and each of them has the mark.
 */
import { kernelLegName } from '../legs.ts';
import { RULE_MARK_MASK, ruleMark } from '../model.ts';
import {
  accept,
  baseChain,
  destination,
  destinationPort,
  dscp,
  jump,
  oifname,
  protocol,
  rule,
  setMark,
  source,
  sourcePort,
} from '../nft/build.ts';
import { PRIORITIES } from '../nft/names.ts';
import type { Chain, Expression, Rule } from '../nft/types.ts';
import type { LegRule, LegRulesItem, TableItem } from '../plan-types.ts';
import type { Config, TunnelRuleConfig } from '../schema.ts';
import { familiesOf } from '../tunnel-rules.ts';
import { PROTOCOL_NAMES } from './protocols.ts';
import { tableItem } from './table.ts';

/** Before NAT: addresses are those of the LAN. Changes with the configuration only. */
export function ruleMarks({ tunnels }: Config): TableItem[] {
  const ruled = Object.entries(tunnels).filter(([, { rules }]) => rules.length > 0);
  if (ruled.length === 0) return [];
  const chains = ruled.map(([name, { rules }]): Chain => ({ name: chainOf(name), rules: markRules(rules) }));
  const base = {
    type: 'filter',
    hook: 'postrouting',
    priority: PRIORITIES.mangle,
    policy: 'accept',
  } as const;
  const jumps = ruled.map(([name]) => rule(oifname(name), jump(chainOf(name))));
  return [
    tableItem({
      family: 'inet',
      name: 'plait_rules',
      chains: [...chains, baseChain('postrouting', base, jumps)],
    }),
  ];
}

/** What the module is told; with scheduler `duplicate` also of packets that no rule fits, whose mark is 0. */
export function legRules({ tunnels }: Config, name: string): LegRulesItem[] {
  const tunnel = tunnels[name];
  if (tunnel === undefined) return [];
  const copies = tunnel.scheduler === 'duplicate' ? 2 : 1;
  const rules = tunnel.rules.map(
    (one, index): LegRule => ({
      mark: ruleMark(index),
      ...(one.leg === undefined ? {} : { legs: one.leg.map((leg) => kernelLegName(name, tunnel, leg)) }),
      else: one.else ?? 'any',
      order: one.order ?? true,
      copies: one.copies ?? copies,
    }),
  );
  const others: LegRule[] = copies === 1 ? [] : [{ mark: 0, else: 'any', order: true, copies }];
  if (rules.length + others.length === 0) return [];
  const mask = rules.length === 0 ? 0 : RULE_MARK_MASK;
  return [{ kind: 'leg-rules', link: name, mask, rules: [...rules, ...others] }];
}

/** With a prefix, so that no tunnel has the name of another chain. */
function chainOf(tunnel: string): string {
  return `to_${tunnel}`;
}

/** Whatever was in the bits before: nobody else's number counts. */
function markRules(rules: readonly TunnelRuleConfig[]): Rule[] {
  return [
    rule(setMark(0, RULE_MARK_MASK)),
    ...rules.flatMap((one, index) =>
      matchesOf(one).map((match) => rule(match, setMark(ruleMark(index), RULE_MARK_MASK), accept)),
    ),
  ];
}

/** Packets of the rule are those that any of these fits: nft has no `or`. */
function matchesOf(one: TunnelRuleConfig): (readonly Expression[])[] {
  const { from, to, ports, dscp: codepoint } = one;
  const addresses = [...(from ? source(...from) : []), ...(to ? destination(...to) : [])];
  const carrier = one.protocol === undefined ? [] : protocol(PROTOCOL_NAMES[one.protocol]);
  const codepoints = codepoint === undefined ? [[]] : familiesOf(one).map((which) => dscp(which, codepoint));
  const ends = ports === undefined ? [[]] : [sourcePort(...ports), destinationPort(...ports)];
  return codepoints.flatMap((service) => ends.map((end) => [...addresses, ...service, ...carrier, ...end]));
}

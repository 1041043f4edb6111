// SPDX-License-Identifier: MIT
/** Policy rules (linux/fib_rules.h). */
import { Attrs, CodecError, ipv4Bytes, Writer } from '../bytes.ts';
import { AF_INET, RT_TABLE_COMPAT } from './ipv4.ts';

export const RTM_NEWRULE = 32;
export const RTM_DELRULE = 33;
export const RTM_GETRULE = 34;

const FRA = {
  DST: 1,
  SRC: 2,
  IIFNAME: 3,
  PRIORITY: 6,
  FWMARK: 10,
  SUPPRESS_PREFIXLEN: 14,
  TABLE: 15,
  FWMASK: 16,
  PROTOCOL: 21,
} as const;
const FR_ACT_TO_TBL = 1;

export interface Rule {
  priority: number;
  protocol: number;
  table: number;
  from?: { address: string; prefix: number };
  to?: { address: string; prefix: number };
  iif?: string;
  mark?: { value: number; mask: number };
  suppressPrefixLength?: number;
}

export function encodeRule(rule: Rule): Uint8Array {
  const w = new Writer()
    .u8(AF_INET)
    .u8(rule.to?.prefix ?? 0)
    .u8(rule.from?.prefix ?? 0)
    .u8(0)
    .u8(rule.table < 256 ? rule.table : RT_TABLE_COMPAT)
    .u8(0)
    .u8(0)
    .u8(FR_ACT_TO_TBL)
    .u32(0)
    .attrU32(FRA.TABLE, rule.table)
    .attrU32(FRA.PRIORITY, rule.priority)
    .attrU8(FRA.PROTOCOL, rule.protocol);
  if (rule.from !== undefined) w.attrBytes(FRA.SRC, ipv4Bytes(rule.from.address));
  if (rule.to !== undefined) w.attrBytes(FRA.DST, ipv4Bytes(rule.to.address));
  if (rule.iif !== undefined) w.attrString(FRA.IIFNAME, rule.iif);
  if (rule.mark !== undefined) w.attrU32(FRA.FWMARK, rule.mark.value).attrU32(FRA.FWMASK, rule.mark.mask);
  if (rule.suppressPrefixLength !== undefined) w.attrU32(FRA.SUPPRESS_PREFIXLEN, rule.suppressPrefixLength);
  return w.finish();
}

/** Undefined for another family and for rules that do not look up a table. */
export function decodeRule(payload: Uint8Array): Rule | undefined {
  if (payload.length < 12) throw new CodecError(`rule message of ${payload.length} bytes`);
  if (payload[0] !== AF_INET || payload[7] !== FR_ACT_TO_TBL) return undefined;
  const attrs = new Attrs(payload.subarray(12));
  const rule: Rule = {
    priority: attrs.u32(FRA.PRIORITY) ?? 0,
    protocol: attrs.u8(FRA.PROTOCOL) ?? 0,
    table: attrs.u32(FRA.TABLE) ?? payload[4] ?? 0,
  };
  const from = attrs.ipv4(FRA.SRC);
  const to = attrs.ipv4(FRA.DST);
  const iif = attrs.string(FRA.IIFNAME);
  const mark = attrs.u32(FRA.FWMARK);
  const suppress = attrs.i32(FRA.SUPPRESS_PREFIXLEN);
  if (from !== undefined) rule.from = { address: from, prefix: payload[2] ?? 0 };
  if (to !== undefined) rule.to = { address: to, prefix: payload[1] ?? 0 };
  if (iif !== undefined) rule.iif = iif;
  if (mark !== undefined) rule.mark = { value: mark, mask: attrs.u32(FRA.FWMASK) ?? 0xffffffff };
  // The kernel says -1 for "suppresses nothing".
  if (suppress !== undefined && suppress >= 0) rule.suppressPrefixLength = suppress;
  return rule;
}

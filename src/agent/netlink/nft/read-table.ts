// SPDX-License-Identifier: MIT
/** What the kernel says of a table when it is asked: questions, and answers as the parts of a table. */
import { hexOf, predecessor } from '../../../appliance/nft/hex.ts';
import { sortElements } from '../../../appliance/nft/sets.ts';
import type {
  BaseChain,
  Chain,
  Element,
  Family,
  Helper,
  Hook,
  InlineSet,
  Rule,
  SetType,
} from '../../../appliance/nft/types.ts';
import { Attrs, u32At } from '../bytes.ts';
import { readExpression } from './expressions.ts';
import {
  CHAIN,
  CHAIN_TYPES,
  COMMENT,
  CT_HELPER,
  DATA_VALUE,
  ELEMENT,
  ELEMENT_INTERVAL_END,
  ELEMENTS,
  FAMILIES,
  HOOK,
  HOOKS,
  header,
  L3PROTOCOLS,
  L4PROTOCOLS,
  OBJECT,
  OBJECT_CT_HELPER,
  POLICIES,
  RULE,
  SET,
  SET_INTERVAL,
  SET_TYPES,
  TABLE,
} from './numbers.ts';

/** `nfgenmsg` and, of what is asked for, the name of its table and its set. */
export function query(family: Family, names: Readonly<Record<number, string>> = {}): Uint8Array {
  const w = header(family);
  for (const [attr, name] of Object.entries(names)) w.attrString(Number(attr), name);
  return w.finish();
}

export function queryTable(family: Family, name: string): Uint8Array {
  return query(family, { [TABLE.NAME]: name });
}

/** For chains, rules, sets, objects, flow tables alike. */
export function queryOf(table: { family: Family; name: string }): Uint8Array {
  return query(table.family, { [CHAIN.TABLE]: table.name });
}

export function queryElements(table: { family: Family; name: string }, set: string): Uint8Array {
  return query(table.family, { [ELEMENTS.TABLE]: table.name, [ELEMENTS.SET]: set });
}

export interface TableName {
  family: Family;
  name: string;
  comment?: string;
}

/** Undefined: of another family. */
export function readTable(payload: Uint8Array): TableName | undefined {
  const family = familyOf(payload);
  const attrs = body(payload);
  const name = attrs.string(TABLE.NAME);
  if (family === undefined || name === undefined) return undefined;
  const text = readComment(attrs.bytes(TABLE.USERDATA));
  return { family, name, ...(text === undefined ? {} : { comment: text }) };
}

/** Dumps of some kinds are not limited to the table that was asked for. */
export function isOfTable(payload: Uint8Array, { family, name }: { family: Family; name: string }): boolean {
  return familyOf(payload) === family && body(payload).string(CHAIN.TABLE) === name;
}

export function readChain(family: Family, payload: Uint8Array): Chain {
  const attrs = body(payload);
  const name = attrs.string(CHAIN.NAME) ?? '';
  const hook = attrs.nest(CHAIN.HOOK);
  if (hook === undefined) return { name, rules: [] };
  const number = hook.be32(HOOK.NUMBER);
  const device = hook.string(HOOK.DEVICE);
  const base: BaseChain = {
    type: CHAIN_TYPES.find((type) => type === attrs.string(CHAIN.TYPE)) ?? 'filter',
    hook: (Object.entries(HOOKS[family]).find(([, value]) => value === number)?.[0] ?? 'input') as Hook,
    priority: (hook.be32(HOOK.PRIORITY) ?? 0) >> 0,
    policy: attrs.be32(CHAIN.POLICY) === POLICIES.drop ? 'drop' : 'accept',
    ...(device === undefined ? {} : { device }),
  };
  return { name, base, rules: [] };
}

export function readRule(
  payload: Uint8Array,
  findSet: (name: string) => InlineSet | undefined,
): { chain: string; rule: Rule } {
  const attrs = body(payload);
  const text = readComment(attrs.bytes(RULE.USERDATA));
  const expressions = (attrs.nest(RULE.EXPRESSIONS)?.list ?? []).map(({ data }) =>
    readExpression(data, findSet),
  );
  return {
    chain: attrs.string(RULE.CHAIN) ?? '',
    rule: { expressions, ...(text === undefined ? {} : { comment: text }) },
  };
}

export interface SetHead {
  name: string;
  type: SetType;
  interval: boolean;
}

/** Undefined: of a type that we do not use. */
export function readSet(payload: Uint8Array): SetHead | undefined {
  const attrs = body(payload);
  const name = attrs.string(SET.NAME);
  const number = attrs.be32(SET.KEY_TYPE);
  const type = (Object.keys(SET_TYPES) as SetType[]).find((key) => SET_TYPES[key].number === number);
  if (name === undefined || type === undefined) return undefined;
  return { name, type, interval: ((attrs.be32(SET.FLAGS) ?? 0) & SET_INTERVAL) !== 0 };
}

/** Of all messages of the dump of one set. */
export function readElements({ type, interval }: SetHead, payloads: readonly Uint8Array[]): Element[] {
  const keys = payloads
    .flatMap((payload) => body(payload).nest(ELEMENTS.LIST)?.list ?? [])
    .map(({ data }) => {
      const attrs = new Attrs(data);
      const value = attrs.nest(ELEMENT.KEY)?.bytes(DATA_VALUE) ?? new Uint8Array(0);
      return { key: hexOf(value), end: ((attrs.be32(ELEMENT.FLAGS) ?? 0) & ELEMENT_INTERVAL_END) !== 0 };
    })
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : Number(b.end) - Number(a.end)));
  if (!interval)
    return sortElements(
      type,
      keys.map(({ key }) => ({ from: key })),
    );
  return keys.flatMap(({ key, end }, at): Element[] => {
    if (end) return [];
    const next = keys[at + 1];
    const to = next === undefined ? 'ff'.repeat(key.length / 2) : predecessor(next.key);
    return [to === key ? { from: key } : { from: key, to }];
  });
}

/** Undefined: no helper of connection tracking. */
export function readHelper(payload: Uint8Array): Helper | undefined {
  const attrs = body(payload);
  const data = attrs.be32(OBJECT.TYPE) === OBJECT_CT_HELPER ? attrs.nest(OBJECT.DATA) : undefined;
  const name = attrs.string(OBJECT.NAME);
  const type = data?.string(CT_HELPER.NAME);
  if (name === undefined || type === undefined) return undefined;
  const l3 = data?.be16(CT_HELPER.L3PROTO);
  const l3proto = (['inet', 'ip', 'ip6'] as const).find((word) => L3PROTOCOLS[word] === l3) ?? 'inet';
  const protocol = data?.u8(CT_HELPER.L4PROTO) === L4PROTOCOLS.udp ? 'udp' : 'tcp';
  return { name, type, protocol, l3proto };
}

function familyOf(payload: Uint8Array): Family | undefined {
  return (Object.keys(FAMILIES) as Family[]).find((family) => FAMILIES[family] === payload[0]);
}

function body(payload: Uint8Array): Attrs {
  u32At(payload, 0);
  return new Attrs(payload.subarray(4));
}

function readComment(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  for (let at = 0; at + 2 <= bytes.length; ) {
    const length = bytes[at + 1] ?? 0;
    if (bytes[at] === COMMENT) return textUntilZero(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return undefined;
}

function textUntilZero(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes).replace(/\0.*$/s, '');
}

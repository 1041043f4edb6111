// SPDX-License-Identifier: MIT
/**
 * Expressions of rules (linux/netfilter/nf_tables.h) to bytes and back. What each consists of is a table: name and number of
 * its attributes, and how their values are written. All numbers are in network order.
 */
import { bytesOf, hexOf } from '../../../appliance/nft/hex.ts';
import type { Expression, InlineSet } from '../../../appliance/nft/types.ts';
import { Attrs, CodecError, type Writer } from '../bytes.ts';

export const LIST_ELEMENT = 1;
const EXPRESSION = { NAME: 1, DATA: 2 } as const;
const DATA = { VALUE: 1, VERDICT: 2 } as const;
const VERDICT = { CODE: 1, CHAIN: 2 } as const;
/** `immediate` into this register is a verdict. */
const VERDICT_REGISTER = 0;
const VERDICTS = { drop: 0, accept: 1, jump: -3, goto: -4, return: -5 } as const;
const LOOKUP = { SET: 1, SREG: 2, SET_ID: 4 } as const;
const OBJECT_CT_HELPER = 3;

type Words = Readonly<Record<string, number>>;
/** Of a number, the words for its values; of a truth value, its number. */
type Field = { attr: number; as: 'u8' | 'be32' | 'be64' | 'string' | 'data' | 'flag'; words?: Words };
type Layout = {
  name: string;
  fields: Readonly<Record<string, Field>>;
  constants?: readonly [number, number][];
};

const REGISTER = (attr: number): Field => ({ attr, as: 'be32' });

const LAYOUTS: Readonly<Record<string, Layout>> = {
  meta: {
    name: 'meta',
    fields: {
      dreg: REGISTER(1),
      key: {
        attr: 2,
        as: 'be32',
        words: { protocol: 1, mark: 3, iifname: 6, oifname: 7, nfproto: 15, l4proto: 16 },
      },
      sreg: REGISTER(3),
    },
  },
  ct: {
    name: 'ct',
    fields: {
      dreg: REGISTER(1),
      key: { attr: 2, as: 'be32', words: { state: 0, status: 2, mark: 3 } },
      sreg: REGISTER(4),
    },
  },
  rt: { name: 'rt', fields: { dreg: REGISTER(1), key: { attr: 2, as: 'be32', words: { tcpmss: 3 } } } },
  payload: {
    name: 'payload',
    fields: {
      dreg: REGISTER(1),
      base: { attr: 2, as: 'be32', words: { network: 1, transport: 2 } },
      offset: { attr: 3, as: 'be32' },
      len: { attr: 4, as: 'be32' },
    },
  },
  exthdr: {
    name: 'exthdr',
    fields: {
      type: { attr: 2, as: 'u8' },
      offset: { attr: 3, as: 'be32' },
      len: { attr: 4, as: 'be32' },
      header: { attr: 6, as: 'be32', words: { tcpopt: 1 } },
      sreg: REGISTER(7),
    },
  },
  bitwise: {
    name: 'bitwise',
    fields: {
      sreg: REGISTER(1),
      dreg: REGISTER(2),
      len: { attr: 3, as: 'be32' },
      mask: { attr: 4, as: 'data' },
      xor: { attr: 5, as: 'data' },
    },
  },
  byteorder: {
    name: 'byteorder',
    fields: {
      sreg: REGISTER(1),
      dreg: REGISTER(2),
      conversion: { attr: 3, as: 'be32', words: { ntoh: 0, hton: 1 } },
      len: { attr: 4, as: 'be32' },
      size: { attr: 5, as: 'be32' },
    },
  },
  hash: {
    name: 'hash',
    fields: {
      sreg: REGISTER(1),
      dreg: REGISTER(2),
      len: { attr: 3, as: 'be32' },
      modulus: { attr: 4, as: 'be32' },
      seed: { attr: 5, as: 'be32' },
    },
  },
  cmp: {
    name: 'cmp',
    fields: {
      sreg: REGISTER(1),
      test: { attr: 2, as: 'be32', words: { eq: 0, neq: 1, lt: 2, lte: 3, gt: 4, gte: 5 } },
      data: { attr: 3, as: 'data' },
    },
  },
  immediate: { name: 'immediate', fields: { dreg: REGISTER(1), data: { attr: 2, as: 'data' } } },
  counter: { name: 'counter', fields: { bytes: { attr: 1, as: 'be64' }, packets: { attr: 2, as: 'be64' } } },
  limit: {
    name: 'limit',
    fields: {
      rate: { attr: 1, as: 'be64' },
      seconds: { attr: 2, as: 'be64' },
      burst: { attr: 3, as: 'be32' },
      unit: { attr: 4, as: 'be32', words: { packets: 0, bytes: 1 } },
      over: { attr: 5, as: 'flag' },
    },
  },
  log: { name: 'log', fields: { prefix: { attr: 2, as: 'string' }, level: { attr: 5, as: 'be32' } } },
  reject: {
    name: 'reject',
    fields: {
      type: { attr: 1, as: 'be32', words: { icmp: 0, 'tcp-reset': 1, icmpx: 2 } },
      code: { attr: 2, as: 'u8' },
    },
  },
  masq: { name: 'masq', fields: {} },
  nat: {
    name: 'nat',
    fields: {
      type: { attr: 1, as: 'be32', words: { snat: 0, dnat: 1 } },
      family: { attr: 2, as: 'be32', words: { ipv4: 2, ipv6: 10 } },
      address: REGISTER(3),
      port: REGISTER(5),
    },
  },
  notrack: { name: 'notrack', fields: {} },
  objref: {
    name: 'objref',
    fields: {
      type: { attr: 1, as: 'be32', words: { 'ct helper': OBJECT_CT_HELPER } },
      name: { attr: 2, as: 'string' },
    },
  },
};

/** Sets of one rule travel beside it: these give the name and the number of one, and its content by its name. */
export type NameSet = (set: InlineSet) => { name: string; id: number };
export type FindSet = (name: string) => InlineSet | undefined;

export function writeExpression(w: Writer, expression: Expression, nameSet: NameSet): void {
  const name = expression.op === 'verdict' ? 'immediate' : expression.op;
  w.nest(LIST_ELEMENT, (element) => {
    element.attrString(EXPRESSION.NAME, name);
    element.nest(EXPRESSION.DATA, (data) => {
      if (expression.op === 'verdict') writeVerdict(data, expression);
      else if (expression.op === 'lookup') writeLookup(data, expression, nameSet);
      else writeFields(data, expression);
    });
  });
}

function writeVerdict(w: Writer, expression: Extract<Expression, { op: 'verdict' }>): void {
  w.attrBe32(1, VERDICT_REGISTER).nest(2, (data) => {
    data.nest(DATA.VERDICT, (verdict) => {
      verdict.attrBe32(VERDICT.CODE, VERDICTS[expression.verdict]);
      if ('chain' in expression) verdict.attrString(VERDICT.CHAIN, expression.chain);
    });
  });
}

function writeLookup(
  w: Writer,
  { sreg, set }: Extract<Expression, { op: 'lookup' }>,
  nameSet: NameSet,
): void {
  const { name, id } = nameSet(set);
  w.attrString(LOOKUP.SET, name).attrBe32(LOOKUP.SREG, sreg).attrBe32(LOOKUP.SET_ID, id);
}

function writeFields(w: Writer, expression: Expression): void {
  const layout = LAYOUTS[expression.op];
  if (layout === undefined) throw new CodecError(`the expression ${expression.op} cannot be written`);
  for (const [name, field] of Object.entries(layout.fields)) {
    const value = (expression as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined) writeField(w, field, value);
  }
}

function writeField(w: Writer, { attr, as, words }: Field, value: unknown): void {
  if (as === 'string') {
    w.attrString(attr, String(value));
    return;
  }
  if (as === 'data') {
    w.nest(attr, (data) => data.attrBytes(DATA.VALUE, bytesOf(String(value))));
    return;
  }
  const number = words === undefined ? Number(value) : words[String(value)];
  if (number === undefined || Number.isNaN(number)) throw new CodecError(`"${value}" has no number`);
  if (as === 'u8') w.attrU8(attr, number);
  else if (as === 'be64') w.attrBe64(attr, number);
  else w.attrBe32(attr, number);
}

export function readExpression(bytes: Uint8Array, findSet: FindSet): Expression {
  const attrs = new Attrs(bytes);
  const name = attrs.string(EXPRESSION.NAME) ?? '';
  const data = attrs.nest(EXPRESSION.DATA) ?? new Attrs(new Uint8Array(0));
  const unknown: Expression = { op: 'unknown', name };
  if (name === 'lookup') {
    const set = findSet(data.string(LOOKUP.SET) ?? '');
    return set === undefined ? unknown : { op: 'lookup', sreg: data.be32(LOOKUP.SREG) ?? 0, set };
  }
  if (name === 'immediate' && data.be32(1) === VERDICT_REGISTER) return readVerdict(data) ?? unknown;
  const layout = Object.hasOwn(LAYOUTS, name) ? LAYOUTS[name] : undefined;
  return (layout && readFields(name, layout, data)) ?? unknown;
}

function readVerdict(data: Attrs): Expression | undefined {
  const attrs = data.nest(2)?.nest(DATA.VERDICT);
  const code = attrs?.be32(VERDICT.CODE);
  const verdict = Object.entries(VERDICTS).find(([, number]) => number === (code ?? 0) >> 0)?.[0];
  if (verdict === undefined) return undefined;
  const chain = attrs?.string(VERDICT.CHAIN);
  return { op: 'verdict', verdict, ...(chain === undefined ? {} : { chain }) } as Expression;
}

/** Undefined: it has a value that we have no word for. */
function readFields(op: string, layout: Layout, data: Attrs): Expression | undefined {
  const fields: Record<string, unknown> = { op };
  for (const [name, field] of Object.entries(layout.fields)) {
    if (!data.has(field.attr)) continue;
    const value = readField(field, data);
    if (value === undefined) return undefined;
    fields[name] = value;
  }
  return fields as Expression;
}

function readField({ attr, as, words }: Field, data: Attrs): unknown {
  if (as === 'string') return data.string(attr);
  if (as === 'data') {
    const bytes = data.nest(attr)?.bytes(DATA.VALUE);
    return bytes && hexOf(bytes);
  }
  const number = as === 'u8' ? data.u8(attr) : as === 'be64' ? data.be64(attr) : data.be32(attr);
  if (as === 'flag') return number === 1;
  if (words === undefined) return number;
  return Object.keys(words).find((word) => words[word] === number);
}

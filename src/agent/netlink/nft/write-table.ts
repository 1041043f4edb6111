// SPDX-License-Identifier: MIT
/** A table with all that is in it as messages of one transaction. */
import { bytesOf, successor } from '../../../appliance/nft/hex.ts';
import type { Chain, Element, Family, Helper, InlineSet, Table } from '../../../appliance/nft/types.ts';
import { Writer } from '../bytes.ts';
import { NLM_F_APPEND, NLM_F_CREATE } from '../message.ts';
import { LIST_ELEMENT, writeExpression } from './expressions.ts';
import {
  CHAIN,
  COMMENT,
  CT_HELPER,
  DATA_VALUE,
  ELEMENT,
  ELEMENT_INTERVAL_END,
  ELEMENTS,
  HOOK,
  HOOKS,
  header,
  KEY_ORDER,
  L3PROTOCOLS,
  L4PROTOCOLS,
  NFT,
  OBJECT,
  OBJECT_CT_HELPER,
  ORDERS,
  POLICIES,
  RULE,
  SET,
  SET_ANONYMOUS,
  SET_CONSTANT,
  SET_INTERVAL,
  SET_TYPES,
  TABLE,
} from './numbers.ts';

/** A message of a transaction. */
export interface Request {
  type: number;
  flags: number;
  payload: Uint8Array;
  /** For errors: `rule 3 of chain forward`. */
  what: string;
}

/** In place of whatever table has this name. */
export function replaceTable(table: Table): Request[] {
  return [
    ...deleteTable(table.family, table.name),
    request(NFT.NEWTABLE, table.family, `table ${table.name}`, (w) => {
      w.attrString(TABLE.NAME, table.name);
      if (table.comment !== undefined) w.attrBytes(TABLE.USERDATA, comment(table.comment));
    }),
    ...table.helpers.map((helper) => newHelper(table, helper)),
    // All chains before any rule: rules jump.
    ...table.chains.map((chain) => newChain(table, chain)),
    ...newRules(table),
  ];
}

/** Made before, so that one that is not there is no error. */
export function deleteTable(family: Family, name: string): Request[] {
  const named = (w: Writer) => w.attrString(TABLE.NAME, name);
  return [
    request(NFT.NEWTABLE, family, `table ${name}`, named),
    { ...request(NFT.DELTABLE, family, `old table ${name}`, named), flags: 0 },
  ];
}

function newHelper(table: Table, { name, type, protocol, l3proto }: Helper): Request {
  return request(NFT.NEWOBJ, table.family, `helper ${name}`, (w) => {
    w.attrString(OBJECT.TABLE, table.name)
      .attrString(OBJECT.NAME, name)
      .attrBe32(OBJECT.TYPE, OBJECT_CT_HELPER);
    w.nest(OBJECT.DATA, (data) => {
      data
        .attrString(CT_HELPER.NAME, type)
        .attrBe16(CT_HELPER.L3PROTO, L3PROTOCOLS[l3proto])
        .attrU8(CT_HELPER.L4PROTO, L4PROTOCOLS[protocol]);
    });
  });
}

function newChain(table: Table, { name, base }: Chain): Request {
  return request(NFT.NEWCHAIN, table.family, `chain ${name}`, (w) => {
    w.attrString(CHAIN.TABLE, table.name).attrString(CHAIN.NAME, name);
    if (base === undefined) return;
    w.nest(CHAIN.HOOK, (hook) => {
      hook.attrBe32(HOOK.NUMBER, HOOKS[table.family][base.hook] ?? 0).attrBe32(HOOK.PRIORITY, base.priority);
      if (base.device !== undefined) hook.attrString(HOOK.DEVICE, base.device);
    });
    w.attrBe32(CHAIN.POLICY, POLICIES[base.policy]).attrString(CHAIN.TYPE, base.type);
  });
}

/** Each with its sets before it. */
function newRules(table: Table): Request[] {
  let sets = 0;
  return table.chains.flatMap((chain) =>
    chain.rules.flatMap((rule, at) => {
      const requests: Request[] = [];
      const what = `rule ${at + 1} of chain ${chain.name}`;
      const own = request(NFT.NEWRULE, table.family, what, (w) => {
        w.attrString(RULE.TABLE, table.name).attrString(RULE.CHAIN, chain.name);
        w.nest(RULE.EXPRESSIONS, (list) => {
          for (const expression of rule.expressions) {
            writeExpression(list, expression, (set) => {
              const named = { name: '__set%d', id: ++sets };
              requests.push(...newSet(table, set, named, what));
              return named;
            });
          }
        });
        if (rule.comment !== undefined) w.attrBytes(RULE.USERDATA, comment(rule.comment));
      });
      return [...requests, { ...own, flags: NLM_F_CREATE | NLM_F_APPEND }];
    }),
  );
}

function newSet(
  table: Table,
  { type, elements }: InlineSet,
  { name, id }: { name: string; id: number },
  what: string,
): Request[] {
  const { number, size, order } = SET_TYPES[type];
  const interval = elements.some(({ from, to }) => to !== undefined && to !== from);
  const flags = SET_ANONYMOUS | SET_CONSTANT | (interval ? SET_INTERVAL : 0);
  return [
    request(NFT.NEWSET, table.family, `set of ${what}`, (w) => {
      w.attrString(SET.TABLE, table.name)
        .attrString(SET.NAME, name)
        .attrBe32(SET.FLAGS, flags)
        .attrBe32(SET.KEY_TYPE, number)
        .attrBe32(SET.KEY_LEN, size)
        .attrBe32(SET.ID, id)
        .attrBytes(SET.USERDATA, new Writer().u8(KEY_ORDER).u8(4).u32(ORDERS[order]).finish());
    }),
    request(NFT.NEWSETELEM, table.family, `elements of ${what}`, (w) => {
      w.attrString(ELEMENTS.TABLE, table.name).attrString(ELEMENTS.SET, name).attrBe32(ELEMENTS.SET_ID, id);
      w.nest(ELEMENTS.LIST, (list) => {
        for (const { key, end } of interval ? boundaries(elements) : starts(elements)) {
          list.nest(LIST_ELEMENT, (element) => {
            element.nest(ELEMENT.KEY, (data) => data.attrBytes(DATA_VALUE, bytesOf(key)));
            if (end) element.attrBe32(ELEMENT.FLAGS, ELEMENT_INTERVAL_END);
          });
        }
      });
    }),
  ];
}

type Boundary = { key: string; end: boolean };

function starts(elements: readonly Element[]): Boundary[] {
  return elements.map(({ from }) => ({ key: from, end: false }));
}

/** Where ranges begin, and the first value after each; the end of what is before the first one, as nft has it. */
function boundaries(elements: readonly Element[]): Boundary[] {
  const all = elements.flatMap(({ from, to = from }, at): Boundary[] => {
    const after = successor(to);
    const touches = after !== undefined && elements[at + 1]?.from === after;
    return [
      { key: from, end: false },
      ...(after === undefined || touches ? [] : [{ key: after, end: true }]),
    ];
  });
  const [first] = all;
  const zero = '0'.repeat(first?.key.length ?? 0);
  return first === undefined || first.key === zero ? all : [{ key: zero, end: true }, ...all];
}

function request(type: number, family: Family, what: string, fill: (w: Writer) => void): Request {
  const w = header(family);
  fill(w);
  return { type, flags: NLM_F_CREATE, payload: w.finish(), what };
}

function comment(text: string): Uint8Array {
  const bytes = Array.from(text, (char) => char.charCodeAt(0) & 0x7f);
  return Uint8Array.from([COMMENT, bytes.length + 1, ...bytes, 0]);
}

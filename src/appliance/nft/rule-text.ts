// SPDX-License-Identifier: MIT
/**
 * One rule in the notation of nft. Expressions are gone through in their order; what a register holds is remembered until
 * it is compared with something. Comparisons that only say which protocol the next field belongs to are not printed, as
 * nft does.
 */
import { fromBe, fromHost32 } from './hex.ts';
import { CT_STATES, DSCPS, ICMP_TYPES, NF_FAMILIES, nameOf, PROTOCOLS } from './names.ts';
import { statementText } from './statement-text.ts';
import type { Expression, Hex, Rule } from './types.ts';
import {
  deviceName,
  ipv4,
  ipv6,
  isPrefix,
  mark,
  ones,
  plain,
  setText,
  tcpFlags,
  type ValueText,
} from './value-text.ts';

/** What was loaded into a register, in nft's words, and how its values are written. */
type Loaded = {
  text: string;
  value: ValueText;
  mask?: Hex;
  xor?: Hex;
  /** The field is these bits of what is loaded. */
  bits?: Hex;
  /** Which protocol's field it is. */
  of?: 'ip' | 'ip6' | 'icmp' | 'port';
  /** Of the fields that say which protocol a packet is of. */
  says?: Says;
};
type Says = 'protocol' | 'nfproto' | 'l4proto';

type Part = { text: string; says?: Says };

class Printer {
  readonly parts: Part[] = [];
  readonly #registers = new Map<number, Loaded>();
  readonly #immediates = new Map<number, Hex>();
  #l4proto = '';

  take(expression: Expression, next: Expression | undefined): boolean {
    switch (expression.op) {
      case 'meta':
      case 'ct':
        if (expression.dreg !== undefined) this.#load(expression.dreg, loadedKey(expression));
        else this.#set(`${expression.op} ${expression.key}`, expression.sreg ?? 0);
        break;
      case 'payload':
        this.#load(expression.dreg, this.#field(expression));
        break;
      case 'rt':
        this.#load(expression.dreg, { text: 'rt mtu', value: plain });
        break;
      case 'hash':
        this.#load(expression.dreg, this.#hashed(expression));
        break;
      case 'byteorder':
        break;
      case 'exthdr':
        this.#add(`tcp option maxseg size set ${this.#loaded(expression.sreg).text}`);
        break;
      case 'bitwise': {
        const { mask, xor } = expression;
        const loaded = this.#loaded(expression.sreg);
        const isField = loaded.bits === mask && /^0*$/.test(xor);
        this.#load(expression.dreg, isField ? loaded : { ...loaded, mask, xor });
        break;
      }
      case 'cmp':
        return this.#compare(expression, next);
      case 'lookup':
        this.#match(
          this.#loaded(expression.sreg),
          setText(expression.set, this.#loaded(expression.sreg).value),
        );
        break;
      case 'immediate':
        this.#immediates.set(expression.dreg, expression.data);
        break;
      case 'nat':
        this.#add(this.#natText(expression));
        break;
      case 'verdict':
        this.#add('chain' in expression ? `${expression.verdict} ${expression.chain}` : expression.verdict);
        break;
      default:
        this.#add(statementText(expression));
    }
    return false;
  }

  #add(text: string, says?: Says): void {
    this.parts.push(says === undefined ? { text } : { text, says });
  }

  #load(register: number, loaded: Loaded): void {
    this.#registers.set(register, loaded);
  }

  #loaded(register: number): Loaded {
    return this.#registers.get(register) ?? { text: '(unknown)', value: plain };
  }

  #field({ base, offset, len }: Extract<Expression, { op: 'payload' }>): Loaded {
    const network = NETWORK_FIELDS[`${offset}/${len}`];
    if (base === 'network') return network ?? raw(base, offset, len);
    if (offset === TCP_FLAGS && len === 1 && this.#l4proto === 'tcp') {
      return { text: 'tcp flags', value: tcpFlags, of: 'port' };
    }
    if (offset === 0 && len === 1) return this.#icmpType();
    const name = len === 2 ? PORT_FIELDS[offset] : undefined;
    if (name === undefined) return raw(base, offset, len);
    const known = this.#l4proto === 'tcp' || this.#l4proto === 'udp';
    return {
      text: `${known ? this.#l4proto : 'th'} ${name}`,
      value: plain,
      ...(known ? { of: 'port' } : {}),
    };
  }

  /** Of the fields in the registers of four bytes from `sreg` on. */
  #hashed({ sreg, len, modulus, seed }: Extract<Expression, { op: 'hash' }>): Loaded {
    const fields = Array.from(
      { length: len / 4 },
      (_, at) => this.#loaded(at === 0 ? sreg : FIRST_WORD + at).text,
    );
    return {
      text: `jhash ${fields.join(' . ')} mod ${modulus} seed 0x${seed.toString(16)}`,
      value: plain,
      of: 'ip',
    };
  }

  #icmpType(): Loaded {
    const value = (hex: Hex) => nameOf(ICMP_TYPES, fromBe(hex));
    return { text: 'icmp type', value, of: 'icmp' };
  }

  /** True: the next expression is the other end of a range and is done with. */
  #compare({ sreg, test, data }: Extract<Expression, { op: 'cmp' }>, next: Expression | undefined): boolean {
    const loaded = this.#loaded(sreg);
    if (loaded.text === 'tcp flags' && loaded.mask !== undefined) {
      this.#match(loaded, `${tcpFlags(data)} / ${tcpFlags(loaded.mask)}`);
      return false;
    }
    const bits = BIT_FIELDS[loaded.text];
    if (bits !== undefined && loaded.mask !== undefined && test === 'neq') {
      const all = fromHost32(loaded.mask);
      const set = Object.keys(bits).filter((name) => all & (bits[name] ?? 0));
      this.#match(loaded, set.join(','));
      return false;
    }
    if (test === 'gte' && next?.op === 'cmp' && next.test === 'lte') {
      this.#match(loaded, `${loaded.value(data)}-${loaded.value(next.data)}`);
      return true;
    }
    if (loaded.mask !== undefined && isPrefix(loaded.mask) && (loaded.of === 'ip' || loaded.of === 'ip6')) {
      this.#match(loaded, `${loaded.value(data)}/${ones(loaded.mask)}`);
      return false;
    }
    const operator = OPERATORS[test];
    const left = loaded.mask === undefined ? '' : `& ${loaded.value(loaded.mask)} ${operator || '=='} `;
    const right = `${left || (operator && `${operator} `)}${loaded.value(data)}`;
    if (loaded.says === 'l4proto') this.#l4proto = loaded.value(data);
    this.#match(loaded, right, test === 'eq' ? loaded.says : undefined);
    return false;
  }

  #match(loaded: Loaded, right: string, says?: Says): void {
    if (loaded.of !== undefined) this.#forget(loaded.of);
    this.#add(`${loaded.text} ${right}`, says);
  }

  /** What a field says of its protocol need not be said before. */
  #forget(of: NonNullable<Loaded['of']>): void {
    const implied: readonly Says[] =
      of === 'icmp'
        ? ['l4proto', 'nfproto', 'protocol']
        : of === 'port'
          ? ['l4proto']
          : ['nfproto', 'protocol'];
    for (const says of implied) {
      const at = this.parts.map((part) => part.says).lastIndexOf(says);
      if (at >= 0 && this.#allImplied(at)) this.parts.splice(at, 1);
    }
  }

  /** Only what stands right before the field was said for its sake. */
  #allImplied(at: number): boolean {
    return this.parts.slice(at).every(({ says }) => says !== undefined);
  }

  #set(what: string, register: number): void {
    const loaded = this.#loaded(register);
    const { mask, xor = '' } = loaded;
    const kept = mask === undefined ? '' : union(mask, xor);
    const and = /^f*$/.test(kept) ? '' : ` & ${loaded.value(kept)}`;
    const or = /^0*$/.test(xor) ? '' : ` | ${loaded.value(xor)}`;
    const bits = mask === undefined ? '' : `${and}${or}`;
    this.#add(`${what} set ${loaded.text}${bits}`);
  }

  #natText({ type, family, address, port }: Extract<Expression, { op: 'nat' }>): string {
    const value = (register: number) => this.#immediates.get(register) ?? '';
    const to = family === 'ipv4' ? ipv4(value(address)) : ipv6(value(address));
    const withPort = port === undefined ? '' : `:${fromBe(value(port))}`;
    return `${type} ${family === 'ipv4' ? 'ip' : 'ip6'} to ${to}${withPort}`;
  }
}

export function ruleText({ expressions, comment }: Rule): string {
  const printer = new Printer();
  for (let at = 0; at < expressions.length; at++) {
    const expression = expressions[at];
    if (expression !== undefined && printer.take(expression, expressions[at + 1])) at++;
  }
  const words = printer.parts.map(({ text }) => text);
  return [...words, ...(comment === undefined ? [] : [`comment "${comment}"`])].join(' ');
}

/** NFT_REG32_00, which is the first quarter of register 1. */
const FIRST_WORD = 8;
const TCP_FLAGS = 13;
const PORT_FIELDS: Readonly<Record<number, string>> = { 0: 'sport', 2: 'dport' };
const NETWORK_FIELDS: Readonly<Record<string, Loaded>> = {
  '1/1': { text: 'ip dscp', value: (hex) => codepoint(fromBe(hex) >> 2), bits: 'fc', of: 'ip' },
  '0/2': { text: 'ip6 dscp', value: (hex) => codepoint(fromBe(hex) >> 6), bits: '0fc0', of: 'ip6' },
  '12/4': { text: 'ip saddr', value: ipv4, of: 'ip' },
  '16/4': { text: 'ip daddr', value: ipv4, of: 'ip' },
  '8/16': { text: 'ip6 saddr', value: ipv6, of: 'ip6' },
  '24/16': { text: 'ip6 daddr', value: ipv6, of: 'ip6' },
};
const CT_STATUSES = { dnat: 0x20 };
const BIT_FIELDS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'ct state': CT_STATES,
  'ct status': CT_STATUSES,
};
const OPERATORS = { eq: '', neq: '!=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;
function loadedKey({ op, key }: Extract<Expression, { op: 'meta' | 'ct' }>): Loaded {
  switch (key) {
    case 'iifname':
    case 'oifname':
      return { text: key, value: deviceName };
    case 'nfproto':
      return { text: 'meta nfproto', value: (hex) => nameOf(NF_FAMILIES, fromBe(hex)), says: 'nfproto' };
    case 'l4proto':
      return { text: 'meta l4proto', value: (hex) => nameOf(PROTOCOLS, fromBe(hex)), says: 'l4proto' };
    case 'protocol':
      return {
        text: 'meta protocol',
        value: (hex) => (hex === '0800' ? 'ip' : `0x${hex}`),
        says: 'protocol',
      };
    case 'mark':
      return { text: `${op} mark`, value: mark };
    default:
      return { text: `${op} ${key}`, value: mark };
  }
}

function codepoint(value: number): string {
  const name = Object.entries(DSCPS).find(([, code]) => code === value)?.[0];
  return name ?? `0x${value.toString(16).padStart(2, '0')}`;
}

function raw(base: string, offset: number, len: number): Loaded {
  return {
    text: `@${base === 'network' ? 'nh' : 'th'},${8 * offset},${8 * len}`,
    value: (hex) => `0x${hex}`,
  };
}

function union(a: Hex, b: Hex): Hex {
  const digit = (text: string, at: number) => Number.parseInt(text[at] ?? '0', 16);
  return Array.from(a, (_, at) => (digit(a, at) | digit(b, at)).toString(16)).join('');
}

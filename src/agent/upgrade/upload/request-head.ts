// SPDX-License-Identifier: MIT
/**
 * The head of an HTTP/1 request (RFC 9112), as far as an upload needs it, from whoever can reach the port. Each byte is looked at
 * once, in whatever pieces it comes; what is not understood is refused.
 */

/** Request line and fields with their line breaks, in bytes. */
export const LONGEST_HEAD = 4096;

export interface RequestHead {
  method: 'GET' | 'HEAD' | 'PUT';
  path: string;
  /** The whole field. */
  authorization?: string;
  /** Bytes of the body. */
  length?: number;
  /** Which bytes of the file the body is, first and last included (`Content-Range`). */
  range?: { first: number; last: number; total: number };
  /** The client waits to be told that it may send the body (RFC 9110, 10.1.1). */
  expectsContinue: boolean;
}

/** What is wrong with a request; `status` is HTTP's. */
export class BadRequest extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const CR = 13;
const LF = 10;
const TAB = 9;

/** Where the reader is in the line breaks; the head ends with an empty line. */
type Place = 'line' | 'cr' | 'next line' | 'last cr' | 'end' | 'wrong';

const NEXT: Readonly<Record<Place, { cr: Place; lf: Place; other: Place }>> = {
  line: { cr: 'cr', lf: 'wrong', other: 'line' },
  cr: { cr: 'wrong', lf: 'next line', other: 'wrong' },
  'next line': { cr: 'last cr', lf: 'wrong', other: 'line' },
  'last cr': { cr: 'wrong', lf: 'end', other: 'wrong' },
  end: { cr: 'wrong', lf: 'wrong', other: 'wrong' },
  wrong: { cr: 'wrong', lf: 'wrong', other: 'wrong' },
};

/** Collects a head; one for each request. */
export class HeadReader {
  readonly #bytes = new Uint8Array(LONGEST_HEAD);
  #length = 0;
  #place: Place = 'line';

  /** How many of the bytes belong to the head that is now whole; undefined: more is to come. Throws a BadRequest. */
  take(bytes: Uint8Array): number | undefined {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (this.#length === LONGEST_HEAD)
        throw new BadRequest(431, `the head of a request has at most ${LONGEST_HEAD} bytes`);
      this.#bytes[this.#length++] = byte;
      this.#place = isText(byte) ? NEXT[this.#place][kindOf(byte)] : 'wrong';
      if (this.#place === 'wrong') throw new BadRequest(400, 'this is no HTTP request');
      if (this.#place === 'end') return at + 1;
    }
    return undefined;
  }

  /** Once it is whole. Throws a BadRequest. */
  head(): RequestHead {
    if (this.#place !== 'end') throw new Error('the head of a request is not whole');
    const [first = '', ...fields] = String.fromCharCode(...this.#bytes.subarray(0, this.#length))
      .split('\r\n')
      .slice(0, -2);
    return { ...requestLine(first), ...valuesOf(fields) };
  }
}

function isText(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === TAB || byte === CR || byte === LF;
}

function kindOf(byte: number): 'cr' | 'lf' | 'other' {
  if (byte === CR) return 'cr';
  return byte === LF ? 'lf' : 'other';
}

function requestLine(line: string): Pick<RequestHead, 'method' | 'path'> {
  const [, method = '', path = ''] = /^([A-Z]{1,20}) (\/[!-~]*) HTTP\/1\.[01]$/.exec(line) ?? [];
  if (path === '')
    throw new BadRequest(400, 'a request begins with a line such as "PUT /upgrade/… HTTP/1.1"');
  if (method !== 'GET' && method !== 'HEAD' && method !== 'PUT')
    throw new BadRequest(405, `${method} cannot be asked for; GET, HEAD and PUT can`);
  return { method, path };
}

type Values = Omit<RequestHead, 'method' | 'path'>;

/** Fields that mean something here, by their names in small letters: what they say, or why they are refused. */
const FIELDS: Readonly<Record<string, (value: string) => Partial<Values>>> = {
  authorization: (value) => ({ authorization: value }),
  'content-length': (value) => ({ length: matching(/^(\d{1,10})$/, value, 'Content-Length: BYTES')[0] ?? 0 }),
  'content-range': (value) => {
    const form = /^bytes (\d{1,10})-(\d{1,10})\/(\d{1,10})$/;
    const [first = 0, last = 0, total = 0] = matching(form, value, 'Content-Range: bytes FIRST-LAST/SIZE');
    return { range: { first, last, total } };
  },
  expect: (value) => {
    if (value.toLowerCase() !== '100-continue')
      throw new BadRequest(417, 'only 100-continue can be expected');
    return { expectsContinue: true };
  },
  'transfer-encoding': () => {
    throw new BadRequest(411, 'the size must be told before: send a file (curl -T FILE), not a pipe');
  },
};

function valuesOf(lines: readonly string[]): Values {
  const seen = new Set<string>();
  let values: Values = { expectsContinue: false };
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    // A line that begins with a space would go on with the one before: nobody writes so any more.
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) throw new BadRequest(400, 'a field is "Name: value"');
    if (!Object.hasOwn(FIELDS, name)) continue;
    if (seen.has(name)) throw new BadRequest(400, `${name} stands there twice`);
    seen.add(name);
    values = { ...values, ...FIELDS[name]?.(line.slice(colon + 1).trim()) };
  }
  return values;
}

function matching(form: RegExp, value: string, wanted: string): number[] {
  const match = form.exec(value);
  if (match === null) throw new BadRequest(400, `"${value.slice(0, 80)}" must be as in "${wanted}"`);
  return match.slice(1).map(Number);
}

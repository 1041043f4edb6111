// SPDX-License-Identifier: MIT
/** Heads of requests: what curl sends is read, everything else is refused in a sentence, in whatever pieces it comes. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  BadRequest,
  HeadReader,
  LONGEST_HEAD,
  type RequestHead,
} from '../../../../src/agent/upgrade/upload/request-head.ts';

const SUM = 'a'.repeat(64);
const RESUME = [
  `PUT /upgrade/${SUM} HTTP/1.1`,
  'Host: 192.168.1.1:8080',
  'Content-Range: bytes 100-5999/6000',
  'User-Agent: curl/7.88.1',
  'Accept: */*',
  'Authorization: Bearer 00112233445566778899aabbccddeeff',
  'Content-Length: 5900',
  'Expect: 100-continue',
];

type Outcome = { head: RequestHead; rest: number } | { status: number; message: string } | 'more';

/** `cuts`: where the pieces end. */
function read(bytes: Uint8Array, cuts: readonly number[] = []): Outcome {
  const reader = new HeadReader();
  const ends = [...cuts.filter((cut) => cut < bytes.length), bytes.length].sort((a, b) => a - b);
  try {
    let from = 0;
    for (const end of ends) {
      const taken = reader.take(bytes.subarray(from, end));
      if (taken !== undefined) return { head: reader.head(), rest: bytes.length - from - taken };
      from = end;
    }
    return 'more';
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    return { status: error.status, message: error.message };
  }
}

const lines = (...all: readonly string[]) => Buffer.from(`${all.join('\r\n')}\r\n\r\n`, 'latin1');

const reading = suite('the head of a request');

reading('is read as curl sends it, and the body behind it is left', () => {
  assert.equal(read(Buffer.concat([lines(...RESUME), Buffer.from('hsqs')])), {
    head: {
      method: 'PUT',
      path: `/upgrade/${SUM}`,
      authorization: 'Bearer 00112233445566778899aabbccddeeff',
      length: 5900,
      range: { first: 100, last: 5999, total: 6000 },
      expectsContinue: true,
    },
    rest: 4,
  });
});

reading('has names of fields in any case, spaces around values, and fields that mean nothing here', () => {
  const outcome = read(
    lines('GET /upgrade HTTP/1.0', 'AUTHORIZATION: \t Bearer x \t', 'x-what:', 'Content-Length:7'),
  );
  assert.equal(outcome, {
    head: { method: 'GET', path: '/upgrade', authorization: 'Bearer x', length: 7, expectsContinue: false },
    rest: 0,
  });
});

const PUT = 'PUT / HTTP/1.1';
for (const [what, bytes, status] of [
  ['a TLS client', Buffer.from([0x16, 3, 1, 2, 0, 1]), 400],
  ['line breaks without CR', Buffer.from('GET / HTTP/1.1\n\n'), 400],
  ['a CR that ends no line', Buffer.from('GET / HTTP/1.1\rHost: x\r\n\r\n'), 400],
  ['an empty line first', Buffer.from('\r\nGET / HTTP/1.1\r\n\r\n'), 400],
  ['letters that are not ASCII', lines('GET /\xfc HTTP/1.1'), 400],
  ['a null byte', lines('GET /\0 HTTP/1.1'), 400],
  ['another protocol', lines('GET / HTTP/2.0'), 400],
  ['a whole URL', lines('GET http://192.168.1.1/ HTTP/1.1'), 400],
  ['another method', lines('DELETE / HTTP/1.1'), 405],
  ['a method in small letters', lines('put / HTTP/1.1'), 400],
  ['a field without a colon', lines(PUT, 'Host'), 400],
  ['a field without a name', lines(PUT, ': x'), 400],
  ['a space before the colon', lines(PUT, 'Content-Length : 5'), 400],
  ['a line that goes on', lines(PUT, 'Host: x', ' y'), 400],
  ['a field twice', lines(PUT, 'Content-Length: 5', 'content-length: 5'), 400],
  ['a length that is no number', lines(PUT, 'Content-Length: 5, 5'), 400],
  ['a length with a sign', lines(PUT, 'Content-Length: +5'), 400],
  ['a length beyond all files', lines(PUT, 'Content-Length: 99999999999'), 400],
  ['a range without a size', lines(PUT, 'Content-Range: bytes 0-5/*'), 400],
  ['chunks', lines(PUT, 'Transfer-Encoding: chunked'), 411],
  ['another expectation', lines(PUT, 'Expect: 200-ok'), 417],
  ['a head that is too long', lines(PUT, `X: ${'x'.repeat(LONGEST_HEAD)}`), 431],
  ['fields without end', Buffer.from(`${PUT}\r\n${'a: b\r\n'.repeat(LONGEST_HEAD)}`), 431],
] as const) {
  reading(`with ${what} is refused`, () => {
    const outcome = read(bytes);
    assert.ok(outcome !== 'more' && 'status' in outcome, JSON.stringify(outcome));
    assert.is(outcome.status, status);
  });
}

reading('may be as long as the limit, and no byte longer', () => {
  const bare = lines(PUT, 'X: ').length;
  const filled = (more: number) => lines(PUT, `X: ${'x'.repeat(LONGEST_HEAD - bare + more)}`);
  assert.is(filled(0).length, LONGEST_HEAD);
  assert.type((read(filled(0)) as { head: object }).head, 'object');
  assert.is((read(filled(1)) as { status: number }).status, 431);
});

/** Bytes near to a request: words of one in any order, with a few bytes changed. */
const nearly = fc
  .tuple(
    fc.array(
      fc.oneof(
        fc.constantFrom(
          ...RESUME,
          '',
          ' ',
          ':',
          '\r',
          '\n',
          'Content-Length: 1',
          'Expect:',
          'Transfer-Encoding: x',
        ),
        fc.string({ unit: 'binary-ascii', maxLength: 40 }),
      ),
      { maxLength: 12 },
    ),
    fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 3 }),
  )
  .map(([words, changes]) => {
    const bytes = lines(RESUME[0] ?? '', ...words);
    for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
    return bytes;
  });

reading('of any bytes in any pieces comes out as in one piece: read, refused, or not whole', () => {
  const anything = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(
      fc.oneof({ weight: 4, arbitrary: nearly }, { weight: 1, arbitrary: anything }),
      fc.array(fc.nat(600), { maxLength: 8 }),
      (bytes, cuts) => {
        const whole = read(bytes);
        assert.equal(read(bytes, cuts), whole);
        if (whole === 'more') return;
        if ('head' in whole) {
          assert.match(whole.head.path, /^\/[!-~]*$/);
          assert.ok(Number.isSafeInteger(whole.head.length ?? 0));
        } else assert.match(whole.message, /^[ -~…]+$/);
      },
    ),
    { numRuns: 3000 },
  );
});

reading('byte by byte costs no more than at once: no byte is looked at twice', () => {
  const bytes = lines(PUT, `X: ${'x'.repeat(LONGEST_HEAD - 40)}`);
  const reader = new HeadReader();
  const began = process.cpuUsage();
  for (let round = 0; round < 200; round++) {
    const one = new HeadReader();
    for (let at = 0; at < bytes.length; at++) one.take(bytes.subarray(at, at + 1));
  }
  const { user } = process.cpuUsage(began);
  reader.take(bytes);
  // 800,000 bytes: at 4,096 looks each it would be minutes.
  assert.ok(user < 5e6, `${user} µs`);
});

reading.run();

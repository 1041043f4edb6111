// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeUtf8, encodeUtf8 } from '../../src/agent/utf8.ts';

const utf8 = suite('UTF-8');

utf8('is what Node makes of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal([...encodeUtf8(text)], [...new TextEncoder().encode(text)]);
      assert.is(decodeUtf8(encodeUtf8(text)), text);
    }),
  );
});

utf8('of unpaired surrogates is the replacement character', () => {
  assert.equal([...encodeUtf8('\ud800x')], [0xef, 0xbf, 0xbd, 0x78]);
});

utf8('of bytes that are none never throws and keeps what is good', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      decodeUtf8(bytes);
    }),
    { numRuns: 20_000 },
  );
  assert.is(decodeUtf8(Uint8Array.of(0x61, 0xc3, 0x62, 0xe2, 0x82, 0xac, 0xff)), 'a\ufffdb\u20ac\ufffd');
  assert.is(decodeUtf8(Uint8Array.of(0xc0, 0x80)), '\ufffd\ufffd');
  assert.is(decodeUtf8(Uint8Array.of(0xed, 0xa0, 0x80)).includes('\ud800'), false);
});

utf8.run();

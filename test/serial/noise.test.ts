// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { clean } from '../../src/serial/noise.ts';

const noise = suite('clean');
const MESSAGE = '[   12.345678] e1000: eth1 NIC Link is Down\r\n';

noise('takes a kernel message out of the middle of a word', () => {
  assert.is(clean(`plait lo${MESSAGE}gin: `).text, 'plait login: ');
});

noise('knows messages with a caller id and of long uptimes', () => {
  assert.is(clean(`a[123456.000001][   T12] oops\nb[    0.000000][    C0] tick\nc`).text, 'abc');
});

noise('leaves a message that has not ended and text that only looks like one', () => {
  for (const text of ['[   12.345678] half a mess', '[ 12.3] short\n', '[12.345678]no blank\n', '[eth0]\n']) {
    assert.is(clean(text).text, text);
  }
});

noise('takes out what a line editor sends to the terminal', () => {
  assert.is(clean('~ # \x1b[6n\x1b[?2004hls\x1b[1;34m dir\x1b[0m').text, '~ # ls dir');
});

noise('takes out further patterns when told so', () => {
  assert.is(clean('outplaitd: leg up\r\nput', [/plaitd: [^\n]*\n/]).text, 'output');
});

noise('finds the way back to the original for every offset', () => {
  const piece = fc.oneof(fc.string(), fc.constant(MESSAGE), fc.constant('\x1b[0m'));
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const raw = pieces.join('');
      const cleaned = clean(raw);
      for (let offset = 0; offset <= cleaned.text.length; offset++) {
        const original = cleaned.original(offset);
        assert.ok(original >= offset && original <= raw.length);
        if (offset > 0) assert.is(raw[original - 1], cleaned.text[offset - 1]);
      }
    }),
  );
});

noise.run();

// SPDX-License-Identifier: MIT
/** Lines from terminals of every kind, and from none at all: noise. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Line, LineInput } from '../../../src/agent/setup/line-input.ts';
import { oddCharacters } from './screen.ts';

function terminal() {
  let screen = '';
  const input = new LineInput((text) => {
    screen += text;
  });
  const feed = (text: string) => input.feed(Buffer.from(text, 'utf8'));
  return { input, feed, screen: () => screen };
}

async function lineOf(typed: string, secret = false): Promise<{ line: Line; screen: string }> {
  const { input, feed, screen } = terminal();
  const line = input.read('> ', secret);
  feed(typed);
  return { line: await line, screen: screen() };
}

const text = (text: string, foreign = false): Line => ({ kind: 'line', text, foreign });

const typing = suite('typing a line');

typing('ends with CR, LF or both, and backspace may be either', async () => {
  for (const end of ['\r', '\n', '\r\n']) assert.equal((await lineOf(`eth1${end}`)).line, text('eth1'));
  for (const erase of ['\b', '\x7f']) {
    const { line, screen } = await lineOf(`eth2${erase}1${erase.repeat(9)}ok\r`);
    assert.equal(line, text('ok'));
    assert.is(screen, `> eth2\b \b1${'\b \b'.repeat(4)}ok\n`);
  }
  assert.equal((await lineOf('wrong\x15right\r')).line, text('right'));
});

typing('CR and LF that come apart are one end', async () => {
  const { input, feed } = terminal();
  const first = input.read('> ');
  feed('a\r');
  assert.equal(await first, text('a'));
  const second = input.read('> ');
  feed('\nb\r\n');
  assert.equal(await second, text('b'));
});

typing('a secret leaves nothing on the screen', async () => {
  const { line, screen } = await lineOf('hunter2hunter\x7f2\r', true);
  assert.equal([line, screen], [text('hunter2hunte2'), '> \n']);
});

typing('Ctrl-C leaves, Ctrl-D too on an empty line, and so does a terminal that is gone', async () => {
  for (const typed of ['abc\x03', '\x04']) assert.equal((await lineOf(typed)).line, { kind: 'leave' });
  assert.equal((await lineOf('ab\x04c\r')).line, text('abc'));
  const { input } = terminal();
  const line = input.read('> ');
  input.end();
  assert.equal(await line, { kind: 'leave' });
});

typing('several lines at once are answers to several questions, echoed at their own', async () => {
  const { input, feed, screen } = terminal();
  feed('one\rtwo\r');
  assert.is(screen(), '');
  assert.equal(await input.read('1: '), text('one'));
  assert.equal(await input.read('2: '), text('two'));
  assert.is(screen(), '1: one\n2: two\n');
});

typing('keys with an arrow are nothing, and do not end in a wrong answer', async () => {
  for (const key of ['\x1b[A', '\x1bOP', '\x1b[15~', '\x1bx'])
    assert.equal((await lineOf(`et${key}h1\r`)).line, text('eth1'));
  // A sequence that never ends swallows a few bytes only.
  assert.equal((await lineOf(`\x1b[${';'.repeat(40)}\r`)).line, text(';'.repeat(25)));
});

typing('a letter beyond ASCII makes the line none: nobody gets another password than was typed', async () => {
  const { line, screen } = await lineOf('pässwörd\r');
  assert.equal(line, text('psswrd', true));
  assert.is(screen, '> p\x07sswrd\n');
  // Once it is erased all is well.
  assert.equal((await lineOf('ä\x15eth1\r')).line, text('eth1'));
});

typing('Ctrl-R shows the line again where a message broke into it', async () => {
  assert.is((await lineOf('et\x12h1\r')).screen, '> et\n> eth1\n');
});

const noise = suite('noise');

noise(
  '100,000 random bytes neither hang nor crash it, and reach the screen as plain characters only',
  async () => {
    const { input, screen } = terminal();
    let seed = 42;
    const bytes = Uint8Array.from({ length: 100_000 }, () => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return seed >>> 24;
    });
    let clean = 0;
    let count = 0;
    for (let at = 0; at < bytes.length; at += 100) {
      input.feed(bytes.subarray(at, at + 100));
      while (input.hasWaiting) {
        const reading = input.read('> ');
        input.cancel();
        const line = await reading;
        if (line.kind !== 'line') continue;
        count++;
        if (!line.foreign && line.text !== '') clean++;
      }
    }
    assert.equal(oddCharacters(screen()), []);
    console.log(`\n  ${count} lines, ${clean} of them could be answers`);
  },
);

noise('a line of a megabyte takes no more memory than a line', async () => {
  const { input } = terminal();
  const reading = input.read('> ');
  for (let count = 0; count < 1000; count++) input.feed(new Uint8Array(1000).fill(0x61));
  input.feed(Uint8Array.of(13));
  const line = await reading;
  assert.ok(line.kind === 'line' && line.foreign && line.text.length < 5000);
});

typing.run();
noise.run();

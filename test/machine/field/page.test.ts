// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FieldPage, steady } from './page.ts';
import { answeredIn, lost, secondsOf } from './traffic.ts';

const page = suite('a page of what was typed and printed');

page('has the same bytes when times, sizes, keys and hashes are others', () => {
  const run = (seconds: number, mb: string, key: string, hash: string) =>
    steady(
      `done in ${seconds} s\r\nchecking ${mb} MB, SHA-256 ${hash}\nversion 0.2.0, signed with key ${key}: writing slot b\n`,
    );
  const first = run(18, '6.1', '1a2b3c4d', 'a'.repeat(64));
  assert.is(first, run(2.5, '6.2', '00112233', 'b'.repeat(64)));
  assert.is(first, 'done in … s\nchecking … MB, SHA-256 …\nversion 0.2.0, signed with key …: writing slot b');
});

page('leaves out what comes or not', () => {
  const lines = [
    '  1.4 MB',
    '  1.4 of 6.2 MB',
    'plait: Nothing to read on /dev/ttyUSB0 yet: is the board on? Waiting.',
    'kept',
  ];
  assert.is(steady(lines.join('\n')), 'kept');
});

page('keeps what a version or an address is, and names what is on this machine alone', () => {
  const text = 'version 0.2.0 from 192.168.50.2:41233/x, eth1.5, 115200';
  assert.is(
    steady(text, new Map([[':41233/', ':8000/']])),
    'version 0.2.0 from 192.168.50.2:8000/x, eth1.5, 115200',
  );
});

page('gives the same hash the same name', () => {
  const one = new FieldPage(new Map());
  const sum = (digit: string) => `${digit.repeat(64)}  /data/plait.yaml\n`;
  for (const digit of ['a', 'b', 'a']) one.typed('$', 'sha256sum /data/plait.yaml', sum(digit));
  assert.equal(one.text.match(/\(hash \d\)/g), ['(hash 1)', '(hash 2)', '(hash 1)']);
});

page.run();

const packets = suite('packets that were lost');

const answered = answeredIn('gap 3 4\ngap 100 149\nlast 200');

packets('are counted between two moments', () => {
  assert.equal(answered, {
    last: 200,
    gaps: [
      [3, 4],
      [100, 149],
    ],
  });
  assert.is(lost(answered, 0, 200), 52);
  assert.is(lost(answered, 4, 99), 0);
  assert.is(lost(answered, 3, 100), 2);
  assert.is(lost(answered, 120, 130), 10);
  assert.is(secondsOf(50), 10);
});

packets('cannot be counted without the last one', () => {
  assert.throws(() => answeredIn('gap 1 2'), /were not counted/);
});

packets.run();

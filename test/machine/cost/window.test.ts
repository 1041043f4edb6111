// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { median, readWindows, rejection } from '../../../src/machine/cost/window.ts';

const windows = suite('readWindows');

windows('divides the instructions of each window by the packets that left in it', () => {
  const output = `
now at 1000000000 nsecs, sent 1000, received 1010, cpu  50 0 340 85 0 10 95 0 0 0
now at 2000000000 nsecs, sent 101000, received 101011, cpu  50 0 341 87 0 20 182 0 0 0
now at 4000000000 nsecs, sent 151000, received 152011, cpu  50 0 341 187 0 20 282 0 0 0
`;
  assert.equal(readWindows(output, 2), [
    { instructions: 5_000, busy: 0.97, packets: 100_000, missing: 1 },
    { instructions: 20_000, busy: 0.5, packets: 50_000, missing: 1_000 },
  ]);
});

windows('says what was printed instead', () => {
  assert.throws(() => readWindows('sleep: invalid number', 2), /but it printed: sleep: invalid number/);
});

windows.run();

const rejections = suite('rejection');
const good = { instructions: 5_000, busy: 1, packets: 100_000, missing: 64 };

rejections('lets a window count in which the board did nothing but forward', () => {
  assert.is(rejection(good), undefined);
  assert.is(rejection({ ...good, missing: -64 }), undefined);
});

rejections('tells why a window does not count', () => {
  assert.match(rejection({ ...good, busy: 0.98 }) ?? '', /for 98 % of the time only/);
  assert.match(rejection({ ...good, missing: 501 }) ?? '', /501 packets got lost in the board/);
  assert.match(
    rejection({ ...good, packets: 0, instructions: Number.POSITIVE_INFINITY }) ?? '',
    /no packet left/,
  );
});

rejections.run();

const medians = suite('median');

medians('is the middle one, or between the two in the middle', () => {
  assert.is(median([5]), 5);
  assert.is(median([9, 1, 5]), 5);
  assert.is(median([9, 1, 4, 6]), 5);
});

medians.run();

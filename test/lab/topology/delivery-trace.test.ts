// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../../src/image/errors.ts';
import { wanderingTrace } from '../../../src/lab/delivery-traces/wandering.ts';
import {
  deliveryRate,
  deliveryTracePath,
  readDeliveryTrace,
} from '../../../src/lab/topology/delivery-trace.ts';

const reading = suite<{ folder: string }>('readDeliveryTrace');

reading.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-trace-'));
});
reading.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const refusals: readonly (readonly [string, string, RegExp])[] = [
  ['a word', '1\nten\n', /line 2: 'ten' is not a time in whole milliseconds/],
  ['a fraction', '1.5\n', /line 1: '1.5' is not/],
  ['a negative time', '-1\n', /line 1: '-1' is not/],
  ['a number that is too large', '12345678901\n', /line 1: '12345678901' is not/],
  ['times that fall', '5\n4\n', /line 2: 4 ms comes after 5 ms; times never fall/],
  ['nothing', '', /no time after 0 ms/],
  ['only zeros', '0\n0\n', /no time after 0 ms/],
];
for (const [what, text, message] of refusals) {
  reading(`refuses ${what}, and says where`, ({ folder }) => {
    const path = join(folder, 'line');
    writeFileSync(path, text);
    assert.throws(
      () => readDeliveryTrace(path),
      (error: unknown) => error instanceof UsageError && message.test(error.message),
    );
  });
}

reading('names a file that is not there', ({ folder }) => {
  assert.throws(
    () => readDeliveryTrace(join(folder, 'none')),
    /none cannot be read as a delivery trace: ENOENT/,
  );
});

reading('knows several deliveries in a millisecond, and a last one that ends the round', ({ folder }) => {
  const path = join(folder, 'line');
  writeFileSync(path, '0\n2\n2\n10\n');
  const trace = readDeliveryTrace(path);
  assert.equal(trace.deliveries, [0, 2, 2, 10]);
  assert.is(trace.period, 10);
});

reading.run();

const rate = suite('deliveryRate');

rate('counts 1500 bytes for each delivery, over the end of a round', () => {
  const trace = { path: '', deliveries: [2, 4, 6, 8, 1000], period: 1000 };
  // Five deliveries in each of two seconds.
  assert.is(deliveryRate(trace, 0, 2), 5 * 12_000);
  assert.is(deliveryRate(trace, 0.5, 1), (1 * 12_000) / 0.5);
});

rate.run();

const own = suite("The lab's own delivery trace");

own('is what its program makes, and wanders between 2 and 20 Mbit/s', () => {
  const path = deliveryTracePath('wandering.trace');
  assert.is(readFileSync(path, 'utf8'), wanderingTrace());
  const trace = readDeliveryTrace(path);
  const rates = Array.from({ length: 20 }, (_, second) => deliveryRate(trace, second, second + 1) / 1e6);
  assert.ok(Math.max(...rates) <= 20 && Math.max(...rates) > 15, 'fast at times');
  assert.ok(Math.min(...rates) < 3, 'slow at times');
});

own.run();

// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Results } from '../../../src/lab/workload/results.ts';
import { Sending, type SendOptions, secondsOf } from '../../../src/lab/workload/send.ts';

const options: SendOptions = {
  from: 'a',
  to: [
    { node: 'b', address: '10.0.0.1' },
    { node: 'c', address: '10.0.0.2' },
  ],
  sizes: [8000],
};

const sending = suite<{ folder: string }>('files that were sent');

sending.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-send-'));
});

sending.after.each(({ folder }) => {
  rmSync(folder, { recursive: true, force: true });
});

sending(
  'are told with their times, and all together take from the first begin to the last end',
  ({ folder }) => {
    writeFileSync(
      join(folder, '1'),
      '10.0.0.2 8000 2500000000 4000000000\n10.0.0.1 8000 2000000000 4500000000\n',
    );
    const all = new Sending(new Results(folder), '1', options);
    assert.equal(all.files(), [
      { address: '10.0.0.2', bytes: 8000, begin: 2.5, end: 4 },
      { address: '10.0.0.1', bytes: 8000, begin: 2, end: 4.5 },
    ]);
    assert.is(secondsOf([all, all]), 2.5);
  },
);

sending('are an error when one did not arrive', ({ folder }) => {
  writeFileSync(join(folder, '1'), '10.0.0.2 8000 2500000000 4000000000\n');
  assert.throws(() => new Sending(new Results(folder), '1', options).files(), /step 1: 1 of 2 files arrived/);
});

sending.run();

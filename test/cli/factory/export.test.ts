// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stationKey } from '../../../src/factory/record/station-key.ts';
import { saveRecord } from '../../../src/factory/record/store.ts';
import { exampleRecord } from '../../factory/record/examples.ts';
import { scratch } from '../../image/scratch.ts';
import { factory } from './command.ts';

const keys = scratch();
const key = await stationKey(keys);

const verb = suite('plait factory export');

verb('writes all records of a folder in each form', async () => {
  const dir = scratch();
  await saveRecord(dir, exampleRecord(), key);
  await saveRecord(dir, exampleRecord({ id: 'b' }), key);
  for (const [form, like] of [
    ['junit', /<testsuites tests="4" failures="2" errors="0">/],
    ['csv', /^id,board,/],
    ['pdf', /^%PDF-1/],
  ] as const) {
    const out = join(scratch(), `a.${form}`);
    const { code, out: said } = await factory(keys, 'export', dir, '--to', form, '--out', out, '--json');
    assert.is(code, 0);
    assert.is(JSON.parse(said).records, 2);
    assert.match(readFileSync(out, 'latin1'), like);
  }
});

verb('writes nothing of what no trusted station signed', async () => {
  const file = await saveRecord(scratch(), exampleRecord(), key);
  const out = join(scratch(), 'a.csv');
  const other = scratch();
  await stationKey(other);
  assert.is((await factory(other, 'export', file, '--to', 'csv', '--out', out)).code, 1);
  assert.not(existsSync(out));
});

verb('calls an unknown form wrong use', async () => {
  assert.is((await factory(keys, 'export', scratch(), '--to', 'xls')).code, 2);
  assert.is((await factory(keys, 'export', '/nowhere', '--to', 'csv')).code, 2);
});

verb.run();

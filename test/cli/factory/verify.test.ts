// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from 'node:fs';
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

const verb = suite('plait factory verify');

verb('says of a record what it is, and whether it is right', async () => {
  const file = await saveRecord(scratch(), exampleRecord(), key);
  const { code, out } = await factory(keys, 'verify', file);
  assert.is(code, 0);
  assert.is(out, `${file}: right; FAIL 2D13-004711 (alix, quick, 2026-11-30T22:50:38.000Z, bench-1)\n`);
});

verb('says which of a folder was changed, and fails', async () => {
  const dir = scratch();
  const right = await saveRecord(dir, exampleRecord(), key);
  const wrong = await saveRecord(dir, { ...exampleRecord(), id: 'b' }, key);
  writeFileSync(wrong, readFileSync(wrong, 'utf8').replace('11.2', '99.9'));
  const { code, out, err } = await factory(keys, 'verify', dir);
  assert.is(code, 1);
  assert.match(out, `${right}: right;`);
  assert.match(out, `${wrong} is not what station`);
  assert.match(err, /1 of 2 records are not what a station signed/);
  const asJson = await factory(keys, 'verify', '--json', dir);
  assert.is(asJson.code, 1);
  assert.equal(
    JSON.parse(asJson.out).map(({ file, ok }: { file: string; ok: boolean }) => [file, ok]),
    [
      [right, true],
      [wrong, false],
    ],
  );
});

verb('takes the keys that are named, and no others then', async () => {
  const file = await saveRecord(scratch(), exampleRecord(), key);
  const own = join(scratch(), 'own.pem');
  writeFileSync(own, key.publicPem);
  const other = join(scratch(), 'other.pem');
  writeFileSync(other, (await stationKey(scratch())).publicPem);
  assert.is((await factory(scratch(), 'verify', '--key', other, '--key', own, file)).code, 0);
  assert.is((await factory(keys, 'verify', '--key', other, file)).code, 1);
});

verb('calls it wrong use when there is nothing to check, or nothing to check it with', async () => {
  const file = await saveRecord(scratch(), exampleRecord(), key);
  for (const [dir, args, like] of [
    [keys, ['/nowhere.json'], /file: there is no file \/nowhere\.json/],
    [keys, [scratch()], /there is no record in the folder/],
    [scratch(), [file], /there is no station\.key and no stations\/\*\.pem in/],
    [keys, ['--key', join(keys, 'station.key'), file], /is a private key; name the public one, station\.pem/],
    [keys, [], /missing required argument 'files'/],
  ] as const) {
    const { code, err } = await factory(dir, 'verify', ...args);
    assert.is(code, 2, err);
    assert.match(err, like);
  }
});

verb.run();

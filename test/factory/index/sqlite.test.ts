// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withIndex } from '../../../src/factory/index/open.ts';
import { readIndex } from '../../../src/factory/index/readings.ts';
import { recordsDir, saveRecord } from '../../../src/factory/record/store.ts';
import { failure } from '../../support/failure.ts';
import { indexContract, key, recordOf, stored, trusted } from './contract.ts';

const sqlite = suite('the index in SQLite');

indexContract(sqlite, async () => undefined);

const FILE = 'index-1.sqlite';

async function added(factory: string): Promise<number> {
  return withIndex({ factory, trusted }, async (index, synchronized) => {
    assert.is((await readIndex(index, {})).runs.length, 2);
    return synchronized.added;
  });
}

sqlite('is made again when its file is not whole, another thing, or gone', async () => {
  const factory = await stored(recordOf(1, 20), recordOf(2, 20));
  const file = join(factory, FILE);
  assert.is(await added(factory), 2);
  assert.is(await added(factory), 0);
  assert.match(readFileSync(file).subarray(0, 15).toString(), 'SQLite format 3');
  for (const spoil of [
    () => truncateSync(file, statSync(file).size / 2),
    () => writeFileSync(file, ''),
    () => writeFileSync(file, 'something else altogether'),
  ]) {
    spoil();
    assert.is(await added(factory), 2);
    assert.is(await added(factory), 0);
  }
});

sqlite('is replaced whole and leaves nothing beside it; what another program lost comes again', async () => {
  const factory = await stored(recordOf(1, 20));
  await withIndex({ factory, trusted }, async () => {
    await saveRecord(recordsDir(factory), recordOf(2, 20), key);
    // Another one writes meanwhile, and this one then writes over it.
    assert.is(await added(factory), 2);
  });
  assert.is(await added(factory), 1);
  assert.equal(readdirSync(factory).sort(), [FILE, 'records']);
});

sqlite('keeps what it was when the work with it fails', async () => {
  const factory = await stored(recordOf(1, 20), recordOf(2, 20));
  await added(factory);
  const before = readFileSync(join(factory, FILE));
  const work = withIndex({ factory, trusted }, (index) =>
    index.transaction(async (run) => {
      await run('DELETE FROM runs');
      throw new Error('the power is gone');
    }),
  );
  assert.match((await failure(work)).message, /the power is gone/);
  assert.is(await added(factory), 0);
  assert.is(readFileSync(join(factory, FILE)).length, before.length);
});

sqlite.run();

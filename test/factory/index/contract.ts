// SPDX-License-Identifier: MIT
/** What holds for the index in every database. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { withIndex } from '../../../src/factory/index/open.ts';
import { readIndex } from '../../../src/factory/index/readings.ts';
import { measured } from '../../../src/factory/record/measurement.ts';
import type { FactoryRecord } from '../../../src/factory/record/record.ts';
import { trusting } from '../../../src/factory/record/signed-record.ts';
import { stationKey } from '../../../src/factory/record/station-key.ts';
import { recordPath, recordsDir, saveRecord } from '../../../src/factory/record/store.ts';
import { statisticsOf } from '../../../src/factory/statistics/statistics.ts';
import { scratch } from '../../image/scratch.ts';
import { exampleRecord, phaseOf } from '../record/examples.ts';

export const key = await stationKey(scratch());
export const trusted = trusting([{ pem: key.publicPem, origin: 'own' }]);

/** A record of a board by its number, with a disk of this rate. */
export function recordOf(number: number, rate: number, more: Partial<FactoryRecord> = {}): FactoryRecord {
  const mac = (port: number) => `00:0d:b9:00:${number.toString(16).padStart(2, '0')}:0${port}`;
  return exampleRecord({
    id: `run-${number}`,
    identity: { serial: `s${number}`, macs: [mac(0), mac(1)] },
    started: new Date(Date.UTC(2026, 10, number)).toISOString(),
    phases: [
      phaseOf('disk', [measured({ name: 'read_rate', value: rate, unit: 'MB/s', limits: { min: 15 } })]),
    ],
    ...more,
  });
}

/** Puts records into a new folder. */
export async function stored(...records: readonly FactoryRecord[]): Promise<string> {
  const factory = scratch();
  for (const record of records) await saveRecord(recordsDir(factory), record, key);
  return factory;
}

/** Adds the tests; `database` names a fresh database for each. */
export function indexContract<T>(
  tests: Test<T>,
  database: (() => Promise<string>) | (() => Promise<undefined>),
): void {
  tests('holds what the records say, and is brought up to them', async () => {
    const factory = await stored(recordOf(1, 20), recordOf(2, 14));
    const choice = { factory, database: await database(), trusted };
    await withIndex(choice, async (index, { added, removed, refused }) => {
      assert.equal([added, removed, refused], [2, 0, []]);
      const { total, pareto } = statisticsOf(await readIndex(index, {}));
      assert.equal([total.boards, total.firstPass], [2, 1]);
      assert.equal(
        pareto.map(({ fault }) => fault),
        ['disk/read_rate'],
      );
    });
    await saveRecord(recordsDir(factory), recordOf(3, 30), key);
    rmSync(recordPath(recordsDir(factory), 'run-1'));
    await withIndex(choice, async (index, { added, removed }) => {
      assert.equal([added, removed], [1, 1]);
      const { runs, measurements } = await readIndex(index, {});
      assert.equal(
        runs.map(({ id, serial, lot, outcome }) => [id, serial, lot, outcome]),
        [
          ['run-2', 's2', 'order 81', 'FAIL'],
          ['run-3', 's3', 'order 81', 'PASS'],
        ],
      );
      const [only] = measurements;
      assert.equal(only?.series, {
        ...{ board: 'alix', list: 'quick', phase: 'disk', name: 'read_rate', unit: 'MB/s' },
      });
      assert.equal(only?.readings.map(({ value, least, most }) => [value, least, most]).sort(), [
        [14, 15, null],
        [30, 15, null],
      ]);
    });
    await withIndex(choice, async (_, { added, removed }) => assert.equal([added, removed], [0, 0]));
  });

  tests('counts no file that a station did not sign, and says which it was', async () => {
    const factory = await stored(recordOf(1, 20));
    const dir = recordsDir(factory);
    const stranger = await stationKey(scratch());
    await saveRecord(dir, recordOf(2, 20), stranger);
    writeFileSync(join(dir, 'odd.json'), '{');
    const renamed = await saveRecord(scratch(), recordOf(4, 20), key);
    writeFileSync(join(dir, 'other.json'), readFileSync(renamed));
    await withIndex({ factory, database: await database(), trusted }, async (index, { added, refused }) => {
      assert.is(added, 1);
      assert.is(refused.length, 3);
      assert.match(refused.join('\n'), /odd\.json is not JSON.*\n.*other\.json is the record run-4, under/);
      assert.match(refused.join('\n'), /run-2\.json says that it is signed with/);
      assert.is((await readIndex(index, {})).runs.length, 1);
    });
  });

  tests('drops the records of a station that is not trusted any more', async () => {
    const factory = await stored(recordOf(1, 20));
    const other = await stationKey(scratch());
    await saveRecord(recordsDir(factory), recordOf(2, 20), other);
    const choice = { factory, database: await database() };
    const both = trusting([key, other].map(({ publicPem }) => ({ pem: publicPem, origin: '' })));
    await withIndex({ ...choice, trusted: both }, async (_, { added }) => assert.is(added, 2));
    await withIndex({ ...choice, trusted }, async (index, { removed, refused }) => {
      assert.equal([removed, refused.length], [1, 1]);
      assert.equal(
        (await readIndex(index, {})).runs.map(({ id }) => id),
        ['run-1'],
      );
    });
  });

  tests('filters by board, list, station, lot and time', async () => {
    const odd = { ...recordOf(2, 20), board: 'apu', list: 'burn-in', lot: undefined };
    const factory = await stored(recordOf(1, 20), {
      ...odd,
      station: { ...odd.station, name: "b'; DROP TABLE runs; --" },
    });
    await withIndex({ factory, database: await database(), trusted }, async (index) => {
      const ids = async (filter: Parameters<typeof readIndex>[1]) => {
        const { runs, measurements } = await readIndex(index, filter);
        const counted = measurements.reduce((sum, { readings }) => sum + readings.length, 0);
        assert.is(counted, runs.length, 'one measurement of each run');
        return runs.map(({ id }) => id);
      };
      assert.equal(await ids({}), ['run-1', 'run-2']);
      assert.equal(await ids({ board: 'apu' }), ['run-2']);
      assert.equal(await ids({ list: 'quick' }), ['run-1']);
      assert.equal(await ids({ station: "b'; DROP TABLE runs; --" }), ['run-2']);
      assert.equal(await ids({ lot: 'order 81' }), ['run-1']);
      assert.equal(await ids({ since: '2026-11-02T00:00:00.000Z' }), ['run-2']);
      assert.equal(await ids({ until: '2026-11-02T00:00:00.000Z' }), ['run-1']);
      assert.equal(await ids({ board: 'apu', list: 'quick' }), []);
    });
  });

  tests('knows identities that two boards have, and takes no retest for one', async () => {
    const again = { ...recordOf(1, 20), id: 'run-1b' };
    const factory = await stored(recordOf(1, 14), again, recordOf(2, 20));
    const choice = { factory, database: await database(), trusted };
    await withIndex(choice, async (index) => {
      assert.equal((await readIndex(index, {})).duplicates, []);
    });
    const identity = { serial: 's2', macs: ['00:0d:b9:00:01:00', '02:00:00:00:00:01'] };
    await saveRecord(recordsDir(factory), { ...recordOf(3, 20), identity }, key);
    await withIndex(choice, async (index) => {
      // Whatever else is chosen.
      assert.equal((await readIndex(index, { board: 'none' })).duplicates, [
        {
          ...{ what: 'serial', value: 's2' },
          with: ['00:0d:b9:00:01:00', '00:0d:b9:00:02:00', '00:0d:b9:00:02:01', '02:00:00:00:00:01'],
        },
        { what: 'mac', value: '00:0d:b9:00:01:00', with: ['s1', 's2'] },
      ]);
    });
  });
}

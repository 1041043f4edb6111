// SPDX-License-Identifier: MIT
/** The page of all figures from ten thousand records: the acceptance of the factory test asks for it within two seconds. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readIndex } from '../../../src/factory/index/readings.ts';
import { RecordWriter } from '../../../src/factory/index/record-writer.ts';
import { openSqlite } from '../../../src/factory/index/sqlite.ts';
import { measured } from '../../../src/factory/record/measurement.ts';
import { pageOf } from '../../../src/factory/statistics/page.ts';
import { statisticsOf } from '../../../src/factory/statistics/statistics.ts';
import { scratch } from '../../image/scratch.ts';
import { exampleRecord, phaseOf } from '../record/examples.ts';

const RECORDS = 10_000;
const DAY = 500;
const MOST = 2_000;

/** Board by board; each hundredth fails in its memory and is not tested again. */
function recordOf(board: number) {
  const wrong = board % 100 === 99 ? 2 : 0;
  const digits = board.toString(16).padStart(4, '0');
  return exampleRecord({
    id: `run-${board}`,
    identity: { serial: `s${board}`, macs: [`00:0d:b9:00:${digits.slice(0, 2)}:${digits.slice(2)}`] },
    started: new Date(Date.UTC(2026, 0, 1 + Math.floor(board / DAY), 8, 0, board % DAY)).toISOString(),
    phases: [
      phaseOf('cpu', [
        measured({
          name: 'clock',
          value: 498 + (board % 7) / 10,
          unit: 'MHz',
          limits: { min: 493, max: 503 },
        }),
      ]),
      phaseOf('storage', [
        measured({ name: 'read_rate', value: 20 + (board % 11), unit: 'MB/s', limits: { min: 15 } }),
      ]),
      phaseOf('ram', [measured({ name: 'wrong', value: wrong, limits: { max: 0 } })]),
    ],
  });
}

const many = suite('ten thousand records');

many('make their page within two seconds', async () => {
  const index = await openSqlite(join(scratch(), 'index.sqlite'));
  try {
    await index.transaction(async (run) => {
      const writer = await RecordWriter.open(run, 'bench');
      for (let board = 0; board < RECORDS; board++) {
        writer.add({
          record: recordOf(board),
          signer: 'bench',
          sha256: board.toString(16).padStart(64, '0'),
        });
        if (board % 200 === 199) await writer.flush();
      }
    });
    const began = performance.now();
    const readings = await readIndex(index, {});
    const statistics = statisticsOf(readings);
    const page = await pageOf(statistics, {
      version: '0.1.0',
      runs: readings.runs.length,
      filter: '',
      refused: [],
    });
    const took = Math.round(performance.now() - began);
    console.log(`page of ${RECORDS} records: ${took} ms, ${Math.round(page.length / 1024)} KiB`);
    assert.is(readings.runs.length, RECORDS);
    assert.match(page, /99\.0/);
    assert.match(page, 'storage/read_rate');
    assert.ok(took <= MOST, `${took} ms`);
  } finally {
    await index.close();
  }
});

many.run();

// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { measured } from '../../../src/factory/record/measurement.ts';
import { stationKey } from '../../../src/factory/record/station-key.ts';
import { recordsDir, saveRecord } from '../../../src/factory/record/store.ts';
import { exampleRecord, phaseOf } from '../../factory/record/examples.ts';
import { scratch } from '../../image/scratch.ts';
import { factory } from './command.ts';

const keys = scratch();
const key = await stationKey(keys);

/** Sixty boards whose disks get faster from the fortieth on; each tenth has a network that fails once. */
async function sixtyBoards(): Promise<string> {
  const home = scratch();
  for (let board = 0; board < 60; board++) {
    const rate = (board < 40 ? 20 : 26) + (board % 2);
    const lost = board % 10 === 9 ? 3 : 0;
    const disk = measured({ name: 'rate', value: rate, unit: 'MB/s', limits: { min: 15, max: 40 } });
    const nic = measured({ name: 'lost', value: lost, limits: { equals: 0 } });
    const run = (id: string, hour: number, network: typeof nic) =>
      saveRecord(
        recordsDir(home),
        exampleRecord({
          id: `${id}-${board}`,
          identity: { serial: `s${board}`, macs: [`00:0d:b9:00:00:${board.toString(16).padStart(2, '0')}`] },
          started: new Date(Date.UTC(2026, 10, 1 + Math.floor(board / 20), hour, board)).toISOString(),
          lot: 'A & <B>',
          phases: [phaseOf('disk', [disk]), phaseOf('nic', [network])],
        }),
        key,
      );
    await run('run', 8, nic);
    if (lost > 0) await run('again', 12, measured({ name: 'lost', value: 0, limits: { equals: 0 } }));
  }
  return home;
}

const home = await sixtyBoards();

const verb = suite('plait factory report');

verb('has yield, faults, Cpk and drift as tables', async () => {
  const { code, out } = await factory(keys, 'report', '--factory', home);
  assert.is(code, 0);
  const line = (like: RegExp) =>
    out
      .split('\n')
      .find((text) => like.test(text))
      ?.replace(/ {2,}/g, ' | ');
  // 60 boards, 6 of which passed the second time only.
  assert.is(line(/^all /), 'all | 60 | 54 | 90.0 | 60 | 100.0 | 6 | 10.0 | 66 | 0');
  assert.is(line(/^2026-11-02/), '2026-11-02 | 20 | 18 | 90.0 | 20 | 100.0 | 2 | 10.0 | 22 | 0');
  assert.is(line(/^nic\/lost/), 'nic/lost | 6 | 100.0 | 100.0');
  // Mean (40 * 20.5 + 20 * 26.5) / 60 = 22.5; variance (60 * 0.25 + 40 * 2² + 20 * 4²) / 59, its root 2.897; 7.5 / (3 * 2.897); less 1.645 * sqrt(1 / 540 + 0.863² / 118).
  assert.match(
    line(/disk\/rate/) ?? '',
    /MB\/s \| 60 \| 22\.5 \| 2\.897 \| 15 to 40 \| 1\.44 \| 0\.86 \| 0\.71 \| UP since s40/,
  );
});

verb('has only what is asked for', async () => {
  const some = async (...args: string[]) => {
    const { code, out } = await factory(keys, 'report', '--factory', home, '--json', ...args);
    assert.is(code, 0);
    return JSON.parse(out).total.boards;
  };
  assert.is(await some('--since', '2026-11-02', '--until', '2026-11-03'), 20);
  assert.is(await some('--lot', 'A & <B>'), 60);
  assert.is(await some('--station', 'elsewhere'), 0);
  assert.is((await factory(keys, 'report', '--factory', home, '--since', '2026-02-30')).code, 2);
});

verb(
  'writes a page that needs nothing else, with plots, and with what names mean to HTML quoted',
  async () => {
    const file = join(scratch(), 'page.html');
    assert.is((await factory(keys, 'report', '--factory', home, '--html', file)).code, 0);
    const page = readFileSync(file, 'utf8');
    assert.is(page.split('<svg').length - 1, 4, 'yield, faults, a histogram, a drift');
    assert.match(page, 'A &amp; &lt;B&gt;');
    assert.not.match(page, /A & <B>/);
    assert.not.match(page, /(src|href)="http/);
    assert.match(page, '<td class="number">90.0</td>');
    const again = join(scratch(), 'page.html');
    assert.is((await factory(keys, 'report', '--factory', home, '--html', again)).code, 0);
    assert.is(readFileSync(again, 'utf8'), page);
  },
);

verb('has a page of nothing, too', async () => {
  const file = join(scratch(), 'page.html');
  assert.is((await factory(keys, 'report', '--factory', scratch(), '--html', file)).code, 0);
  assert.match(readFileSync(file, 'utf8'), '0 runs');
});

verb('names files that do not count, and fails', async () => {
  const other = scratch();
  const file = await saveRecord(recordsDir(other), exampleRecord(), key);
  writeFileSync(file, readFileSync(file, 'utf8').replace('11.2', '19.2'));
  const page = join(scratch(), 'page.html');
  const { code, err } = await factory(keys, 'report', '--factory', other, '--html', page);
  assert.is(code, 1);
  assert.match(err, `not counted: ${file} is not what station`);
  assert.match(readFileSync(page, 'utf8'), 'is not what station');
});

verb.run();

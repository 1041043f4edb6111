// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { parse, type TestSuites } from 'junit2json';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { csvOf } from '../../../../src/factory/record/export/csv.ts';
import { junitOf } from '../../../../src/factory/record/export/junit.ts';
import { pdfOf } from '../../../../src/factory/record/export/pdf.ts';
import { measured } from '../../../../src/factory/record/measurement.ts';
import { needs } from '../../../image/needs.ts';
import { scratch } from '../../../image/scratch.ts';
import { anyRecord, exampleRecord, phaseOf } from '../examples.ts';

await needs('poppler-utils');

const junit = suite('junitOf');

/** As another program reads it. */
async function reread(xml: string): Promise<TestSuites> {
  const read = await parse(xml);
  assert.ok(read !== undefined && read !== null && 'testsuite' in read, 'it holds suites');
  return read as TestSuites;
}

junit('is read by another program as what it was', async () => {
  const late = phaseOf('nic', [], { outcome: 'TIMEOUT', message: 'no answer' });
  const { phases } = exampleRecord();
  const read = await reread(await junitOf([exampleRecord({ phases: [...phases, late] })]));
  assert.equal([read.tests, read.failures, read.errors], [3, 1, 1]);
  const [run] = read.testsuite ?? [];
  assert.is(run?.name, 'alix quick 2D13-004711');
  assert.is(run?.timestamp, '2026-11-30T22:50:38');
  assert.is(run?.properties?.find(({ name }) => name === 'operator')?.value, 'Zoë');
  const cases = run?.testcase ?? [];
  assert.equal(
    cases.map(({ name, classname, failure, error }) => [
      name,
      classname,
      failure?.length ?? 0,
      error?.length ?? 0,
    ]),
    [
      ['cpu', 'alix.quick', 0, 0],
      ['disk', 'alix.quick', 1, 0],
      ['nic', 'alix.quick', 0, 1],
    ],
  );
  assert.match(
    cases[1]?.failure?.[0]?.message ?? '',
    /another & try again <now>\.; read_rate is 11\.2 MB\/s, limits >= 15$/,
  );
  assert.is(cases[2]?.error?.[0]?.type, 'TIMEOUT');
  assert.match(cases[0]?.['system-out']?.join('') ?? '', 'clock: 498.05 MHz PASS');
});

junit('never looks as if a run passed that did not', async () => {
  await fc.assert(
    fc.asyncProperty(anyRecord, async (record) => {
      const read = await reread(await junitOf([record]));
      const wrong = (read.failures ?? 0) + (read.errors ?? 0);
      assert.is(wrong > 0, record.outcome !== 'PASS');
      const cases = read.testsuite?.[0]?.testcase ?? [];
      assert.is(cases.filter(({ failure, error }) => failure || error).length, wrong);
      assert.ok(cases.length >= record.phases.length);
    }),
    { numRuns: 40 },
  );
});

junit.run();

const csv = suite('csvOf');

csv('has a row for each measurement, and one for a phase without any', () => {
  const rows = csvOf([exampleRecord({ phases: [...exampleRecord().phases, phaseOf('leds', [])] })]).split(
    '\r\n',
  );
  assert.is(rows.length, 6);
  assert.match(
    rows[0] ?? '',
    /^id,board,list,serial,.*,measurement,value,unit,min,max,equals,measurement outcome$/,
  );
  assert.match(rows[1] ?? '', /,cpu,PASS,2\.5,,clock,498\.05,MHz,493,503,,PASS$/);
  assert.match(rows[2] ?? '', /,model,Geode LX 800,,,,Geode LX 800,PASS$/);
  assert.match(rows[3] ?? '', /,disk,FAIL,2\.5,.*,read_rate,11\.2,MB\/s,15,,,FAIL$/);
  assert.match(rows[4] ?? '', /,leds,PASS,2\.5,,,,,,,,$/);
});

csv('has a row of a run without phases', () => {
  const rows = csvOf([exampleRecord({ phases: [], outcome: 'ABORTED' })]).split('\r\n');
  assert.match(rows[1] ?? '', /,ABORTED,{11}$/);
});

csv('has no cell that a spreadsheet takes for a formula', () => {
  const evil = ['=1+1', '+1', '-1', '@x', 'a=1'].map((value, n) => measured({ name: `m${n}`, value }));
  const cold = measured({ name: 'temperature', value: -5, unit: '°C' });
  const rows = csvOf([exampleRecord({ phases: [phaseOf('p', [...evil, cold])] })]);
  for (const cell of ["'=1+1", "'+1", "'-1", "'@x", 'a=1', '-5']) assert.match(rows, `,${cell},`);
  assert.not.match(rows, /,=1/);
});

csv.run();

const pdf = suite('pdfOf');

/** Its text, by poppler. */
function textOf(bytes: Uint8Array): string {
  const file = join(scratch(), 'a.pdf');
  writeFileSync(file, bytes);
  return execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8', timeout: 60_000 });
}

pdf('says which board, what was found, and who signed it, in any letters', async () => {
  const record = exampleRecord({ station: { name: 'bench-1', operator: 'Жанна Żółć', software: '0.1.0' } });
  const text = textOf(await pdfOf([record], ['5f0c91d2aa5f0c91'])).replace(/ +/g, ' ');
  for (const part of [
    'FAIL 2D13-004711',
    '00:0d:b9:12:34:56',
    'Жанна Żółć',
    '5f0c91d2aa5f0c91',
    'read_rate 11.2 MB/s >= 15 FAIL',
  ])
    assert.match(text, part);
});

pdf('has the same bytes again', async () => {
  const [one, two] = [await pdfOf([exampleRecord()], ['a']), await pdfOf([exampleRecord()], ['a'])];
  assert.equal(one, two);
});

pdf('begins a page for each record, and goes on where one is longer', async () => {
  const many = Array.from({ length: 150 }, (_, n) => measured({ name: `m${n}`, value: n }));
  const text = textOf(
    await pdfOf([exampleRecord({ phases: [phaseOf('burn', many)] }), exampleRecord()], ['a', 'b']),
  );
  const pages = text.split('\f').filter((page) => page.trim() !== '');
  assert.ok(pages.length >= 4, `${pages.length} pages`);
  assert.match(text, /m149 +149/);
  assert.match(pages.at(-1) ?? '', /^ *FAIL +2D13-004711/);
});

pdf.run();

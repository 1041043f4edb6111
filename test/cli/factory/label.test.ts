// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stationKey } from '../../../src/factory/record/station-key.ts';
import { saveRecord } from '../../../src/factory/record/store.ts';
import { decoded } from '../../factory/label/decoder.ts';
import { exampleRecord, phaseOf } from '../../factory/record/examples.ts';
import { scratch } from '../../image/scratch.ts';
import { factory } from './command.ts';

const keys = scratch();
const key = await stationKey(keys);
const good = await saveRecord(scratch(), exampleRecord({ phases: [phaseOf('cpu', [])] }), key);
const bad = await saveRecord(scratch(), exampleRecord(), key);

const verb = suite('plait factory label');

verb('writes the label of a board that passed, and a decoder reads its serial number', async () => {
  const dir = scratch();
  const out = ['a.zpl', 'a.svg', 'a.png'].map((name) => join(dir, name));
  const to = out.flatMap((file) => ['--out', file]);
  const { code } = await factory(keys, 'label', good, '--code', 'K7WX-93QP', ...to, '--copies', '2');
  assert.is(code, 0);
  const [zpl = '', svg = '', png = ''] = out;
  assert.match(readFileSync(zpl, 'utf8'), /^\^XA[\s\S]*SN 2D13-004711[\s\S]*\^PQ2\n\^XZ\n$/);
  assert.match(readFileSync(svg, 'utf8'), /^<svg .* width="60mm" height="30mm"[\s\S]*code K7WX-93QP/);
  assert.equal(await decoded(readFileSync(png)), [
    'SN=2D13-004711;MAC=000DB9123456,000DB9123457;CODE=K7WX-93QP',
  ]);
});

verb('gives no label to a board that did not pass, or of a record that was changed', async () => {
  const dir = scratch();
  const to = ['--out', join(dir, 'a.zpl')];
  const failed = await factory(keys, 'label', bad, ...to);
  assert.is(failed.code, 1);
  assert.match(failed.err, /the board did not pass \(FAIL\), so it gets no label/);
  const other = scratch();
  await stationKey(other);
  assert.match((await factory(other, 'label', good, ...to)).err, /no station that is trusted here/);
  assert.equal(readdirSync(dir), []);
});

verb('calls it wrong use when it cannot know what to print, or where', async () => {
  for (const [args, like] of [
    [[good], /say where the label goes/],
    [[good, '--out', 'a.pdf'], /--out: a\.pdf is neither/],
    [[good, '--out', '-', '--json'], /both want the standard output/],
    [[good, '--print', 'a b'], /--print is 'a b'/],
    [[good, '--out', '-', '--size', '5x5'], /two numbers of millimetres/],
    [[good, '--out', '-', '--size', '20x10'], /has no room for/],
    [[good, '--out', '-', '--code', '^XA'], /--code is "\^XA"/],
    [['/nowhere.json', '--out', '-'], /there is no file/],
  ] as const) {
    const { code, err } = await factory(keys, 'label', ...args);
    assert.is(code, 2, err);
    assert.match(err, like);
  }
});

verb.run();

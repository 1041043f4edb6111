// SPDX-License-Identifier: MIT
/** A short run of the benchmark on the shipped image: one leg more, one size of packets, one round. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Bench } from '../../../src/machine/cost/bench.ts';
import { costCases } from '../../../src/machine/cost/cases.ts';
import { reportRows, reportTable } from '../../../src/machine/cost/report.ts';
import { measureCases } from '../../../src/machine/cost/run.ts';
import { shippedImage } from '../images.ts';

const NAMES = ['forward', 'ipip', 'plait-2-weighted'];

const cost = suite('plait cost');

cost('counts the instructions of a packet, and plaiting keeps to its goal', async () => {
  const { board, file } = await shippedImage('alix');
  const cases = costCases.filter(({ name }) => NAMES.includes(name));
  const boot = () => Bench.start({ board, image: file });
  const measured = await measureCases(boot, cases, { sizes: ['small'], rounds: 1, onFigure: () => {} });
  const rows = reportRows(measured);
  for (const line of reportTable(rows, ['small'])) console.log(`  ${line}`);
  const [forward = 0, ipip = 0] = rows.map(({ costs }) => costs.small?.instructions);
  assert.ok(forward > 2_000 && forward < 8_000, `plain forwarding takes ${forward} instructions`);
  assert.ok(ipip > forward, 'a tunnel costs something');
  assert.is(rows[2]?.costs.small?.met, true);
});

cost.run();

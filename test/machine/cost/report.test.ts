// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkCounts } from '../../../src/machine/cost/check.ts';
import type { CostCase } from '../../../src/machine/cost/cost-case.ts';
import { reportRows, reportTable } from '../../../src/machine/cost/report.ts';
import { measureCases } from '../../../src/machine/cost/run.ts';

const base: CostCase = {
  name: 'base',
  title: 'a tunnel',
  sessions: 10,
  setup: { kind: 'bare', commands: [] },
  ways: ['a'],
  even: true,
};
const ours: CostCase = {
  ...base,
  name: 'ours',
  title: 'two of them',
  ways: ['a', 'b'],
  over: { name: 'base', goal: 15 },
};

const measuring = suite('measureCases');

measuring('boots anew for each round, sets every case up in it, and takes the median', async () => {
  const log: string[] = [];
  const figures = [100, 110, 101, 111, 102, 112];
  const bench = {
    async open({ name }: CostCase) {
      log.push(`open ${name}`);
    },
    async measure({ name }: CostCase, length: number) {
      log.push(`${name} ${length}`);
      return figures.shift() ?? 0;
    },
    async stop() {
      log.push('stop');
    },
  };
  const boot = async () => {
    log.push('boot');
    return bench;
  };
  const measured = await measureCases(boot, [base, ours], {
    sizes: ['small'],
    rounds: 3,
    onFigure: () => {},
  });
  assert.equal(log.slice(0, 8), [
    'boot',
    'open base',
    'base 46',
    'open ours',
    'ours 46',
    'stop',
    'boot',
    'open base',
  ]);
  assert.equal(measured[0]?.costs.small?.instructions, 101);
  assert.equal(measured[1]?.costs.small?.rounds, [110, 111, 112]);
});

measuring('says when the rounds disagree by more than one per cent', async () => {
  assert.ok((await rounds([1_000, 1_010])).agree);
  assert.not.ok((await rounds([1_000, 1_011])).agree);
});

measuring.run();

const reports = suite('reportRows, reportTable');

reports('puts a case beside the one that it is compared with, and beside its goal', async () => {
  const rows = reportRows([await measured(base, [10_000]), await measured(ours, [11_500])]);
  assert.equal(rows[1]?.costs.small, {
    instructions: 11_500,
    rounds: [11_500],
    agree: true,
    percent: 15,
    met: true,
  });
  assert.equal(reportTable(rows, ['small']), [
    '             sessions  64-byte frames           beside  goal',
    'a tunnel           10           10000',
    'two of them        10           11500  +15.0 %  base    +15 %: met',
  ]);
});

reports('says that a goal was missed, or not compared', async () => {
  const missed = reportRows([await measured(base, [10_000]), await measured(ours, [11_511])]);
  assert.match(reportTable(missed, ['small'])[2] ?? '', /\+15\.1 % {2}base {4}\+15 %: MISSED$/);
  const alone = reportRows([await measured(ours, [11_500])]);
  assert.match(reportTable(alone, ['small'])[1] ?? '', /\+15 %: not compared$/);
});

reports('shows the rounds of a figure that is not to be used', async () => {
  const rows = reportRows([await measured(base, [1_000, 2_000])]);
  assert.match(reportTable(rows, ['small'])[1] ?? '', /rejected: 1000, 2000/);
});

reports.run();

const checks = suite('checkCounts');

checks('takes equal shares by the ways of the case', () => {
  checkCounts(ours, {
    byWay: new Map([
      ['a', 1_000],
      ['b', 980],
    ]),
    lost: 0,
    damaged: 0,
  });
});

checks('refuses another way, unequal shares and damage', () => {
  const refused = (byWay: [string, number][], damaged: number, message: RegExp) =>
    assert.throws(() => checkCounts(ours, { byWay: new Map(byWay), lost: 0, damaged }), message);
  refused(
    [
      ['a', 10],
      ['b', 10],
      ['plain', 1],
    ],
    0,
    /ours: packets left by plain, which is none of a, b/,
  );
  refused(
    [
      ['a', 1_000],
      ['b', 900],
    ],
    0,
    /ours: 1000 packets left by a, 950 should have/,
  );
  refused([['a', 1_000]], 0, /ours: 1000 packets left by a, 500 should have/);
  refused(
    [
      ['a', 10],
      ['b', 10],
    ],
    1,
    /ours: 1 packets left the board altered/,
  );
});

checks.run();

async function measured(costCase: CostCase, figures: readonly number[]) {
  const rest = [...figures];
  const bench = { open: async () => {}, measure: async () => rest.shift() ?? 0, stop: async () => {} };
  const all = await measureCases(async () => bench, [costCase], {
    sizes: ['small'],
    rounds: figures.length,
    onFigure: () => {},
  });
  return all[0] as (typeof all)[number];
}

async function rounds(figures: readonly number[]) {
  const { costs } = await measured(base, figures);
  if (!costs.small) throw new Error('nothing was measured');
  return costs.small;
}

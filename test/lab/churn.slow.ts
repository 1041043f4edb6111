// SPDX-License-Identifier: MIT
/** Changes of every kind under traffic on four CPUs: nothing may be reported by KASAN, lockdep and RCU, or by KCSAN. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import churn from '../../src/lab/experiments/churn.ts';
import { quickCells } from '../../src/lab/run.ts';
import { lab, run } from './lab.ts';

const several = suite('Four CPUs');

const about: Readonly<Record<'smp' | 'kcsan', string>> = {
  smp: 'bear a minute of changes under traffic, and neither KASAN nor lockdep nor RCU says a word',
  kcsan: 'bear the same without a data race of our modules',
};

for (const variant of ['smp', 'kcsan'] as const) {
  several(about[variant], async () => {
    const { experiments } = await run(await lab(variant), quickCells(churn), { realTime: true, parallel: 1 });
    const [cell] = experiments[0]?.cells ?? [];
    console.log(`  ${JSON.stringify(cell?.figures)}`);
    assert.is(cell?.failed, undefined);
    assert.is(cell?.missed, undefined);
  });
}

several.run();

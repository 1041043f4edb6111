// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileCore, inScratch, run } from '../../toolchain.ts';
import { ORDER } from './order-sources.ts';

/** Milliseconds that packets of a flow were held. */
type Held = { mean: number; p99: number; max: number };

type Row = {
  name: string;
  voice: Held;
  bulk: Held;
  disordered: { voice: number; bulk: number };
  waiting: number;
  memory: number;
  visits: number;
};

function held(words: readonly string[], at: number): Held {
  const [mean = Number.NaN, p99 = Number.NaN, max = Number.NaN] = words
    .slice(at, at + 3)
    .map((word) => Number(word) / 1000);
  return { mean, p99, max };
}

function row(line: string): Row {
  const words = line.split(' ');
  const number = (at: number) => Number(words[at]);
  return {
    name: words[0] ?? '',
    voice: held(words, 2),
    bulk: held(words, 6),
    disordered: { voice: number(10), bulk: number(11) },
    waiting: number(13),
    memory: number(15),
    visits: number(17),
  };
}

const figures = ({ mean, p99, max }: Held) => `${mean.toFixed(2)} / ${p99.toFixed(1)} / ${max.toFixed(0)}`;

/** As a table of a README. */
function table(rows: readonly Row[]): string {
  const lines = rows.map((one) =>
    ['', one.name, figures(one.voice), figures(one.bulk), one.disordered.bulk, one.waiting, '']
      .join(' | ')
      .trim(),
  );
  return [
    '| legs | voice | bulk | bulk out of order | packets that wait, at most |',
    '|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

const simulation = suite('how long packets are held');

simulation('voice is not held up by bulk, and nothing leaves out of order that legs bring in order', () =>
  inScratch(async (folder) => {
    const program = join(folder, 'order-simulation');
    await compileCore(['test/kmod/core/udp/order-simulation.c', ...ORDER], program);
    const result = await run([program]);
    assert.is(result.code, 0, result.output);
    const rows = result.output.trimEnd().split('\n').map(row);
    console.log(`\n${table(rows)}`);
    assert.is(rows.length, 6);
    for (const one of rows) {
      // Of 30,000: what comes before it is known how late packets of this leg can be.
      assert.ok(one.disordered.bulk <= (one.name.endsWith('reordering') ? 10 : 0), one.name);
      assert.is(one.disordered.voice, 0, one.name);
      assert.ok(one.bulk.max <= 250, one.name);
      assert.ok(one.waiting <= 512 && one.visits <= 64 && one.memory <= 80 * 1024, one.name);
      // A lost voice packet is known as lost when the slower leg has passed it: 40 and 100 ms later.
      assert.ok(one.voice.mean <= (one.name.startsWith('100+200') ? 1.2 : 0.2), one.name);
    }
    // Half of the packets of bulk wait for those that take 40 or 100 ms longer.
    for (const [name, mean] of [
      ['10+50-loss-on-2', 20],
      ['100+200-loss-on-both', 50],
    ] as const) {
      const found = rows.find((one) => one.name === name)?.bulk.mean ?? 0;
      assert.ok(Math.abs(found - mean) < 2, `${name}: ${found} ms`);
    }
  }),
);

simulation.run();

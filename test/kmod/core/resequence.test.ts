// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { compileCore, run } from '../toolchain.ts';

/** Commands and answers of resequence-driver.c. Segments are numbered from 1 in the order in which they arrive. */
type Vector = { title: string; commands: string[]; output: string[] };

/** What waits, waits for 50 ms. */
const FIXED = 'limits 100 50000';

/** Holes that have to be filled by originals, after a trial in vain, before they are waited for. */
const LESSONS = 12;

type Lessons = {
  count: number;
  seq: number;
  at: number;
  late: number;
  step?: number;
  words?: (hole: number) => [string, string];
};

/** Twice 100 bytes for each hole: the second half first, and `late` microseconds later the first. */
function overtaken({ count, seq, at, late, step = 10_000, words = () => ['', ''] }: Lessons): string[] {
  return Array.from({ length: count }, (_, hole) => {
    const start = seq + hole * 200;
    const [second, first] = words(hole);
    return [
      `at ${at + hole * step}`,
      `data ${start + 100} 100 ${second}`,
      `at ${at + hole * step + late}`,
      `data ${start} 100 ${first}`,
    ];
  }).flat();
}

/** What comes of holes that are waited for and filled. */
function waits(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => [from + 2 * i, from + 2 * i + 1]).flatMap(
    ([second, first]) => [`${second} queue`, `${first} queue`, `${first} ordered`, `${second} ordered`],
  );
}

/** The first trial of a connection, in vain, and what comes of it. The next hole is in front of 300. */
const trial = {
  commands: ['data 0 100', 'data 200 100', 'at 1250'],
  output: ['1 pass', '2 queue', '2 deadline'],
};

function passes(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${from + i} pass`);
}

const order: Vector[] = [
  {
    title: 'what comes in order passes, and so does what is seen first, from the middle',
    commands: [FIXED, 'data 5000 100', 'data 5100 100', 'data 5200 100', 'show'],
    output: [...passes(1, 3), 'next 5300 queued 0 deadline 0'],
  },
  {
    title: 'what overtook others waits for them and leaves in order',
    commands: [
      ...[FIXED, 'data 0 100', 'data 300 100', 'data 200 100', 'data 400 100', 'data 100 100'],
      'data 500 100',
    ],
    output: [
      ...['1 pass', '2 queue', '3 queue', '4 queue'],
      ...['5 queue', '5 ordered', '3 ordered', '2 ordered', '4 ordered'],
      '6 pass',
    ],
  },
  {
    title: 'sequence numbers wrap around',
    commands: [FIXED, 'data 4294967196 50', 'data 50 100', 'data 4294967246 100', 'show'],
    output: ['1 pass', '2 queue', '3 queue', '3 ordered', '2 ordered', 'next 150 queued 0 deadline 0'],
  },
  {
    title: 'retransmissions, keep-alives and window probes pass at once, also while others wait',
    commands: [FIXED, 'data 0 100', 'data 200 100', 'data 0 100', 'data 99 1', 'data 99 0', 'data 100 0'],
    output: ['1 pass', '2 queue', '3 pass', '4 pass', '5 pass', '6 pass'],
  },
  {
    title: 'a copy of what waits is dropped, a retransmission of it goes up behind it',
    commands: [
      ...[FIXED, 'data 0 100', 'data 200 100 print=7', 'data 200 100 print=7', 'data 200 100 print=8'],
      'data 100 100',
    ],
    output: ['1 pass', '2 queue', '3 drop', '4 queue', '5 queue', '5 ordered', '2 ordered', '4 ordered'],
  },
  {
    title: 'a retransmission that is cut in another way fills the hole too',
    commands: [FIXED, 'data 0 100', 'data 200 100', 'data 400 100', 'data 50 200', 'data 250 500'],
    output: [
      ...['1 pass', '2 queue', '3 queue', '4 queue', '4 ordered', '2 ordered'],
      ...['5 queue', '5 ordered', '3 ordered'],
    ],
  },
  {
    title: 'a hole is waited for until its deadline, the next one until its own',
    commands: [
      ...[FIXED, 'data 0 100', 'data 200 100', 'at 20000', 'data 400 100', 'show'],
      ...['at 49999', 'at 50000', 'show', 'at 69999', 'at 70000'],
    ],
    output: [
      ...['1 pass', '2 queue', '3 queue', 'next 100 queued 2 deadline 50000'],
      ...['2 deadline', 'next 300 queued 1 deadline 70000', '3 deadline'],
    ],
  },
  {
    title: 'one that arrives in front of those that wait does not prolong their wait',
    commands: [FIXED, 'data 0 100', 'data 300 100', 'at 40000', 'data 200 100', 'at 50000'],
    output: ['1 pass', '2 queue', '3 queue', '3 deadline', '2 deadline'],
  },
  {
    title: 'no more packets wait than allowed, those of a GRO packet counted one by one',
    commands: [
      ...['limits 5 50000', 'data 0 100', 'data 200 400 packets=4', 'data 600 100', 'data 800 100', 'show'],
    ],
    output: [
      ...['1 pass', '2 queue', '3 queue', '4 queue', '2 overflow', '3 overflow'],
      'next 700 queued 1 deadline 50000',
    ],
  },
  {
    title: 'a GRO packet that is larger than what is allowed passes',
    commands: ['limits 1 50000', 'data 0 100', 'data 200 4400 packets=44', 'show'],
    output: ['1 pass', '2 queue', '2 overflow', 'next 4600 queued 0 deadline 0'],
  },
  {
    title: 'without memory a segment passes, and those that wait follow it',
    commands: [FIXED, 'data 0 100', 'data 200 100', 'data 300 100 full', 'show', 'data 100 100'],
    output: ['1 pass', '2 queue', '3 queue', '2 ordered', 'next 400 queued 0 deadline 0', '4 pass'],
  },
  {
    title: 'SYN, RST and fragments let go what waits; what follows is another connection',
    commands: [
      FIXED,
      'data 0 100',
      'data 200 100',
      'data 300 0 restart',
      'data 9000 100',
      'data 9100 50',
      'show',
    ],
    output: [
      '1 pass',
      '2 queue',
      '3 flush',
      '2 flushed',
      '4 pass',
      '5 pass',
      'next 9150 queued 0 deadline 0',
    ],
  },
  {
    title: 'FIN counts as a byte, waits its turn and ends the stream',
    commands: [FIXED, 'data 0 100', 'data 200 100 fin', 'show', 'data 100 100', 'show', 'data 301 0'],
    output: [
      ...['1 pass', '2 queue', 'next 100 queued 1 deadline 50000', '3 queue', '3 ordered', '2 ordered'],
      ...['next 301 queued 0 deadline 0 finished', '4 pass'],
    ],
  },
  {
    title: 'what is far away passes and moves nothing; eight in a row are another connection',
    commands: [
      ...[
        FIXED,
        'data 0 100',
        'data 200 100',
        ...Array.from({ length: 7 }, () => 'data 3000000000 100'),
        'show',
      ],
      ...[
        'data 100 100',
        ...Array.from({ length: 8 }, () => 'data 3000000000 100'),
        'data 3000000100 100',
        'show',
      ],
    ],
    output: [
      ...['1 pass', '2 queue', ...passes(3, 7), 'next 100 queued 1 deadline 50000'],
      ...['10 queue', '10 ordered', '2 ordered', ...passes(11, 7), '18 flush', '19 pass'],
      'next 3000000200 queued 0 deadline 0',
    ],
  },
];

const loss: Vector[] = [
  {
    title: 'what two paths have overtaken is lost, and known so when the second has brought something later',
    commands: [
      ...[FIXED, 'data 0 100 path=1', 'data 100 100 path=2', 'data 300 100 path=1', 'at 300'],
      ...['data 500 100 path=1', 'data 400 100 path=2', 'at 1000', 'data 200 100 path=2'],
    ],
    output: ['1 pass', '2 pass', '3 queue', '4 queue', '5 queue', '3 lost', '5 lost', '4 lost', '6 pass'],
  },
  {
    title: 'one path may not be the only one, so it says nothing',
    commands: [FIXED, 'data 0 100 path=1', 'data 200 100 path=1', 'data 300 100 path=1', 'show'],
    output: ['1 pass', '2 queue', '3 queue', 'next 100 queued 2 deadline 50000'],
  },
  {
    title: 'a path that brought nothing for a long time is not waited for',
    commands: [
      ...[
        'limits 100 900000',
        'data 0 100 path=3',
        'at 500001',
        'data 100 100 path=1',
        'data 200 100 path=2',
      ],
      ...['data 400 100 path=1', 'data 500 100 path=2'],
    ],
    output: [...passes(1, 3), '4 queue', '5 queue', '4 lost', '5 lost'],
  },
  {
    title: 'a path that overtakes itself is many paths, and says nothing about loss any more',
    commands: [
      ...[FIXED, 'data 0 100 path=1 tsval=1', 'data 100 100 path=2 tsval=2'],
      ...['data 300 100 path=1 tsval=4', 'data 200 100 path=1 tsval=3'],
      ...['data 500 100 path=1 tsval=6', 'data 600 100 path=2 tsval=7', 'data 400 100 path=1 tsval=5'],
    ],
    output: [
      ...['1 pass', '2 pass', '3 queue', '4 queue', '4 ordered', '3 ordered'],
      ...['5 queue', '6 queue', '7 queue', '7 ordered', '5 ordered', '6 ordered'],
    ],
  },
];

const patience: Vector[] = [
  {
    title: 'a new connection is waited for at once, and goes on to be while that is of use',
    commands: ['data 0 100', ...overtaken({ count: 30, seq: 100, at: 0, late: 1000 }), 'patience'],
    output: ['1 pass', ...waits(2, 30), '1250'],
  },
  {
    title: 'a trial ends when it was in vain once, and 128 times that later there is another',
    commands: [
      ...[...trial.commands, 'patience', 'data 400 100', 'at 161249', 'data 600 100', 'at 161250'],
      ...['data 800 100', 'patience'],
    ],
    output: [...trial.output, '0', '3 pass', '4 pass', '5 queue', '1250'],
  },
  {
    title: 'holes that originals fill although nobody waits make it wait, a quarter longer than they took',
    commands: [
      ...[...trial.commands, ...overtaken({ count: LESSONS, seq: 300, at: 20_000, late: 4000 }), 'patience'],
      ...['at 140000', `data ${200 * LESSONS + 400} 100`, 'at 144999', 'at 145000'],
    ],
    output: [
      ...[...trial.output, ...passes(3, 2 * LESSONS), '5000'],
      ...[`${2 * LESSONS + 3} queue`, `${2 * LESSONS + 3} deadline`],
    ],
  },
  {
    title: 'one hole less does not',
    commands: [
      ...trial.commands,
      ...overtaken({ count: LESSONS - 1, seq: 300, at: 20_000, late: 4000 }),
      'patience',
    ],
    output: [...trial.output, ...passes(3, 2 * LESSONS - 2), '0'],
  },
  {
    title: 'without time stamps, what takes more than 10 ms may be a retransmission and does not',
    commands: [
      ...[
        ...trial.commands,
        ...overtaken({ count: LESSONS, seq: 300, at: 2000, late: 10_001, step: 11_000 }),
      ],
      'patience',
    ],
    output: [...trial.output, ...passes(3, 2 * LESSONS), '0'],
  },
  {
    title: 'with time stamps originals do',
    commands: [
      ...trial.commands,
      ...overtaken({
        ...{ count: LESSONS, seq: 300, at: 2000, late: 10_900, step: 11_000 },
        words: (hole) => [`tsval=${2 * hole + 1}`, `tsval=${2 * hole}`],
      }),
      'patience',
    ],
    output: [...trial.output, ...passes(3, 2 * LESSONS), '13625'],
  },
  {
    title: 'and retransmissions do not, however soon they come',
    commands: [
      ...trial.commands,
      ...overtaken({
        ...{ count: LESSONS, seq: 300, at: 2000, late: 1000 },
        words: (hole) => [`tsval=${2 * hole}`, `tsval=${2 * hole + 1}`],
      }),
      'patience',
    ],
    output: [...trial.output, ...passes(3, 2 * LESSONS), '0'],
  },
  {
    title: 'a hole that is filled while it is waited for was worth it, be it by a retransmission',
    commands: [
      'data 0 100',
      ...overtaken({
        ...{ count: 30, seq: 100, at: 0, late: 1000 },
        words: (hole) => [`tsval=${2 * hole}`, `tsval=${2 * hole + 1}`],
      }),
      'patience',
    ],
    output: ['1 pass', ...waits(2, 30), '1250'],
  },
  {
    title: 'nothing is waited for longer than 500 ms',
    commands: [
      'limits 100 900000',
      'data 0 100',
      ...overtaken({ count: 2, seq: 100, at: 0, late: 450_000, step: 500_000 }),
      'patience',
    ],
    output: ['1 pass', ...waits(2, 2), '500000'],
  },
  {
    title: 'waiting in vain often enough ends it',
    commands: [
      ...['data 0 100', ...overtaken({ count: 30, seq: 100, at: 0, late: 1000 })],
      ...Array.from({ length: 3 }, (_, i) => [
        `data ${6300 + 200 * i} 100`,
        `at ${400_000 + 2000 * i}`,
      ]).flat(),
      ...['patience', 'data 6900 100', 'at 500000', 'patience'],
    ],
    output: [
      ...['1 pass', ...waits(2, 30)],
      ...Array.from({ length: 3 }, (_, i) => [`${62 + i} queue`, `${62 + i} deadline`]).flat(),
      ...['1250', '65 queue', '65 deadline', '0'],
    ],
  },
  {
    title: 'what is known to be lost says nothing about waiting',
    commands: [
      ...[
        'data 0 100 path=1',
        ...overtaken({ count: 30, seq: 100, at: 0, late: 1000, words: () => ['path=1', 'path=2'] }),
      ],
      ...Array.from({ length: 20 }, (_, i) => [
        `data ${6200 + 300 * i} 100 path=1`,
        `data ${6300 + 300 * i} 100 path=2`,
      ]).flat(),
      'patience',
    ],
    output: [
      ...['1 pass', ...waits(2, 30)],
      ...Array.from({ length: 20 }, (_, i) => [62 + 2 * i, 63 + 2 * i]).flatMap(([first, second]) => [
        `${first} queue`,
        `${second} queue`,
        `${first} lost`,
        `${second} lost`,
      ]),
      '1250',
    ],
  },
  {
    title: 'holes that are never filled count against it too, when there are more than can be remembered',
    commands: [
      ...[
        'data 0 100',
        ...overtaken({ count: 5, seq: 100, at: 0, late: 1000 }),
        'at 100000',
        'data 1200 100',
      ],
      ...['at 110000', ...Array.from({ length: 30 }, (_, i) => `data ${1400 + 200 * i} 100`)],
      ...overtaken({ count: LESSONS, seq: 7300, at: 110_000, late: 4000 }),
      'patience',
    ],
    output: [
      ...['1 pass', ...waits(2, 5), '12 queue', '12 deadline'],
      ...[...passes(13, 30), ...passes(43, 2 * LESSONS), '0'],
    ],
  },
];

const resequence = suite<{ folder: string; driver: string }>('resequencing queue, portable core');

resequence.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'plait-kmod-'));
  context.driver = join(context.folder, 'resequence-driver');
  await compileCore(
    ['test/kmod/core/resequence-driver.c', 'src/kmod/core/resequence.c', 'src/kmod/core/reordering.c'],
    context.driver,
  );
});

resequence.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true });
});

for (const { title, commands, output } of [...order, ...loss, ...patience]) {
  resequence(title, async ({ driver }) => {
    const result = await run([driver], `${commands.join('\n')}\n`);
    assert.is(result.output, `${output.join('\n')}\n`);
    assert.is(result.code, 0);
  });
}

resequence.run();

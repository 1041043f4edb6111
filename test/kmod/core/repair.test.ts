// SPDX-License-Identifier: MIT
/** What `earliest` sends again of what a leg has lost, and of what it has copies kept. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { compileCore, run } from '../toolchain.ts';
import { EARLIEST } from './earliest-core.ts';

const BYTES = 1000;
/** Times are in microseconds. Packets leave at half of what both legs carry, by one and the other. */
const GAP = 1000;
const ROUND_TRIP = 20_000;

interface Traffic {
  readonly packets: number;
  /** What the leg loses. */
  readonly lost?: (n: number) => boolean;
  /** Which of these TCP sends again, after it was known for 5 ms; the others are repaired. */
  readonly resent?: (n: number) => boolean;
  /** By how much a packet comes later than without a queue and in order. */
  readonly late?: (n: number) => number;
  /** TCP sends the packet again half a millisecond after it left. */
  readonly hasty?: (n: number) => boolean;
  readonly withoutSack?: true;
}

const sequence = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** When a lost packet is known to be: with the acknowledgement of the next one of its leg. */
const known = (n: number, { late }: Partial<Traffic> = {}): number =>
  (n + 2) * GAP + (late?.(n + 2) ?? 0) + ROUND_TRIP;

/** One connection over two legs to a receiver that acknowledges each packet, as lines for the driver. */
function traffic(options: Traffic): string[] {
  const { packets, lost, resent, late, hasty, withoutSack } = options;
  const sent = (n: number) => n * GAP;
  const again = (n: number) => known(n, options) + (resent?.(n) ? 5000 : 0);
  const arrives = (n: number) => (lost?.(n) ? again(n) : sent(n) + (late?.(n) ?? 0)) + ROUND_TRIP;
  const all = sequence(packets);
  const events = [
    ...all.map((n) => ({ at: sent(n), line: `send ${n % 2} ${n * BYTES} ${BYTES}` })),
    ...all
      .filter((n) => lost?.(n) && resent?.(n))
      .map((n) => ({ at: again(n), line: `send 0 ${n * BYTES} ${BYTES}` })),
    ...all
      .filter((n) => hasty?.(n))
      .map((n) => ({ at: sent(n) + 500, line: `send 0 ${n * BYTES} ${BYTES}` })),
    ...acknowledgements(
      all.map((n) => ({ n, at: arrives(n) })),
      withoutSack,
    ),
  ].sort((a, b) => a.at - b.at);
  let now = 0;
  return events.flatMap(({ at, line }) => {
    const wait = `wait ${at - now}`;
    now = at;
    return [wait, line];
  });
}

function acknowledgements(arrivals: readonly { n: number; at: number }[], withoutSack = false) {
  const above = new Set<number>();
  let next = 0;
  return [...arrivals]
    .sort((a, b) => a.at - b.at || a.n - b.n)
    .map(({ n, at }) => {
      above.add(n);
      while (above.delete(next)) next++;
      const blocks = withoutSack ? [] : ranges([...above]).slice(-4);
      const told = blocks.map(([from, to]) => `${from * BYTES} ${to * BYTES}`);
      return { at, line: `ack ${next * BYTES} ${[blocks.length, ...told].join(' ')}` };
    });
}

function ranges(packets: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const n of [...packets].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last?.[1] === n) last[1] = n + 1;
    else found.push([n, n + 1]);
  }
  return found;
}

const LEGS = ['leg 0 1', 'leg 1 1'];

/** One packet of the second leg in so many, once both legs are known. */
const oneIn = (count: number) => (n: number) => n > 500 && n % (2 * count) === 1;

/** Until the second leg is lossy; with the next sequence number. */
const learnt = 2000;
const learning = [
  ...LEGS,
  ...traffic({ packets: learnt, lost: (n) => oneIn(50)(n) && n < learnt - 100, resent: (n) => n < 700 }),
];

const repair = suite<{ folder: string; program: string }>('repairing what legs lose');

repair.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'plait-kmod-'));
  context.program = join(context.folder, 'repair');
  await compileCore(['test/kmod/core/repair-driver.c', ...EARLIEST], context.program);
});

repair.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true });
});

async function play(program: string, script: readonly string[]): Promise<string[]> {
  const { output, code } = await run([program], `${script.join('\n')}\n`);
  assert.is(code, 0, output);
  return output.trimEnd().split('\n');
}

repair(
  'what a lossy leg loses leaves by the other as soon as the next packet is acknowledged',
  async ({ program }) => {
    const packets = 3000;
    const lost = (n: number) => oneIn(50)(n) && n < packets - 100;
    const losses = sequence(packets).filter(lost);
    // The first two show that the leg is lossy, and of what is in flight by then nothing is kept.
    const [, second = 0] = losses;
    const script = [...LEGS, ...traffic({ packets, lost, resent: (n) => n <= second }), 'show'];
    const expected = losses.slice(2).map((n) => `${known(n)} ${n * BYTES} by 0`);
    assert.ok(expected.length > 15);
    assert.equal(await play(program, script), [...expected, `kept 0 0 0 1 ${expected.length}`]);
  },
);

const quiet: [string, Omit<Traffic, 'packets'>][] = [
  ['nothing is lost', {}],
  ['one packet in 700 is lost', { lost: oneIn(700), resent: () => true }],
  [
    'packets are lost while a queue is long',
    { lost: oneIn(50), resent: () => true, late: (n) => Math.min(Math.max(n - 400, 0) * 200, 60_000) },
  ],
  [
    'they may have been refused since TCP had sent another one again',
    { lost: oneIn(50), resent: () => true, hasty: (n) => oneIn(50)(n - 1) },
  ],
  ['packets are overtaken', { late: (n) => (oneIn(50)(n) ? 5 * GAP : 0) }],
  [
    'the receiver does not acknowledge selectively',
    { lost: oneIn(50), resent: () => true, withoutSack: true },
  ],
];

for (const [title, what] of quiet) {
  repair(`nothing is sent again and no leg is lossy when ${title}`, async ({ program }) => {
    const script = [...LEGS, ...traffic({ ...what, packets: 6000 }), 'show'];
    assert.equal(await play(program, script), ['kept 0 0 0 0 0']);
  });
}

/** What follows when the second leg is lossy and all is acknowledged: a title, lines, and what is to be printed. */
const next = learnt * BYTES;
const sends = (slot: number, count: number, bytes: number) =>
  sequence(count).map((n) => `send ${slot} ${next + n * bytes} ${bytes}`);
const sacked = (from: number, to: number) => `${next + from * BYTES} ${next + to * BYTES}`;

const cases: [string, string[], string[]][] = [
  ['copies are kept of what leaves by the lossy leg', [...sends(1, 3, BYTES), 'show'], ['kept 3']],
  ['no copies are kept of what leaves by the other leg', [...sends(0, 3, BYTES), 'show'], ['kept 0']],
  ['no more than 512 copies are kept', [...sends(1, 600, BYTES), 'show'], ['kept 512']],
  ['no more than 1 MB is kept', [...sends(1, 200, 10_000), 'show'], ['kept 104']],
  [
    'no copy is kept of what TCP sends again',
    [...sends(0, 1, BYTES), ...sends(1, 1, BYTES), 'show'],
    ['kept 0'],
  ],
  [
    'a copy is given back when its packet is acknowledged',
    [...sends(1, 3, BYTES), 'wait 20000', `ack ${next + 2 * BYTES} 0`, 'show'],
    ['kept 1'],
  ],
  [
    'copies are given back when nothing is heard of their packets',
    [...sends(1, 3, BYTES), 'wait 500000', 'show'],
    ['kept 0'],
  ],
  ['copies are given back when the leg leaves', [...sends(1, 3, BYTES), 'leg 1 0', 'show'], ['kept 0']],
  [
    'what is lost is sent again once',
    [
      ...sequence(9).flatMap((n) => [`send 1 ${next + n * BYTES} ${BYTES}`, 'wait 1000']),
      ...['wait 12000', `ack ${next} 1 ${sacked(1, 2)}`],
      ...sequence(6).flatMap((n) => ['wait 1000', `ack ${next} 1 ${sacked(1, n + 3)}`]),
      'show',
    ],
    [`0 ${next} by 0`, 'kept 1'],
  ],
  [
    'what TCP has sent again by itself is not sent again',
    [
      ...[...sends(1, 1, BYTES), 'wait 1000', ...sends(0, 1, BYTES), `send 1 ${next + BYTES} ${BYTES}`],
      ...['wait 20000', `ack ${next} 1 ${sacked(1, 2)}`, 'show'],
    ],
    ['kept 0'],
  ],
  [
    'it leaves by the other leg also when it arrives a little later by that',
    [
      ...[...sends(1, 1, BYTES), 'wait 1000', `send 1 ${next + BYTES} ${BYTES}`, 'wait 20000'],
      ...sequence(10).map((n) => `send 0 ${next + (2 + n) * BYTES} ${BYTES}`),
      ...[`ack ${next} 1 ${sacked(1, 2)}`, 'show'],
    ],
    [`0 ${next} by 0`, 'kept 0'],
  ],
  [
    'it leaves by the lossy leg when it arrives much later by the other',
    [
      ...[...sends(1, 1, BYTES), 'wait 1000', `send 1 ${next + BYTES} ${BYTES}`, 'wait 20000'],
      ...sequence(40).map((n) => `send 0 ${next + (2 + n) * BYTES} ${BYTES}`),
      ...[`ack ${next} 1 ${sacked(1, 2)}`, 'show'],
    ],
    [`0 ${next} by 1`, 'kept 0'],
  ],
  [
    'without another leg the lossy one carries it',
    [
      ...['leg 0 0', ...sends(1, 1, BYTES), 'wait 1000', `send 1 ${next + BYTES} ${BYTES}`],
      ...['wait 20000', `ack ${next} 1 ${sacked(1, 2)}`, 'show'],
    ],
    [`0 ${next} by 1`, 'kept 0'],
  ],
];

for (const [title, script, expected] of cases) {
  repair(title, async ({ program }) => {
    const before = await play(program, [...learning, 'show']);
    assert.match(before.at(-1) ?? '', /^kept 0 0 0 1 /);
    const printed = await play(program, [...learning, ...script]);
    // Without the times, and what else is shown.
    const shown = printed
      .slice(before.length - 1)
      .map((line) =>
        line.startsWith('kept') ? line.split(' ').slice(0, 2).join(' ') : line.replace(/^\d+/, '0'),
      );
    assert.equal(shown, expected);
  });
}

repair(
  'a leg that loses one packet in five is lossy no longer than that takes to show',
  async ({ program }) => {
    const packets = 6000;
    const lost = oneIn(5);
    const script = [...LEGS, ...traffic({ packets, lost, resent: () => true }), 'show'];
    const last = (await play(program, script)).at(-1) ?? '';
    assert.match(last, /^kept 0 0 0 0 /);
    const repaired = Number(last.split(' ').at(-1));
    assert.ok(repaired < sequence(packets).filter(lost).length / 5, last);
  },
);

repair('a leg that no longer loses packets is lossy no more', async ({ program }) => {
  const packets = 12_000;
  const until = 2000;
  const lost = (n: number) => oneIn(50)(n) && n < until;
  const script = [...LEGS, ...traffic({ packets, lost, resent: (n) => n < 700 }), 'show'];
  assert.match((await play(program, script)).at(-1) ?? '', /^kept 0 0 0 0 /);
});

repair('a lossy leg that only changes the order is lossy no more', async ({ program }) => {
  const packets = 20_000;
  const until = 2000;
  const lost = (n: number) => oneIn(50)(n) && n < until;
  const late = (n: number) => (n >= until && oneIn(50)(n) ? 5 * GAP : 0);
  const script = [...LEGS, ...traffic({ packets, lost, late, resent: (n) => n < 700 }), 'show'];
  assert.match((await play(program, script)).at(-1) ?? '', /^kept 0 0 0 0 /);
});

repair.run();

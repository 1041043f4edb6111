// SPDX-License-Identifier: MIT
/**
 * The burn-in against a board in memory, whose hours pass at once: each slice says that it lasted for as long as it was asked to.
 * And through the station, with boards on pseudo-terminals.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { FactoryRecord } from '../../../src/factory/record/record.ts';
import { load } from '../../../src/factory/station/load.ts';
import type { PhaseContext } from '../../../src/factory/station/phase.ts';
import type { BoardSeen, Progress } from '../../../src/factory/station/run-states.ts';
import type { PortResult } from '../../../src/factory/station/station.ts';
import { parseTestList, type TestList, withHours } from '../../../src/factory/station/test-list.ts';
import { ConsoleTimeout } from '../../../src/serial/errors.ts';
import type { Shell } from '../../../src/serial/shell.ts';
import { type Bench, bench, GOOD, goodBoard } from '../support/bench.ts';
import type { FakeBoard } from '../support/fake-board.ts';

const LIST = `
firmware: { driver: tinybios, speed: 38400 }
serial: ask
start: 20
phases:
  firmware:
    lists: [burn-in]
    timeout: 30
    measure:
      lba: { equals: true }
  load:
    lists: [burn-in]
    timeout: 60
    with: { minutes: 60, slice: 600, pairs: eth0-eth1 }
    measure:
      minutes: { unit: min, min: 60 }
      restarts: { max: 0 }
      lost: { max: 0 }
      hottest: { unit: °C, max: 75 }
  finalize:
    lists: [burn-in]
    timeout: 20
    measure:
      copies: { equals: 2 }
`;
const list = (): TestList => parseTestList(LIST, 'alix', 'burn-in');
const MACS = ['00:0d:b9:00:00:00'];

interface Board {
  boot: string;
  macs: readonly string[];
  /** Slices that were asked for, in seconds. */
  readonly asked: number[];
  readonly kept: Progress[];
  readonly told: string[];
}

interface Spec {
  readonly progress?: Progress;
  /** What becomes of the slice of this number; undefined: it is done. */
  readonly at?: (slice: number, board: Board) => 'silent' | 'restart' | undefined;
  readonly says?: (slice: number) => Record<string, number>;
  /** Where the first slice is done. */
  readonly boot?: string;
}

async function burnIn({ progress, at, says = () => ({}), boot = 'a' }: Spec) {
  const board: Board = { boot, macs: MACS, asked: [], kept: [], told: [] };
  const seenNow = (): BoardSeen => ({ boot: board.boot, version: '0.1.0', macs: board.macs });
  const planned = list().phases[1];
  if (planned === undefined) throw new Error('no load');
  let banner = new AbortController();
  let answer = '';
  const shell = {
    async run(command: string) {
      const seconds = /^plaitctl factory load seconds=(\d+) pairs=eth0-eth1 --json/.exec(command)?.[1];
      if (seconds === undefined) return { output: '', exitCode: 0 };
      board.asked.push(Number(seconds));
      const does = at?.(board.asked.length, board);
      if (does === 'restart') banner.abort();
      if (does !== undefined) throw new ConsoleTimeout('nothing came');
      const measurements = { seconds: Number(seconds), lost: 0, hottest: 50, ...says(board.asked.length) };
      answer = JSON.stringify({ phase: 'load', ...seenNow(), measurements });
      return { output: '', exitCode: 0 };
    },
    bytes: async () => Buffer.from(answer),
  } as unknown as Shell;
  const context = {
    ...{ shell, phase: planned, port: 'p', board: seenNow(), progress },
    person: { tell: (_: string, text: string) => void board.told.push(text), ask: assert.unreachable },
    limits: () => ({ timeout: 1e9 }),
    whenRestarted: () => {
      banner = new AbortController();
      return { signal: banner.signal, stop: () => undefined };
    },
    returned: async () => ({ shell, seen: seenNow() }),
    keep: (kept: Progress) => void board.kept.push(kept),
  } as unknown as PhaseContext;
  return { ...(await load(context)), board };
}

const slices = suite('a burn-in');

slices('adds up what its slices have measured, and keeps it after each', async () => {
  const says = (slice: number) => ({ lost: slice === 2 ? 3 : 0, hottest: 50 + slice, coldest: 40 - slice });
  const { measured, board } = await burnIn({ says });
  assert.equal(board.asked, [600, 600, 600, 600, 600, 600]);
  assert.equal(measured, {
    ...{ minutes: 60, slices: 6, restarts: 0, silent: 0 },
    ...{ lost: 3, hottest: 56, coldest: 34 },
  });
  assert.equal(
    board.kept.map(({ seconds }) => seconds),
    [600, 1200, 1800, 2400, 3000, 3600],
  );
  assert.equal(board.told.at(-1), 'load: 60 of 60 min');
});

slices('asks for no more than what is left', async () => {
  const says = (slice: number) => ({ seconds: slice === 1 ? 700 : 600 });
  const { board } = await burnIn({ says });
  assert.equal(board.asked, [600, 600, 600, 600, 600, 500]);
});

slices('goes on where its journal says', async () => {
  const progress = { seconds: 3000, slices: 5, restarts: 0, boot: 'a', lost: 2, hottest: 70 };
  const { measured, board } = await burnIn({ progress });
  assert.equal(board.asked, [600]);
  assert.equal([measured.slices, measured.lost, measured.hottest, measured.restarts], [6, 2, 70, 0]);
  const other = await burnIn({ progress, boot: 'b' });
  assert.is(other.measured.restarts, 1, 'the board was started anew while the station was not there');
});

slices('counts a start of the board that nobody asked for, and loses only the slice under way', async () => {
  const at = (slice: number, board: Board) => {
    if (slice !== 3) return undefined;
    board.boot = 'b';
    return 'restart';
  };
  const { measured, board, seen } = await burnIn({ at });
  assert.is(board.asked.length, 7);
  assert.equal([measured.minutes, measured.slices, measured.restarts, measured.silent], [60, 6, 1, 0]);
  assert.is(seen.boot, 'b');
  assert.is(board.kept.at(2)?.restarts, 1, 'it is kept before the load goes on');
});

slices('counts silence without a start by itself', async () => {
  const at = (slice: number) => (slice === 2 ? 'silent' : undefined);
  const { measured } = await burnIn({ at });
  assert.equal([measured.minutes, measured.restarts, measured.silent], [60, 0, 1]);
});

slices('ends with a board that is another one, or that is always started anew', async () => {
  const swapped = await burnIn({
    at(slice, board) {
      if (slice !== 2) return undefined;
      Object.assign(board, { boot: 'b', macs: ['00:0d:b9:00:00:04'] });
      return 'restart';
    },
  });
  assert.is(swapped.board.asked.length, 2);
  assert.equal(swapped.seen.macs, ['00:0d:b9:00:00:04'], 'the worker sees it');
  const always = burnIn({
    at(slice, board) {
      board.boot = `boot ${slice}`;
      return 'restart';
    },
  });
  assert.match(
    await always.then(
      () => '',
      (error) => error.message,
    ),
    /started anew 21 times under load/,
  );
});

slices('does not take a load of no time for one', async () => {
  const never = burnIn({ says: () => ({ seconds: 0 }) });
  assert.match(
    await never.then(
      () => '',
      (error) => error.message,
    ),
    /worked for no second/,
  );
});

slices('lasts for other hours when it is told so', () => {
  const twelve = withHours(list(), 12);
  assert.is(twelve.phases[1]?.parameters.minutes, 720);
  assert.is(twelve.phases[1]?.facts.lasts?.(twelve.phases[1].parameters), 43_200);
  const quick = parseTestList(LIST.replace(/ {2}load:[\s\S]*(?= {2}finalize)/, ''), 'alix', 'burn-in');
  assert.throws(() => withHours(quick, 12), /--hours: list 'burn-in' of board alix has no phase load/);
});

slices.run();

/** A slice takes half a second, and says that it was ten minutes. */
const ANSWERS = { ...GOOD, load: { seconds: 600, lost: 0, hottest: 50 } };
const over = { answers: ANSWERS, before: { load: 'sleep 0.5' } };

const slicesOf = (board: FakeBoard) => board.calls().filter((call) => /^factory load/.test(call)).length;

function recordOf(result: PortResult | undefined): FactoryRecord {
  if (result?.is !== 'tested') throw new Error(`no record: ${JSON.stringify(result)}`);
  return result.record;
}

/** When this many slices are told of. */
function afterSlices({ person }: Bench, count: number, act: () => void): void {
  let told = 0;
  person.onTell = (_, text) => {
    if (/^load: \d+ of 60 min$/.test(text) && ++told === count) setTimeout(act, 150);
  };
}

const station = suite('a burn-in at the station');

station('survives a power cut of the board, which is in the record and no PASS', async () => {
  const board = await goodBoard(1, over);
  try {
    const atBench = bench();
    afterSlices(atBench, 2, () => {
      board.power(false);
      setTimeout(() => board.power(true), 500);
    });
    setTimeout(() => board.power(true), 300);
    const record = recordOf((await atBench.test([board], { list: list() }))[0]);
    assert.is(record.outcome, 'FAIL', JSON.stringify(record, null, 1));
    const phase = record.phases.find(({ name }) => name === 'load');
    const bad = phase?.measurements.filter(({ outcome }) => outcome === 'FAIL');
    assert.equal(
      bad?.map(({ name, value }) => [name, value]),
      [['restarts', 1]],
    );
    assert.is(phase?.measurements.find(({ name }) => name === 'minutes')?.value, 60);
    assert.is(slicesOf(board), 7, 'only the slice under way is lost');
    assert.is(board.identity(), undefined);
  } finally {
    await board.remove();
  }
});

station('survives a kill of the station, and passes', async () => {
  const board = await goodBoard(2, over);
  try {
    const atBench = bench();
    const stop = new AbortController();
    afterSlices(atBench, 3, () => stop.abort());
    setTimeout(() => board.power(true), 300);
    const [first] = await atBench.test([board], { list: list(), signal: stop.signal });
    assert.is(first?.is, 'stopped', JSON.stringify(first));
    const record = recordOf((await atBench.test([board], { list: list() }))[0]);
    assert.is(record.outcome, 'PASS', JSON.stringify(record, null, 1));
    const phase = record.phases.find(({ name }) => name === 'load');
    assert.is(phase?.attempts, 2);
    assert.is(phase?.measurements.find(({ name }) => name === 'minutes')?.value, 60);
    assert.is(slicesOf(board), 7, 'what was done is not done again');
  } finally {
    await board.remove();
  }
});

station.run();

// SPDX-License-Identifier: MIT
/** The station against boards on pseudo-terminals, from power-on to the record: good ones, and each fault that can be put into one. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Outcome } from '../../../src/factory/record/outcome.ts';
import type { FactoryRecord } from '../../../src/factory/record/record.ts';
import type { PortResult } from '../../../src/factory/station/station.ts';
import { type Bench, bench, GOOD, goodBoard } from '../support/bench.ts';
import { fakeTinyBios } from '../support/fake-bios.ts';
import type { BoardSpec, FakeBoard } from '../support/fake-board.ts';

/** Milliseconds from the call of the station to the switch. */
const SWITCH_ON = 300;

function recordOf(result: PortResult | undefined): FactoryRecord {
  if (result?.is !== 'tested') throw new Error(`no record: ${JSON.stringify(result)}`);
  return result.record;
}

async function withBoards(boards: readonly FakeBoard[], body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } finally {
    for (const board of boards) await board.remove();
  }
}

const station = suite('the station');

station('tests a good board from power-on to its identity', async () => {
  const board = await goodBoard(1);
  await withBoards([board], async () => {
    const { test } = bench();
    setTimeout(() => board.power(true), SWITCH_ON);
    const record = recordOf((await test([board]))[0]);
    assert.is(record.outcome, 'PASS', JSON.stringify(record, null, 1));
    assert.equal(
      record.phases.map(({ name }) => name).join(' '),
      'firmware cpu nics serial leds watchdog finalize',
    );
    assert.equal(record.identity, board.identity());
    assert.is(record.identity?.serial, '2D13-100');
    assert.ok(board.calls().includes('factory nics pairs=eth0-eth1 frames=100 --json'));
  });
});

station('starts a board anew that was up already, so that its firmware is seen', async () => {
  const board = await goodBoard(2);
  await withBoards([board], async () => {
    board.power(true);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const record = recordOf((await bench().test([board]))[0]);
    assert.is(record.outcome, 'PASS', JSON.stringify(record, null, 1));
  });
});

station(
  'tests boards whose firmware speaks at another speed, and leaves it at that of the list',
  async () => {
    const others = [
      { speed: 9600, speedAt: 'once' },
      { speed: 57600, speedAt: 'restart' },
      { speed: 115200, speedAt: 'restart' },
    ] as const;
    const firmware: ReturnType<typeof fakeTinyBios>[] = [];
    const boards = await Promise.all(
      others.map((spec, index) =>
        goodBoard(index, {
          speed: 38400,
          firmware: (world) => {
            firmware[index] = fakeTinyBios(world, { ...spec, memoryTest: 6_000 });
            return firmware[index];
          },
        }),
      ),
    );
    await withBoards(boards, async () => {
      const { test } = bench();
      setTimeout(() => boards.map((board) => board.power(true)), SWITCH_ON);
      for (const [index, result] of (await test(boards, { wait: 60_000 })).entries()) {
        const record = recordOf(result);
        assert.is(record.outcome, 'PASS', `${others[index]?.speed}: ${JSON.stringify(record, null, 1)}`);
        assert.is(firmware[index]?.speed, 38400);
      }
    });
  },
);

/** Times one board, or several that are switched on together; what a board measures of itself takes it some seconds. */
async function timed(count: number): Promise<number> {
  const before = { cpu: 'sleep 3', nics: 'sleep 5' };
  const boards = await Promise.all(Array.from({ length: count }, (_, index) => goodBoard(index, { before })));
  const { test } = bench();
  const began = performance.now();
  await withBoards(boards, async () => {
    for (const board of boards) board.power(true);
    for (const result of await test(boards)) assert.is(recordOf(result).outcome, 'PASS');
  });
  return performance.now() - began;
}

station('tests eight boards in at most 1.3 times the time of one', async () => {
  const [one, eight] = [await timed(1), await timed(8)];
  assert.ok(eight <= 1.3 * one, `${Math.round(eight)} ms for eight, ${Math.round(one)} ms for one`);
});

station.run();

interface Fault {
  readonly title: string;
  readonly over?: Partial<BoardSpec>;
  /** Done when the station tells of a phase. */
  readonly at?: { readonly phase: string; readonly act: (board: FakeBoard) => void };
  /** Answers of the person, where they are others than usual. */
  readonly says?: (question: string) => string | undefined | 'usual';
  readonly outcome: Outcome;
  /** The only phase that is not PASS. */
  readonly phase: string;
  /** What the record says of it. */
  readonly text: RegExp;
}

const measuring = (phase: string, measurements: BoardSpec['answers'][string]) => ({
  answers: { ...GOOD, [phase]: measurements },
});

/** Longer than until something happens in it. */
const lasting = (phase: string) => ({ before: { [phase]: 'sleep 2' } });

const FAULTS: readonly Fault[] = [
  {
    ...{
      title: 'half of the memory',
      outcome: 'FAIL',
      phase: 'firmware',
      text: /"name":"memory","value":130048/,
    },
    over: { firmware: (world) => fakeTinyBios(world, { memory: 130048 }) },
  },
  {
    ...{
      title: 'an old tinyBIOS',
      outcome: 'FAIL',
      phase: 'firmware',
      text: /"name":"bios_release","value":99.04/,
    },
    over: { firmware: (world) => fakeTinyBios(world, { version: '0.99d' }) },
  },
  {
    ...{
      title: 'a setting that does not hold',
      outcome: 'FAIL',
      phase: 'firmware',
      text: /key L was pressed/,
    },
    over: { firmware: (world) => fakeTinyBios(world, { stuck: 'L' }) },
  },
  {
    ...{ title: 'a slower CPU', outcome: 'FAIL', phase: 'cpu', text: /"name":"clock","value":433/ },
    over: measuring('cpu', { family: 5, clock: 433 }),
  },
  {
    ...{
      title: 'a measurement that is not taken',
      outcome: 'FAIL',
      phase: 'cpu',
      text: /"name":"clock","value":null/,
    },
    over: measuring('cpu', { family: 5 }),
  },
  {
    ...{ title: 'a lost frame', outcome: 'FAIL', phase: 'nics', text: /"name":"lost","value":1\b/ },
    over: measuring('nics', { lost: 1 }),
  },
  {
    ...{ title: 'a dark LED', outcome: 'FAIL', phase: 'leds', text: /"name":"seen","value":false/ },
    says: (question) => (/blink/.test(question) ? '9 9 9' : 'usual'),
  },
  {
    ...{ title: 'nobody who looks', outcome: 'TIMEOUT', phase: 'leds', text: /Nobody answered/ },
    says: (question) => (/blink/.test(question) ? undefined : 'usual'),
  },
  {
    ...{ title: 'an answer that is none', outcome: 'ERROR', phase: 'cpu', text: /printed no JSON/ },
    over: { before: { cpu: 'echo Segmentation fault; exit 139' } },
  },
  {
    ...{ title: 'a phase that hangs', outcome: 'TIMEOUT', phase: 'nics', text: /did not end in time/ },
    over: { before: { nics: 'exec sleep 60' } },
  },
  {
    ...{
      title: 'power lost and come back',
      outcome: 'ABORTED',
      phase: 'cpu',
      text: /started anew in the middle/,
    },
    over: lasting('cpu'),
    at: {
      phase: 'cpu',
      act: (board) => {
        board.power(false);
        setTimeout(() => board.power(true), 200);
      },
    },
  },
  {
    ...{ title: 'power lost for good', outcome: 'ABORTED', phase: 'nics', text: /does not answer any more/ },
    over: lasting('nics'),
    at: { phase: 'nics', act: (board) => board.power(false) },
  },
  {
    ...{
      title: 'a board that hangs, as the person says',
      outcome: 'TIMEOUT',
      phase: 'nics',
      text: /The board hangs/,
    },
    over: lasting('nics'),
    at: { phase: 'nics', act: (board) => (board.plugged = false) },
    says: (question) => (/does not answer/.test(question) ? 'y' : 'usual'),
  },
  {
    ...{ title: 'the adapter pulled', outcome: 'ABORTED', phase: 'serial', text: /vanished/ },
    at: { phase: 'serial', act: (board) => void board.cut() },
  },
  {
    ...{ title: 'the person who stops it', outcome: 'ABORTED', phase: 'leds', text: /Stopped by the person/ },
    says: (question) => (/blink/.test(question) ? 'q' : 'usual'),
  },
];

const faults = suite('faults');

/** Boards beside each other, so that one that fails is seen to disturb no other. */
const AT_ONCE = 8;

for (let from = 0; from < FAULTS.length; from += AT_ONCE) {
  const group = FAULTS.slice(from, from + AT_ONCE);
  faults(`are found by name, and no other: ${group.map(({ title }) => title).join('; ')}`, async () => {
    const boards = await Promise.all(group.map(({ over }, index) => goodBoard(index, over)));
    const atBench = bench();
    await withBoards(boards, async () => {
      arrange(atBench, boards, group);
      setTimeout(() => boards.map((board) => board.power(true)), SWITCH_ON);
      const results = await atBench.test(boards);
      for (const [index, fault] of group.entries()) {
        const record = recordOf(results[index]);
        const text = `${fault.title}: ${JSON.stringify(record, null, 1)}`;
        assert.is(record.outcome, fault.outcome, text);
        const bad = record.phases.filter(({ outcome }) => outcome !== 'PASS');
        assert.equal(
          bad.map(({ name }) => name),
          [fault.phase],
          text,
        );
        assert.match(JSON.stringify(bad), fault.text, text);
        assert.is(boards[index]?.identity(), undefined, `${fault.title}: a bad board got an identity`);
      }
    });
  });
}

faults.run();

function arrange({ person }: Bench, boards: readonly FakeBoard[], group: readonly Fault[]): void {
  const at = (port: string) => boards.findIndex((board) => board.port === port);
  person.onTell = (port, text) => {
    const [board, fault] = [boards[at(port)], group[at(port)]];
    if (board && fault?.at && text === `${fault.at.phase} ...`) setTimeout(() => fault.at?.act(board), 100);
  };
  person.answers = (port, question) => {
    const { says } = group[at(port)] ?? {};
    return says === undefined ? 'usual' : says(question);
  };
}

const away = suite('a station that was stopped');

/** Stops the station in the middle of a phase, which lasts for seconds; `meanwhile` happens before it starts anew. */
async function stoppedAt(phase: string, meanwhile: (board: FakeBoard) => Promise<void>) {
  const board = await goodBoard(3, { before: { [phase]: 'sleep 2' } });
  const atBench = bench();
  const stop = new AbortController();
  let record: FactoryRecord | undefined;
  let calls = 0;
  await withBoards([board], async () => {
    atBench.person.onTell = (_, text) => {
      if (text === `${phase} ...`) setTimeout(() => stop.abort(), 50);
    };
    setTimeout(() => board.power(true), SWITCH_ON);
    const [first] = await atBench.test([board], { signal: stop.signal });
    assert.is(first?.is, 'stopped', JSON.stringify(first));
    assert.equal(atBench.saved, []);
    await meanwhile(board);
    record = recordOf((await atBench.test([board]))[0]);
    calls = board.calls().filter((call) => /^factory cpu/.test(call)).length;
  });
  return { record: record as unknown as FactoryRecord, calls };
}

away('goes on where it was', async () => {
  const { record, calls } = await stoppedAt('nics', async () => {});
  assert.is(record.outcome, 'PASS', JSON.stringify(record, null, 1));
  assert.is(calls, 1, 'what was measured is not measured again');
  assert.is(record.phases.find(({ name }) => name === 'nics')?.attempts, 2);
});

away('passes no board that was without power meanwhile', async () => {
  const { record } = await stoppedAt('nics', async (board) => {
    board.power(true);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
  });
  assert.is(record.outcome, 'ABORTED');
  assert.match(JSON.stringify(record), /started anew in the middle/);
});

away.run();

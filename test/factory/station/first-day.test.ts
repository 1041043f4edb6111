// SPDX-License-Identifier: MIT
/**
 * docs/factory.md as a new person at the bench lives it: its steps in its order, each of its messages, its outcomes and exit codes.
 * What is quoted there is taken from the page itself.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXIT } from '../../../src/cli/factory/run.ts';
import { repository } from '../../../src/cli/project.ts';
import { OUTCOMES } from '../../../src/factory/record/outcome.ts';
import type { FactoryRecord } from '../../../src/factory/record/record.ts';
import { stationKey } from '../../../src/factory/record/station-key.ts';
import { saveRecord } from '../../../src/factory/record/store.ts';
import { PHASES } from '../../../src/factory/station/phase-table.ts';
import type { PortResult } from '../../../src/factory/station/station.ts';
import { verdictLines } from '../../../src/factory/station/verdict.ts';
import { factory } from '../../cli/factory/command.ts';
import { scratch } from '../../image/scratch.ts';
import { bench, goodBoard } from '../support/bench.ts';
import { fakeTinyBios } from '../support/fake-bios.ts';
import type { BoardSpec, FakeBoard } from '../support/fake-board.ts';

const page = readFileSync(join(repository, 'docs/factory.md'), 'utf8');

/** Below a heading, up to the next one. */
function section(heading: string): string {
  const [, text] = page.split(`\n## ${heading}\n`);
  if (text === undefined) throw new Error(`docs/factory.md has no section ${heading}`);
  return text.split('\n## ')[0] ?? '';
}

/** First cells of the rows of a table, by the head of the first column. */
function firstCells(text: string, head: string): string[] {
  const lines = text.split('\n');
  const begin = lines.findIndex((line) => line.startsWith(`| ${head} |`));
  if (begin < 0) throw new Error(`there is no table of ${head}`);
  const rows = lines.slice(begin + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, end).map((row) => row.split('|')[1]?.trim() ?? '');
}

const quotedIn = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, quoted]) => quoted ?? '');

function recordOf(result: PortResult | undefined): FactoryRecord {
  if (result?.is !== 'tested') throw new Error(`no record: ${JSON.stringify(result)}`);
  return result.record;
}

const day = suite('the first day at the bench');

day('goes by the steps of the page, from the switch to the label', async () => {
  const board = await goodBoard(1);
  const { person, test } = bench();
  /** What the person reads and is asked, in its order. */
  const seen: string[] = [];
  person.onTell = (_, text) => {
    seen.push(text);
    if (/then switch the board on/.test(text)) setTimeout(() => board.power(true), 100);
  };
  person.answers = (_, text) => {
    seen.push(text);
    return 'usual';
  };
  const steps = section('A board, from the box to the label').match(/^\d\. .*(?:\n {3}.*)*/gm) ?? [];
  const [connect = '', set = '', serial = '', phases = '', verdict = ''] = steps;
  try {
    const record = recordOf((await test([board]))[0]);
    const wanted = [
      quotedIn(connect)[0] ?? '',
      'setting the firmware',
      quotedIn(serial)[0] ?? '',
      'cpu ...',
      'finalize ...',
    ];
    const places = wanted.map((text) => seen.findIndex((line) => line.includes(text)));
    assert.ok(
      places[0] === 0 && places.every((at, index) => at > (places[index - 1] ?? -1)),
      seen.join('\n'),
    );
    assert.match(set, 'The firmware is set');
    for (const { name } of record.phases.slice(1)) assert.ok(seen.includes(`${name} ...`), name);
    assert.match(phases, /`q` at a question ends/);
    assert.match(verdict, /the verdict, what failed with its limits, and the record/);
    assert.match(verdictLines('p', record)[0] ?? '', /^p: PASS, serial number 2D13-100/);
    await checkAndLabel(record);
  } finally {
    await board.remove();
  }
});

/** The commands that the page names for a record. */
async function checkAndLabel(record: FactoryRecord): Promise<void> {
  const keys = scratch();
  const file = await saveRecord(scratch(), record, await stationKey(keys));
  assert.match(page, /npx plait factory verify /);
  const checked = await factory(keys, 'verify', file);
  assert.is(checked.code, 0);
  assert.match(checked.out, /right; PASS 2D13-100/);
  const label = join(scratch(), 'label.svg');
  assert.is((await factory(keys, 'label', file, '--out', label)).code, 0);
  assert.match(readFileSync(label, 'utf8'), '<svg');
}

day('finds each phase of its lists on the page, and none that there is not', () => {
  const named = firstCells(section('What is tested'), 'Phase').flatMap(quotedIn);
  assert.equal(named.sort(), Object.keys(PHASES).sort());
});

day('finds each outcome on the page, with its exit code', () => {
  const ends = section('How a run ends');
  assert.equal(firstCells(ends, 'Outcome'), [...OUTCOMES.slice(0, 2), 'TIMEOUT', 'ERROR', 'ABORTED']);
  const codes = /The exit code is 0 when all have passed, (.*?) \(/s.exec(ends)?.[1] ?? '';
  for (const [outcome, code] of Object.entries(EXIT))
    assert.match(codes, new RegExp(`\\b${code} (?:for a )?${outcome}\\b`));
});

interface Mishap {
  readonly over?: Partial<BoardSpec>;
  /** When a phase is told of. */
  readonly at?: { readonly phase: string; readonly act: (board: FakeBoard) => void };
  readonly serial?: string;
}

const lasting = (phase: string): Partial<BoardSpec> => ({ before: { [phase]: 'sleep 2' } });

/** One for each message of the page, by its beginning. */
const MISHAPS: Readonly<Record<string, Mishap>> = {
  'The board does not answer.': {
    over: lasting('nics'),
    at: { phase: 'nics', act: (board) => board.power(false) },
  },
  'The board was started anew': {
    over: lasting('cpu'),
    at: {
      phase: 'cpu',
      act: (board) => {
        board.power(false);
        setTimeout(() => board.power(true), 200);
      },
    },
  },
  'Another board': { over: { before: { nics: 'sed -i s/00:0d:b9/00:0d:ba/g "$F"/answers/*' } } },
  'tinyBIOS does not': { over: { firmware: (world) => fakeTinyBios(world, { noSetup: true }) } },
  // As the board beside it has.
  'The identity is not': { serial: '2D13-100' },
};

day('is told each message of the page by a board to which that happens', async () => {
  const messages = firstCells(section('How a run ends'), 'Message').map((cell) => quotedIn(cell)[0] ?? '');
  const mishaps = messages.map((message) => {
    const found = Object.entries(MISHAPS).find(([beginning]) => message.startsWith(beginning))?.[1];
    if (found === undefined) throw new Error(`nothing here makes the station say: ${message}`);
    return found;
  });
  assert.is(messages.length, Object.keys(MISHAPS).length);
  // The first is the good board whose serial number another one has, too.
  const boards = await Promise.all([
    goodBoard(0),
    ...mishaps.map(({ over }, index) => goodBoard(index + 1, over)),
  ]);
  const { person, test } = bench();
  const said = boards.map((): string[] => []);
  const at = (port: string) => boards.findIndex((board) => board.port === port);
  person.onTell = (port, text) => {
    said[at(port)]?.push(text);
    const [board, mishap] = [boards[at(port)], mishaps[at(port) - 1]];
    if (board && mishap?.at && text === `${mishap.at.phase} ...`)
      setTimeout(() => mishap.at?.act(board), 100);
  };
  person.answers = (port, text) => {
    said[at(port)]?.push(text);
    return 'usual';
  };
  try {
    for (const [index, board] of boards.entries())
      person.boards.set(board.port, { board, serial: mishaps[index - 1]?.serial ?? `2D13-${100 + index}` });
    setTimeout(() => boards[0]?.power(true), 100);
    const [first] = await test(boards.slice(0, 1));
    assert.is(recordOf(first).outcome, 'PASS');
    setTimeout(() => boards.slice(1).map((board) => board.power(true)), 300);
    const results = await test(boards.slice(1));
    for (const [index, message] of messages.entries()) {
      const record = recordOf(results[index]);
      assert.is.not(record.outcome, 'PASS');
      const all = [...(said[index + 1] ?? []), ...verdictLines('p', record)].join('\n');
      assert.ok(all.includes(message), `"${message}" is not in:\n${all}`);
    }
  } finally {
    for (const board of boards) await board.remove();
  }
});

day.run();

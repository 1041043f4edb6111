// SPDX-License-Identifier: MIT
/** Boards whose card is blank, on pseudo-terminals: over the network to a written card, and to the same test as any other board. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { repository } from '../../../src/cli/project.ts';
import { bench, GOOD, goodBoard, LIST_TEXT, list } from '../support/bench.ts';
import { fakeSeaBios, fakeTinyBios } from '../support/fake-bios.ts';
import type { BoardSpec, FakeBoard } from '../support/fake-board.ts';

const page = readFileSync(join(repository, 'docs/factory.md'), 'utf8');
/** Milliseconds from the call of the station to the switch. */
const SWITCH_ON = 300;
const WRITTEN = { parts: 5, wrong: 0, written: 30.1, seconds: 12 };

/** What plaitctl says there, and that its card is written then. */
const BLANK: Partial<BoardSpec> = {
  blank: true,
  answers: { ...GOOD, card: WRITTEN, 'board-network': { network: true } },
  before: {
    board: '[ -e "$F/network" ] && p=board-network',
    card: '[ -e "$F/network" ] && touch "$F/written"',
  },
};

async function tested(board: FakeBoard, which = list()) {
  const { person, saved, test } = bench();
  setTimeout(() => board.power(true), SWITCH_ON);
  try {
    const [result] = await test([board], { blank: true, list: which });
    return { result, saved, told: person.told.join('\n'), calls: board.calls() };
  } finally {
    await board.remove();
  }
}

const blank = suite('a board with a blank card');

blank('starts over the network, gets its card, and is tested from it', async () => {
  let bios: ReturnType<typeof fakeTinyBios> | undefined;
  const board = await goodBoard(1, {
    ...BLANK,
    firmware: (world) => {
      bios = fakeTinyBios(world);
      return bios;
    },
  });
  const { result, told, calls } = await tested(board);
  assert.is(result?.is === 'tested' ? result.record.outcome : result?.is, 'PASS', told);
  assert.match(told, /set to start over the network.*card is written and compared.*setting the firmware/s);
  for (const quoted of ['set to start over the network', 'Its card is written and compared'])
    for (const text of [page, told]) assert.match(text, quoted);
  const factory = calls.map((call) => call.split(' ')[1]);
  assert.is(factory.filter((phase) => phase === 'card').length, 1);
  assert.ok(factory.indexOf('card') < factory.indexOf('cpu'), factory.join());
  assert.not(bios?.on.has('E'), 'no customer gets a board that starts over the network');
});

blank('is started by the boot menu of SeaBIOS', async () => {
  const text = LIST_TEXT.replace('driver: tinybios, speed: 38400', 'driver: seabios, speed: 115200')
    .replace('bios_release: { min: 99.08 }', 'bios_version: {}')
    .replace('min: 261120, max: 261120', 'min: 2000')
    .replace('unit: KB, ', '')
    .replace('      lba: { equals: true }\n', '');
  const board = await goodBoard(2, { ...BLANK, firmware: (world) => fakeSeaBios(world), speed: 115200 });
  const { result, told } = await tested(board, list(text));
  assert.is(result?.is === 'tested' ? result.record.outcome : result?.is, 'PASS', told);
});

blank('keeps a card that starts', async () => {
  const { result, told, calls } = await tested(
    await goodBoard(3, { ...BLANK, blank: false, before: {}, firmware: (world) => startsItsCard(world) }),
  );
  assert.is(result?.is === 'tested' ? result.record.outcome : result?.is, 'PASS', told);
  assert.match(told, 'which stays as it is');
  assert.not(calls.some((call) => call.startsWith('factory card')));
});

blank('is not tested when its card does not keep what is written', async () => {
  const answers = { ...BLANK.answers, card: { ...WRITTEN, wrong: 2 } };
  const { result, saved } = await tested(await goodBoard(4, { ...BLANK, answers }));
  assert.equal(saved, []);
  assert.is(
    result?.is === 'empty' ? result.why : result?.is,
    '2 parts of the card are not as they were written: put another card in.',
  );
});

blank.run();

/** One that starts its card although PXE is on. */
function startsItsCard(world: Parameters<typeof fakeTinyBios>[0]) {
  return fakeTinyBios({ ...world, boot: () => world.boot(false) });
}

// SPDX-License-Identifier: MIT
/** Lists of tests: those of the boards are right, and what is wrong in one is told with its place and what would be right. */
import { readdirSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadTestList, parseTestList } from '../../../src/factory/station/test-list.ts';
import { listBoards, loadBoard } from '../../../src/image/board.ts';
import { LIST_TEXT } from '../support/bench.ts';

const lists = suite('lists of tests');

lists('of the boards are right', async () => {
  const found: string[] = [];
  for (const name of await listBoards()) {
    const board = await loadBoard(name);
    if (!readdirSync(board.dir).includes('factory.yaml')) continue;
    found.push(name);
    const quick = await loadTestList(board, 'quick');
    assert.is(quick.firmware.speed, board.console.speed, `${name}: the speed of its image`);
  }
  assert.equal(found, ['alix', 'apu']);
});

lists('that a board has not got are refused by name', async () => {
  for (const [board, list, text] of [
    ['pc', 'quick', /board pc has no list of factory tests/],
    ['alix', 'quik', /has no list 'quik'; it has quick, burn-in/],
  ] as const)
    await loadTestList(await loadBoard(board), list).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, text),
    );
});

/** Each is a change of a right list. */
function refuses(what: string, find: string | RegExp, put: string, text: RegExp): void {
  lists(`refuse ${what}`, () => {
    const changed = LIST_TEXT.replace(find, put);
    assert.is.not(changed, LIST_TEXT, 'the change changes nothing');
    assert.throws(
      () => parseTestList(changed, 'alix', 'quick'),
      (error: Error) => {
        assert.match(error.message, text);
        assert.match(error.message, /^board\/alix\/factory\.yaml: /);
        return true;
      },
    );
  });
}

refuses(
  'an unknown firmware',
  'tinybios',
  'award',
  /firmware\.driver is "award"; it must be one of tinybios, seabios/,
);
refuses('an unknown phase', '  nics:', '  nisc:', /phases\.nisc is .*a phase, as in nics/);
refuses('an unknown measurement', 'clock: {', 'clok: {', /measure\.clok is .*clock/);
refuses('a limit of another kind', 'lba: { equals: true }', 'lba: { min: 1 }', /min is .*yes or no.*equals/);
refuses(
  'a text where yes or no is measured',
  'lba: { equals: true }',
  'lba: { equals: on }',
  /equals is "on"; it must be true or false/,
);
refuses('a wrong unit', 'unit: MHz', 'unit: GHz', /clock\.unit is "GHz"; it must be MHz/);
refuses('a missing unit', 'unit: MHz, ', '', /clock\.unit is missing; it must be MHz/);
refuses(
  'limits that nothing is within',
  'min: 493, max: 503',
  'min: 503, max: 493',
  /min is 503; it must be at most max/,
);
refuses('a limit beside equals', '{ equals: 5 }', '{ equals: 5, min: 1 }', /equals is .*alone/);
refuses('an infinite limit', 'max: 503', 'max: .inf', /max is null; it must be a number/);
refuses('an unknown parameter', 'frames: 100', 'farmes: 100', /farmes is .*one of pairs, frames/);
refuses('a parameter that a shell would read', 'eth0-eth1', '"eth0;reboot"', /pairs is "eth0;reboot"/);
refuses('no time limit', 'timeout: 30\n    stop', 'stop', /firmware\.timeout is missing/);
refuses(
  'a phase without measurements',
  /measure:\n {6}lost: \{ max: 0 \}/,
  'measure: {}',
  /at least one measurement/,
);
refuses('an unknown key', 'stop: true', 'stopp: true', /unknown key; did you mean 'stop'/);
refuses(
  'a list that does not begin with the firmware',
  /lists: \[quick\]\n {4}timeout: 30/,
  'lists: [full]\n    timeout: 30',
  /begins with cpu/,
);
refuses(
  'a list that does not end with the identity',
  /finalize:\n {4}lists: \[quick\]/,
  'finalize:\n    lists: [full]',
  /ends with watchdog/,
);
for (const restarts of ['', 'restarts: {}', 'restarts: { max: 1 }', 'restarts: { min: 0 }'])
  refuses(
    `a burn-in that lets lost power pass, by ${restarts || 'no limit'}`,
    '  finalize:',
    `  load:\n    lists: [quick]\n    timeout: 60\n    measure:\n      lost: { max: 0 }\n      ${restarts}\n  finalize:`,
    /phases\.load\.measure\.restarts must be \{ max: 0 \}: lost power is no PASS/,
  );
refuses('what is no YAML', 'phases:', 'phases: {', /not valid YAML/);

lists.run();

// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listBoards, loadBoard } from '../../../src/image/board.ts';
import {
  formatConfig,
  mergeFragments,
  overrideConfig,
  parseFragment,
  unmetWishes,
} from '../../../src/image/kernel/fragments.ts';

const parsing = suite('parseFragment');

parsing('reads values, switched-off symbols, and skips comments', () => {
  const text = ['# a comment', '', 'CONFIG_A=y', '# CONFIG_B is not set', 'CONFIG_C="x y"', 'CONFIG_D=0x1f'];
  assert.equal(parseFragment(text.join('\n'), 'f'), [
    { symbol: 'CONFIG_A', value: 'y', where: 'f:3' },
    { symbol: 'CONFIG_B', value: 'n', where: 'f:4' },
    { symbol: 'CONFIG_C', value: '"x y"', where: 'f:5' },
    { symbol: 'CONFIG_D', value: '0x1f', where: 'f:6' },
  ]);
});

for (const line of ['CONFIG_A', 'CONFIG_A = y', 'A=y', 'CONFIG_A=yes', 'CONFIG_A="x']) {
  parsing(`refuses '${line}' with file and line`, () => {
    assert.throws(
      () => parseFragment(`CONFIG_OK=y\n${line}`, 'router.config'),
      (error: Error) => error.message.startsWith(`router.config:2: '${line}'`),
    );
  });
}

parsing.run();

const merging = suite('mergeFragments');

merging('lets a later fragment override an earlier one', () => {
  const common = parseFragment('CONFIG_A=y\nCONFIG_B=m', 'common');
  const board = parseFragment('# CONFIG_A is not set', 'board');
  assert.is(formatConfig(mergeFragments([common, board])), 'CONFIG_A=n\nCONFIG_B=m\n');
});

merging.run();

const overriding = suite('overrideConfig');

overriding('replaces set and unset lines and leaves the others alone', () => {
  const wishes = parseFragment('CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_N=3', 'f');
  const before = '#\n# Applets\n#\n# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_N=0\nCONFIG_AB=y\n';
  const after = '#\n# Applets\n#\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_N=3\nCONFIG_AB=y\n';
  assert.is(overrideConfig(before, wishes), after);
});

overriding.run();

const checking = suite('unmetWishes');

checking('names the line whose wish did not come true, and what came out', () => {
  const wishes = parseFragment(
    'CONFIG_A=y\nCONFIG_M=m\n# CONFIG_OFF is not set\nCONFIG_LOST=y',
    'router.config',
  );
  const config = 'CONFIG_A=y\nCONFIG_M=y\nCONFIG_OFF=y\n# CONFIG_OTHER is not set\n';
  const unmet = unmetWishes(config, wishes);
  assert.is(unmet.length, 3);
  assert.match(unmet[0] ?? '', /^router\.config:2: CONFIG_M=m came out as y/);
  assert.match(unmet[1] ?? '', /^router\.config:3: CONFIG_OFF=n came out as y/);
  assert.match(unmet[2] ?? '', /^router\.config:4: CONFIG_LOST=y came out as n/);
});

checking('is content when all is as asked for', () => {
  const wishes = parseFragment('CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_S="x"', 'f');
  assert.equal(unmetWishes('CONFIG_A=y\nCONFIG_S="x"\n# CONFIG_B is not set\n', wishes), []);
});

checking.run();

const shipped = suite('fragments of the boards');

shipped('every board has readable fragments, and none asks twice for a symbol in one file', async () => {
  for (const name of await listBoards()) {
    for (const path of (await loadBoard(name)).kernel.fragments) {
      const symbols = parseFragment(await readFile(path, 'utf8'), path).map((wish) => wish.symbol);
      const twice = symbols.filter((symbol, index) => symbols.indexOf(symbol) !== index);
      assert.equal(twice, [], path);
    }
  }
});

shipped.run();

// SPDX-License-Identifier: MIT
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listBoards, loadBoard } from '../../../../src/image/board.ts';
import {
  defconfig,
  droppedLines,
  type ToolchainKind,
  withNeeds,
} from '../../../../src/image/engine/buildroot/defconfig.ts';
import { externalTree } from '../../../../src/image/engine/buildroot/engine.ts';
import { variableOf } from '../../../../src/image/engine/buildroot/overrides.ts';
import { imageRecipes } from '../../../../src/image/packages/recipes.ts';

/** What is Buildroot's default already and so not in a saved defconfig. */
const defaults = [
  'BR2_i386=y',
  'BR2_x86_x86_64=y',
  'BR2_TOOLCHAIN_EXTERNAL_CUSTOM=y',
  '# BR2_TOOLCHAIN_EXTERNAL_CXX is not set',
  'BR2_TOOLCHAIN_EXTERNAL_HAS_SSP=y',
  'BR2_PACKAGE_BUSYBOX=y',
  'BR2_PACKAGE_LIBPCAP=y',
];

const saved = suite('defconfigs in buildroot/configs');

saved('say the same as the facts of boards and recipes; `npm run defconfigs` writes them anew', async () => {
  const names = (await listBoards()).map((board) => `plait_${board}_defconfig`);
  assert.equal((await readdir(join(externalTree, 'configs'))).sort(), names);
  for (const name of await listBoards()) {
    const text = await readFile(join(externalTree, 'configs', `plait_${name}_defconfig`), 'utf8');
    const lines = text.trimEnd().split('\n');
    const facts = defconfig(await loadBoard(name), 'external');
    assert.equal(
      lines.filter((line) => !facts.includes(line)),
      [],
      `${name}: lines without a fact behind them`,
    );
    assert.equal(
      facts.filter((line) => !lines.includes(line) && !defaults.includes(line)),
      [],
      `${name}: facts that are not in the file`,
    );
  }
});

saved.run();

const facts = suite('defconfig');

facts('selects every program of the image and every library that one is built with', async () => {
  const lines = defconfig(await loadBoard('alix'), 'external');
  for (const { name } of withNeeds(imageRecipes))
    assert.ok(lines.includes(`BR2_PACKAGE_${variableOf(name)}=y`), name);
});

facts('has the kernel find the stack protector in a gcc that Buildroot builds for i386', async () => {
  const lines = async (name: string, kind: ToolchainKind) =>
    defconfig(await loadBoard(name), kind).filter((line) => line.includes('LINUX_CC_FLAGS'));
  assert.equal(await lines('alix', 'internal'), ['BR2_PLAIT_LINUX_CC_FLAGS="-mstack-protector-guard=tls"']);
  assert.equal(await lines('alix', 'external'), []);
  assert.equal(await lines('apu', 'internal'), []);
});

facts("takes the CPU from the board's facts", async () => {
  const lines = async (name: string) => defconfig(await loadBoard(name), 'external');
  for (const line of ['BR2_i386=y', 'BR2_x86_geode=y']) assert.ok((await lines('alix')).includes(line), line);
  for (const line of ['BR2_x86_64=y', 'BR2_x86_x86_64=y'])
    assert.ok((await lines('apu')).includes(line), line);
});

facts('differs between the toolchains in nothing but the compiler', async () => {
  const board = await loadBoard('alix');
  const [external, internal] = [defconfig(board, 'external'), defconfig(board, 'internal')];
  const other = (a: string[], b: string[]) => a.filter((line) => !b.includes(line));
  for (const line of [...other(external, internal), ...other(internal, external)])
    assert.match(line, /TOOLCHAIN|HEADERS|_CC_FLAGS/);
  assert.ok(internal.includes('BR2_TOOLCHAIN_BUILDROOT_MUSL=y'));
});

facts.run();

const dropped = suite('droppedLines');

dropped('finds what Kconfig did not take, with what came of it', () => {
  const config = 'BR2_A=y\n# BR2_B is not set\nBR2_C="x"\n';
  assert.equal(droppedLines(['BR2_A=y', '# BR2_B is not set', 'BR2_C="x"'], config), []);
  const [b, c, unknown, ...rest] = droppedLines(['BR2_B=y', 'BR2_C="y"', 'BR2_UNKNOWN=y'], config);
  assert.is(b, "BR2_B=y came out as '# BR2_B is not set'");
  assert.is(c, `BR2_C="y" came out as 'BR2_C="x"'`);
  assert.match(unknown ?? '', /BR2_UNKNOWN=y came out as 'nothing/);
  assert.equal(rest, []);
});

dropped('is content when what shall be off cannot be seen at all', () => {
  assert.equal(droppedLines(['# BR2_GONE is not set'], 'BR2_A=y\n'), []);
  assert.is(droppedLines(['# BR2_A is not set'], 'BR2_A=y\n').length, 1);
});

dropped.run();

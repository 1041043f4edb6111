// SPDX-License-Identifier: MIT
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listBoards, loadBoard } from '../../../../src/image/board.ts';
import { externalTree } from '../../../../src/image/engine/buildroot/engine.ts';
import { variableOf } from '../../../../src/image/engine/buildroot/overrides.ts';
import { readFragments } from '../../../../src/image/kernel/fragments.ts';

const read = (path: string) => readFile(join(externalTree, path), 'utf8');
const packages = await readdir(join(externalTree, 'package'));
const external = suite('BR2_EXTERNAL tree');

external('is called PLAIT and offers each of its packages', async () => {
  assert.match(await read('external.desc'), /^name: PLAIT$/m);
  const menu = await read('Config.in');
  for (const name of packages) {
    assert.match(menu, `source "$BR2_EXTERNAL_PLAIT_PATH/package/${name}/Config.in"`);
    assert.match(await read(`package/${name}/Config.in`), `config BR2_PACKAGE_${variableOf(name)}\n`);
    assert.match(await read(`package/${name}/${name}.mk`), /_LICENSE_FILES = \S/);
  }
});

external('takes sources and licence texts of the repository that are there', async () => {
  for (const name of packages)
    for (const [, path] of (await read(`package/${name}/${name}.mk`)).matchAll(
      /\$\(BR2_EXTERNAL_PLAIT_PATH\)\/([^ )\n]+)/g,
    ))
      await access(join(externalTree, path ?? ''));
});

external('turns on for the modules nothing that the kernels of the boards have not', async () => {
  const fixups = [...(await read('package/plait-kmod/plait-kmod.mk')).matchAll(/ENABLE_OPT,(CONFIG_\w+)\)/g)];
  assert.ok(fixups.length > 0);
  for (const name of await listBoards()) {
    const wishes = await readFragments((await loadBoard(name)).kernel.fragments);
    for (const [, symbol] of fixups)
      assert.is(wishes.find((wish) => wish.symbol === symbol)?.value, 'y', `${name}: ${symbol}`);
  }
});

external.run();

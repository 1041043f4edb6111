// SPDX-License-Identifier: MIT
import { access, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseFragment } from '../../../src/image/kernel/fragments.ts';
import { quickjs } from '../../../src/image/packages/quickjs.ts';
import type { Recipe } from '../../../src/image/packages/recipe.ts';
import { imageRecipes } from '../../../src/image/packages/recipes.ts';
import { inRange } from '../../../src/image/sources/version.ts';

const folder = fileURLToPath(new URL('../../../src/image/packages/', import.meta.url));
const all = closure([...imageRecipes, quickjs]);

const recipes = suite('recipes');

recipes('are each in the file of their name, with the files that they read', async () => {
  for (const recipe of all) {
    for (const file of [`${recipe.name}.ts`, ...(recipe.files ?? [])]) await access(join(folder, file));
  }
});

recipes('are all used', async () => {
  const others = ['recipe.ts', 'recipes.ts'];
  const found = (await readdir(folder)).filter((name) => name.endsWith('.ts') && !others.includes(name));
  assert.equal(found.sort(), all.map((recipe) => `${recipe.name}.ts`).sort());
});

recipes('have a version range that can be read and that refuses version 0', () => {
  for (const { name, source } of all) assert.not(inRange('0', source.range ?? ''), name);
});

recipes('have SPDX licence expressions of known licences, and licence texts', () => {
  const require = createRequire(import.meta.url);
  const library = dirname(require.resolve('@cyclonedx/cyclonedx-library/package.json'));
  const schema = require(join(library, 'res/schema/spdx.SNAPSHOT.schema.json')) as { enum: string[] };
  for (const { name, license } of all) {
    for (const id of license.spdx.split(/ AND | OR | WITH /))
      assert.ok(schema.enum.includes(id), `${name}: ${id}`);
    assert.ok(license.files.length > 0, name);
  }
});

recipes('link only libraries into others', () => {
  for (const { name, needs } of all)
    for (const need of needs ?? []) assert.ok(need.library, `${name}: ${need.name}`);
  for (const { name, library } of imageRecipes) assert.not(library, name);
});

recipes('ask BusyBox and SWUpdate for each symbol once', async () => {
  for (const name of ['busybox.config', 'swupdate.config']) {
    const symbols = parseFragment(await readFile(join(folder, name), 'utf8'), name).map(
      ({ symbol }) => symbol,
    );
    assert.is(new Set(symbols).size, symbols.length, name);
  }
});

recipes.run();

function closure(list: readonly Recipe[]): Recipe[] {
  return [...new Set(list.flatMap((recipe) => [recipe, ...closure(recipe.needs ?? [])]))];
}

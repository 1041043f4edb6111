// SPDX-License-Identifier: MIT
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  checkBuiltConfig,
  isWritten,
  type PackageMake,
  writeKconfig,
} from '../../../../src/image/engine/buildroot/kconfig.ts';
import type { Wish } from '../../../../src/image/kernel/fragments.ts';
import { scratch } from '../../scratch.ts';

const wish = (symbol: string, value: string): Wish => ({ symbol, value, where: 'test:1' });

/** A source with three symbols and a makefile that does what Kconfig's would. */
function source() {
  const dir = scratch();
  const calls: string[] = [];
  const config = join(dir, '.config');
  const make: PackageMake = async ([target], extra) => {
    calls.push(String(target));
    if (target !== 'allnoconfig') return;
    const given = extra?.env?.KCONFIG_ALLCONFIG;
    const all = given === undefined ? '' : await readFile(given, 'utf8');
    await writeFile(config, `# CONFIG_A is not set\n# CONFIG_B is not set\n${all}`);
  };
  return { dir, file: join(scratch(), 'pkg.config'), config, calls, make };
}

const write = suite('writeKconfig');

write('makes a complete file out of allnoconfig and the wishes', async () => {
  const { dir, file, make } = source();
  const pkg = { name: 'busybox', wishes: [wish('CONFIG_A', 'y')], allconfig: false };
  await writeKconfig(pkg, { source: dir, file, make });
  assert.is(await readFile(file, 'utf8'), 'CONFIG_A=y\n# CONFIG_B is not set\n');
});

write('hands the wishes to an allnoconfig that can take them', async () => {
  const { dir, file, make, calls } = source();
  const pkg = { name: 'linux', wishes: [wish('CONFIG_C', 'm')], allconfig: true };
  await writeKconfig(pkg, { source: dir, file, make });
  assert.match(await readFile(file, 'utf8'), 'CONFIG_C=m\n');
  assert.equal(calls, ['allnoconfig']);
});

write('is current until the wishes change, whatever the source and its path', async () => {
  const { dir, file, make } = source();
  const pkg = { name: 'busybox', wishes: [wish('CONFIG_A', 'y')], allconfig: false };
  assert.not(await isWritten(pkg, file));
  await writeKconfig(pkg, { source: dir, file, make });
  assert.ok(await isWritten(pkg, file));
  assert.not(await isWritten({ ...pkg, wishes: [wish('CONFIG_B', 'y')] }, file));
  await rm(file);
  assert.not(await isWritten(pkg, file));
});

write('does not touch a file that stays the same, so that nothing is built again', async () => {
  const { dir, file, make } = source();
  const pkg = { name: 'busybox', wishes: [wish('CONFIG_A', 'y')], allconfig: false };
  await writeKconfig(pkg, { source: dir, file, make });
  await utimes(file, 1, 1);
  await writeKconfig(pkg, { source: dir, file, make });
  assert.is((await stat(file)).mtimeMs, 1000);
  await writeKconfig({ ...pkg, wishes: [wish('CONFIG_B', 'y')] }, { source: dir, file, make });
  assert.is.not((await stat(file)).mtimeMs, 1000);
});

write('leaves a configuration that a package was built with as it was', async () => {
  const { dir, file, make, config } = source();
  await writeFile(config, 'CONFIG_BUILT=y\n');
  await writeKconfig({ name: 'busybox', wishes: [], allconfig: false }, { source: dir, file, make });
  assert.is(await readFile(config, 'utf8'), 'CONFIG_BUILT=y\n');
});

write.run();

const check = suite('checkBuiltConfig');

check('refuses what was not built as wished', async () => {
  const config = join(scratch(), '.config');
  await writeFile(config, 'CONFIG_A=m\n');
  const error = await checkBuiltConfig(
    { name: 'linux', wishes: [wish('CONFIG_A', 'y')], allconfig: true },
    config,
  ).catch((failure: Error) => failure);
  assert.match(String(error), /linux is not configured as asked for:\n {2}test:1: CONFIG_A=y came out as m/);
});

check.run();

// SPDX-License-Identifier: MIT
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { linuxTarball } from '../../../../src/image/engine/buildroot/defconfig.ts';
import { Buildroot } from '../../../../src/image/engine/buildroot/make.ts';
import {
  configure,
  forgetChanged,
  forgetInstalled,
  localLines,
  placeLinux,
  pruneOutputs,
} from '../../../../src/image/engine/buildroot/output.ts';
import { scratch } from '../../scratch.ts';

async function file(path: string, text = ''): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
}

const there = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

const forget = suite('forgetInstalled');

forget('empties the target and has every package install into it again', async () => {
  const output = scratch();
  await file(join(output, 'target/usr/bin/of-a-package-that-is-gone'));
  for (const stamp of ['configured', 'built', 'staging_installed', 'target_installed', 'images_installed'])
    await file(join(output, 'build/busybox-1.37.0', `.stamp_${stamp}`));
  await forgetInstalled(output);
  assert.not(await there(join(output, 'target')));
  assert.equal((await readdir(join(output, 'build/busybox-1.37.0'))).sort(), [
    '.stamp_built',
    '.stamp_configured',
    '.stamp_staging_installed',
  ]);
});

forget('begins anew with what was interrupted before it was configured', async () => {
  const output = scratch();
  await file(join(output, 'build/m4-1/.stamp_extracted'));
  await file(join(output, 'build/linux-custom/.stamp_configured'));
  await file(join(output, 'build/buildroot-config/conf'));
  await forgetInstalled(output);
  assert.equal((await readdir(join(output, 'build'))).sort(), ['buildroot-config', 'linux-custom']);
});

forget('is content with an output directory that is empty', async () => {
  await forgetInstalled(scratch());
});

forget.run();

const changed = suite('forgetChanged');

changed('builds a package anew when it is made of something else, and only then', async () => {
  const output = scratch();
  await mkdir(join(output, 'plait'));
  const built = join(output, 'build/plait-kmod/.stamp_built');
  for (const [made, kept] of [
    ['one', false],
    ['one', true],
    ['two', false],
    ['one', false],
  ] as const) {
    await file(built);
    await forgetChanged(output, 'plait-kmod', made);
    assert.is(await there(built), kept, made);
  }
});

changed.run();

const options = suite('localLines');
const plain = { downloads: '/dl', mirror: undefined, offline: false, overrides: undefined, jobs: 2 };

options('name a mirror as the only site', () => {
  assert.equal(localLines({ ...plain, mirror: '/m', overrides: '/local.mk' }), [
    'BR2_DL_DIR="/dl"',
    'BR2_PRIMARY_SITE="file:///m"',
    'BR2_PRIMARY_SITE_ONLY=y',
    'BR2_PACKAGE_OVERRIDE_FILE="/local.mk"',
    'BR2_JLEVEL=2',
  ]);
});

options('leave no site in the network when offline', () => {
  assert.ok(localLines({ ...plain, offline: true }).includes('BR2_PRIMARY_SITE_ONLY=y'));
  assert.not(localLines(plain).includes('BR2_PRIMARY_SITE_ONLY=y'));
});

options.run();

const config = suite('configure');

config('refuses an output directory in which Kconfig dropped a line', async () => {
  const output = scratch();
  const buildroot = new Buildroot({ tree: '/t', external: '/e', output }, async () => {
    await writeFile(join(output, '.config'), 'BR2_A=y\n# BR2_B is not set\n');
    return '';
  });
  await configure(buildroot, ['BR2_A=y'], []);
  const error = await configure(buildroot, ['BR2_A=y'], ['BR2_B=y']).catch((failure: Error) => failure);
  assert.match(String(error), /not configured as asked for:\n {2}BR2_B=y came out as/);
});

config.run();

const linux = suite('placeLinux');

linux('gives Buildroot the tarball with its hash', async () => {
  const root = scratch();
  const [output, downloads] = [join(root, 'o'), join(root, 'dl')];
  const tarball = join(root, 'linux.tar.xz');
  await writeFile(tarball, 'abc');
  await placeLinux(output, downloads, tarball, 'internal');
  const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  for (const name of ['linux', 'linux-headers'])
    assert.match(
      await readFile(join(output, 'plait/patches', name, `${name}.hash`), 'utf8'),
      `\nsha256  ${sha256}  ${linuxTarball}\n`,
    );
  assert.is(await readFile(join(downloads, 'linux', linuxTarball), 'utf8'), 'abc');
});

linux.run();

const prune = suite('pruneOutputs');

prune('keeps the output directory in use and the one before it, and those of other boards', async () => {
  const home = scratch();
  for (const [name, time] of [
    ['alix-current', 1],
    ['alix-old', 2],
    ['alix-before', 3],
    ['apu-oldest', 0],
  ] as const) {
    await mkdir(join(home, name));
    await utimes(join(home, name), time, time);
  }
  await pruneOutputs(home, 'alix', join(home, 'alix-current'));
  assert.equal((await readdir(home)).sort(), ['alix-before', 'alix-current', 'apu-oldest']);
});

prune.run();

// SPDX-License-Identifier: MIT
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { builtDir, ownersOf, packageSeconds } from '../../../../src/image/engine/buildroot/collect.ts';
import { scratch } from '../../scratch.ts';

const owners = suite('ownersOf');

owners('reads who installed a file, also one with a comma in its name', () => {
  const found = ownersOf('busybox,./bin/sh\niproute2,./usr/share/a,b\n');
  assert.equal(
    [...found],
    [
      ['bin/sh', 'busybox'],
      ['usr/share/a,b', 'iproute2'],
    ],
  );
});

owners.run();

const seconds = suite('packageSeconds');

seconds("sums a package's steps, each as it last ran", () => {
  const log = [
    '100.5:start:configure           : busybox',
    '101.0:end  :configure           : busybox',
    '101.0:start:build               : busybox',
    '150.0:end  :build               : busybox',
    '200.0:start:build               : busybox',
    '210.25:end  :build               : busybox',
    '210.5:start:build               : linux',
  ].join('\n');
  assert.equal(packageSeconds(log), { busybox: 10.75 });
});

seconds.run();

const dir = suite('builtDir');

dir('finds a package by its name and not by one that begins alike', async () => {
  const output = scratch();
  for (const name of ['linux-custom', 'linux-headers-6.12', 'busybox-1.37.0'])
    await mkdir(join(output, 'build', name), { recursive: true });
  assert.is(await builtDir(output, 'linux'), join(output, 'build/linux-custom'));
  assert.is(await builtDir(output, 'busybox'), join(output, 'build/busybox-1.37.0'));
});

dir('refuses to choose between the versions of two builds', async () => {
  const output = scratch();
  for (const name of ['busybox-1.36', 'busybox-1.37'])
    await mkdir(join(output, 'build', name), { recursive: true });
  const error = await builtDir(output, 'busybox').catch((failure: Error) => failure);
  assert.match(String(error), /holds 2 directories of the package busybox; must be one/);
});

dir.run();

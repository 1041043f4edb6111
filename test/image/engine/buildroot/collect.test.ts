// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  builtDir,
  idleLibraries,
  ownersOf,
  packageSeconds,
} from '../../../../src/image/engine/buildroot/collect.ts';
import { needs } from '../../needs.ts';
import { scratch } from '../../scratch.ts';

await needs('binutils');

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

const idle = suite('idleLibraries');

/** Links an empty shared library below `root` with others there, as a program for 32 or 64 bits. */
function linkLibrary(root: string, path: string, needed: readonly string[] = [], bits = 32): void {
  const [file, empty] = [join(root, path), join(root, 'empty.o')];
  const machine = bits === 32 ? 'elf_i386' : 'elf_x86_64';
  execFileSync('as', [`--${bits}`, '-o', empty, '/dev/null']);
  const others = needed.map((one) => join(root, one));
  execFileSync('ld', ['-m', machine, '-shared', '-soname', basename(path), '-o', file, empty, ...others]);
}

idle('are what no other file is linked with, under all of their names', async () => {
  const root = scratch();
  await mkdir(join(root, 'lib'));
  await mkdir(join(root, 'bin'));
  linkLibrary(root, 'lib/libgcc_s.so.1');
  linkLibrary(root, 'lib/libatomic.so.1');
  await symlink('libatomic.so.1', join(root, 'lib/libatomic.so'));
  linkLibrary(root, 'bin/program', ['lib/libatomic.so.1']);
  await writeFile(join(root, 'bin/script'), '#!/bin/sh\n# libgcc_s.so.1\n');
  await symlink('/nowhere', join(root, 'bin/link'));
  await writeFile(join(root, 'lib/libgcc_s.so'), 'GROUP ( libgcc_s.so.1 -lgcc )\n');
  const gcc = ['lib/libatomic.so', 'lib/libatomic.so.1', 'lib/libgcc_s.so', 'lib/libgcc_s.so.1'];
  const found = await idleLibraries(root, gcc, [...gcc, 'bin/link', 'bin/program', 'bin/script']);
  assert.equal([...found], ['lib/libgcc_s.so', 'lib/libgcc_s.so.1']);
});

idle('are found out in 64 bits too', async () => {
  const root = scratch();
  await mkdir(join(root, 'lib'));
  linkLibrary(root, 'lib/libgcc_s.so.1', [], 64);
  linkLibrary(root, 'lib/libatomic.so.1', [], 64);
  linkLibrary(root, 'program', ['lib/libatomic.so.1'], 64);
  const gcc = ['lib/libatomic.so.1', 'lib/libgcc_s.so.1'];
  assert.equal([...(await idleLibraries(root, gcc, [...gcc, 'program']))], ['lib/libgcc_s.so.1']);
});

idle('are not needed by themselves, but by one another', async () => {
  const root = scratch();
  await mkdir(join(root, 'lib'));
  linkLibrary(root, 'lib/libgcc_s.so.1');
  linkLibrary(root, 'lib/libgcc_s.so.2', ['lib/libgcc_s.so.1']);
  linkLibrary(root, 'lib/libatomic.so.1', ['lib/libgcc_s.so.1']);
  const gcc = ['lib/libgcc_s.so.1', 'lib/libgcc_s.so.2'];
  assert.equal([...(await idleLibraries(root, gcc, gcc))], gcc);
  assert.equal([...(await idleLibraries(root, gcc, [...gcc, 'lib/libatomic.so.1']))], []);
});

idle.run();

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

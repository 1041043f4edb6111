// SPDX-License-Identifier: MIT
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { announcedSteps, Buildroot, explainFailure } from '../../../../src/image/engine/buildroot/make.ts';
import { BuildError } from '../../../../src/image/errors.ts';
import { flatten } from '../../../../src/image/exec.ts';
import { scratch } from '../../scratch.ts';

const log = [
  '\u001b[7m>>> host-m4 1.4.21 Extracting\u001b[27m',
  'm4-1.4.21/',
  '>>> busybox 1.37.0 Building',
  'ash.c:1: error: no',
  '>>>   Finalizing target directory',
].join('\n');

const steps = suite('announcedSteps');

steps('reads package and step, in a terminal’s bold or plain', () => {
  assert.equal(announcedSteps(log).slice(0, 2), [
    { name: 'host-m4 1.4.21', step: 'extracting' },
    { name: 'busybox 1.37.0', step: 'building' },
  ]);
});

steps.run();

const explain = suite('explainFailure');

explain('names the package that failed and what it was doing', async () => {
  const path = join(scratch(), 'log');
  await writeFile(path, log.split('\n').slice(0, 4).join('\n'));
  const error = await explainFailure(new BuildError('make ended with status 2'), path);
  assert.is(
    (error as Error).message,
    "Buildroot's package busybox 1.37.0, building: make ended with status 2",
  );
});

explain('leaves an error alone that came before anything was built', async () => {
  const path = join(scratch(), 'log');
  await writeFile(path, 'configuring\n');
  const error = new BuildError('dropped');
  assert.is(await explainFailure(error, path), error);
});

explain.run();

const make = suite('Buildroot.make');

make('always names tree, output and external tree', async () => {
  const called: string[][] = [];
  const buildroot = new Buildroot({ tree: '/t', external: '/e', output: '/o' }, async (argv) => {
    called.push(flatten(argv));
    return '';
  });
  await buildroot.make(['a', ['b']]);
  assert.equal(called, [['make', '--no-print-directory', '-C', '/t', 'O=/o', 'BR2_EXTERNAL=/e', 'a', 'b']]);
});

make.run();

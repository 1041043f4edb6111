// SPDX-License-Identifier: MIT
import { Command } from 'commander';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type BuildrootChoice,
  chosenBuildroot,
  withBuildrootOptions,
} from '../../src/cli/buildroot-options.ts';
import { command as image } from '../../src/cli/verbs/image.ts';
import { command as mirror } from '../../src/cli/verbs/mirror.ts';

const names = ['BUILDROOT_DIR', 'BUILDROOT_OVERRIDES'];

const options = suite('options of engine buildroot');

options.before.each((context) => {
  context.environment = { ...process.env };
  for (const name of names) delete process.env[name];
});
options.after.each((context) => {
  process.env = context.environment;
});

function chosen(...argv: string[]) {
  const command = withBuildrootOptions(new Command()).parse(argv, { from: 'user' });
  return chosenBuildroot(command.opts<BuildrootChoice>());
}

options('are the pinned release and the external toolchain unless told otherwise', () => {
  assert.equal(chosen(), { dir: undefined, toolchain: 'external', overrides: undefined });
});

options('come from the command line before the environment', () => {
  process.env.BUILDROOT_DIR = '/env';
  process.env.BUILDROOT_OVERRIDES = '/env.mk';
  assert.equal(chosen('--toolchain', 'internal'), {
    dir: '/env',
    toolchain: 'internal',
    overrides: '/env.mk',
  });
  const { dir, overrides } = chosen('--buildroot', '/given', '--overrides', '/given.mk');
  assert.equal({ dir, overrides }, { dir: '/given', overrides: '/given.mk' });
});

options('take an empty environment variable for none', () => {
  for (const name of names) process.env[name] = '';
  assert.equal(chosen(), { dir: undefined, toolchain: 'external', overrides: undefined });
});

options('are those of image and mirror alike', () => {
  const offered = (verb: Command) => verb.options.map(({ long }) => long);
  for (const long of offered(withBuildrootOptions(new Command())))
    for (const verb of [image(), mirror()]) assert.ok(offered(verb).includes(long), `${verb.name()} ${long}`);
});

options.run();

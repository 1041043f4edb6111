// SPDX-License-Identifier: MIT
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { crossPrefix } from '../../../../src/image/engine/buildroot/toolchain.ts';
import { scratch } from '../../scratch.ts';

async function outputWith(...programs: string[]): Promise<string> {
  const output = scratch();
  await mkdir(join(output, 'host/bin'), { recursive: true });
  for (const name of programs) await writeFile(join(output, 'host/bin', name), '');
  return output;
}

const prefix = suite('crossPrefix');

prefix('finds the toolchain from outside, and the one that Buildroot built', async () => {
  const external = await outputWith(
    'gcc',
    'i586-linux-musl-ar',
    'i586-linux-musl-gcc',
    'i586-linux-musl-gcc-ar',
  );
  assert.is(await crossPrefix(external), join(external, 'host/bin/i586-linux-musl-'));
  const internal = await outputWith(
    'i586-buildroot-linux-musl-gcc',
    'i586-buildroot-linux-musl-gcc.br_real',
    'i586-linux-gcc',
  );
  assert.is(await crossPrefix(internal), join(internal, 'host/bin/i586-buildroot-linux-musl-'));
});

prefix('says where there is no compiler', async () => {
  const output = await outputWith('gcc', 'i586-linux-musl-ar');
  const error = await crossPrefix(output).catch((error: Error) => error);
  assert.is((error as Error).message, `${output}/host/bin holds no compiler of the form *-musl-gcc`);
});

prefix.run();

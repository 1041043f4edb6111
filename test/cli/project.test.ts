// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { minVersion, plaitVersion } from '../../src/cli/project.ts';
import { BuildError } from '../../src/image/errors.ts';

const project = (version: string, oldest: unknown) =>
  minVersion({ version, minVersion: oldest as string, engines: { node: '>=20' } });

const floor = suite('minVersion');

floor('is a version that what is built can go back to', () => {
  assert.is(project('0.3.1', '0.2.0'), '0.2.0');
  assert.is(project('0.3.1', '0.3.1'), '0.3.1');
  assert.ok(minVersion() <= plaitVersion());
});

floor('is never newer than what is built, and always a version', () => {
  for (const [oldest, message] of [
    ['0.3.2', /minVersion 0\.3\.2 is newer than version 0\.3\.1/],
    ['latest', /minVersion is "latest"; it must be a version/],
    [undefined, /minVersion is "undefined"; it must be a version/],
  ] as const)
    assert.throws(
      () => project('0.3.1', oldest),
      (error: Error) => error instanceof BuildError && message.test(error.message),
    );
});

floor.run();

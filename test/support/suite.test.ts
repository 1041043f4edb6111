// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { uvuCounts } from './check.ts';

const hooks = suite('before() of test/support/suite.ts');
const root = fileURLToPath(new URL('../..', import.meta.url));

const SAMPLE = `import { suite } from '${join(root, 'test/support/suite.ts')}';
const sample = suite('sample');
sample.before(async () => { throw new Error('the board never started'); });
sample('one', () => {});
sample('two', () => {});
sample.run();
`;

hooks('prints why it failed, and every test of the suite counts as failed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plait-suite-'));
  try {
    const file = join(folder, 'sample.ts');
    await writeFile(file, SAMPLE);
    const argv = ['--import', 'tsx', file];
    const { stdout, stderr } = await promisify(execFile)('node', argv, { cwd: root, timeout: 60_000 });
    assert.equal(uvuCounts(stdout, 0), { passed: 0, failed: 2 });
    assert.match(stderr, /^before\(\) of "sample" failed.*the board never started/m);
  } finally {
    await rm(folder, { recursive: true });
  }
});

hooks.run();

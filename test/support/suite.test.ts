// SPDX-License-Identifier: MIT
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runCheck } from './check.ts';

const hooks = suite('before() of test/support/suite.ts');
const root = fileURLToPath(new URL('../..', import.meta.url));

hooks('prints why it failed, and every test of the suite counts as failed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plait-suite-'));
  const file = join(folder, 'sample.ts');
  await writeFile(
    file,
    `import { suite } from '${join(root, 'test/support/suite.ts')}';
const sample = suite('sample');
sample.before(async () => { throw new Error('the board never started'); });
sample('one', () => {});
sample('two', () => {});
sample.run();
`,
  );
  const shown: string[] = [];
  const { write } = process.stdout;
  process.stdout.write = ((text: string) => shown.push(text) > 0) as typeof write;
  try {
    const result = await runCheck('sample', ['node', '--import', 'tsx', file], root, 60_000, 'uvu');
    assert.equal(result, { name: 'sample', passed: 0, failed: 2 });
  } finally {
    process.stdout.write = write;
    await rm(folder, { recursive: true });
  }
  assert.match(shown.join(''), 'before() of "sample" failed');
  assert.match(shown.join(''), 'the board never started');
});

hooks.run();

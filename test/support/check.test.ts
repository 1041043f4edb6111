// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runCheck, uvuCounts } from './check.ts';

const counts = suite('uvuCounts');

counts('adds up the suites of a file', () => {
  const output = '  Total:     3\n  Passed:    3\n  Skipped:   0\n  Total:     2\n  Passed:    2\n';
  assert.equal(uvuCounts(output, 0), { passed: 5, failed: 0 });
});

counts('takes a skipped test for a failure', () => {
  assert.equal(uvuCounts('  Total:     3\n  Passed:    2\n  Skipped:   1\n', 0), { passed: 2, failed: 1 });
});

counts('takes a file without a test for a failure', () => {
  assert.equal(uvuCounts('', 0), { passed: 0, failed: 1 });
});

counts('takes a crash after the tests for a failure', () => {
  assert.equal(uvuCounts('  Total:     3\n  Passed:    3\n', 134), { passed: 3, failed: 1 });
});

counts.run();

const deadline = suite('runCheck');

deadline('ends a command that hangs and counts it as failed', async () => {
  const result = await runCheck('hangs', ['sleep', '600'], '.', 50);
  assert.equal(result, { name: 'hangs', passed: 0, failed: 1, output: '' });
});

deadline('what is shown at the end only is kept all the same', async () => {
  const result = await runCheck(
    'says why',
    ['sh', '-c', 'echo why; exit 1'],
    '.',
    5_000,
    'exit code',
    'at the end',
  );
  assert.equal(result, { name: 'says why', passed: 0, failed: 1, output: 'why' });
});

deadline.run();

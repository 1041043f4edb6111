// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lockCache } from '../../src/image/lock.ts';
import { scratch } from './scratch.ts';

const never = () => assert.unreachable('the lock is lost');

const locking = suite('lockCache');

locking('leaves nothing in the cache once it is let go', async () => {
  const cache = scratch();
  const release = await lockCache(cache, 'a build', never);
  await release();
  assert.equal(readdirSync(cache), []);
});

locking('takes over from a holder that died', async () => {
  const cache = scratch();
  const lock = new URL('../../src/image/lock.ts', import.meta.url).href;
  const script = `import { lockCache } from '${lock}'; await lockCache('${cache}', 'doomed', () => {}); process.kill(process.pid, 'SIGKILL')`;
  const child = spawn('node', ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: 'inherit' });
  await new Promise((resolve) => child.on('close', resolve));
  assert.ok(existsSync(join(cache, 'lock')), 'the child must have held the lock');
  const release = await lockCache(cache, 'the next', never);
  await release();
});

locking.run();

// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Interrupted } from '../../src/image/errors.ts';
import { exclusively, lockCache, lockCacheInTurn } from '../../src/image/lock.ts';
import { scratch } from './scratch.ts';

const never = () => assert.unreachable('the lock is lost');

/** A process that takes the lock and then waits; resolves when it has it, or when it ended without. */
async function holder(cache: string): Promise<{ child: ChildProcess; said: string }> {
  const lock = new URL('../../src/image/lock.ts', import.meta.url).href;
  const script = `
    import { lockCache } from '${lock}';
    await lockCache(${JSON.stringify(cache)}, 'doomed', () => {}).then(
      () => console.log('has it'),
      (error) => { console.log(error.message); process.exit(1); },
    );
    setInterval(() => {}, 1000);`;
  const argv = ['--import', 'tsx', '--input-type=module', '-e', script];
  const child = spawn('node', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = await once(child.stdout, 'data');
  return { child, said: String(said) };
}

/** Waits its turn; `asked` resolves with what it says when it has to. */
function inTurn(cache: string, signal = new AbortController().signal) {
  let onWait: (sentence: string) => void = () => {};
  const asked = new Promise<string>((resolve) => {
    onWait = resolve;
  });
  return { asked, locked: lockCacheInTurn(cache, 'in turn', never, { signal, onWait }) };
}

async function lockWithin(cache: string, milliseconds: number): Promise<() => Promise<void>> {
  const end = Date.now() + milliseconds;
  for (;;) {
    try {
      return await lockCache(cache, 'the next', never);
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(50);
    }
  }
}

const locking = suite('lockCache');

locking('tells nothing of a holder once it is released', async () => {
  const cache = scratch();
  const release = await lockCache(cache, 'a build', never);
  assert.ok(readdirSync(cache).includes('building'));
  await release();
  assert.equal(readdirSync(cache), ['builder.lock']);
});

locking('names who holds it', async () => {
  const cache = scratch();
  const release = await lockCache(cache, 'plait image --board alix', never);
  const second = await lockCache(cache, 'another', never).then(
    () => 'had it, too',
    (error: Error) => error.message,
  );
  await release();
  assert.match(
    second,
    `another build uses the cache ${cache}: plait image --board alix, process ${process.pid}`,
  );
});

locking('goes with a holder that is killed, and one of all that wait gets it', async () => {
  const cache = scratch();
  const { child, said } = await holder(cache);
  assert.match(said, 'has it');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockWithin(cache, 2000)));
  const got = tries.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  assert.is(got.length, 1);
  await got[0]?.();
});

locking('waits its turn, says for whom, and holds it then alone', async () => {
  const cache = scratch();
  const release = await lockCache(cache, 'plait image --board alix', never);
  const { asked, locked } = inTurn(cache);
  assert.match(await asked, `plait image --board alix, process ${process.pid}`);
  await release();
  const releaseNext = await locked;
  const third = await lockCache(cache, 'third', never).then(() => 'had it, too', String);
  assert.match(third, 'in turn');
  await releaseNext();
});

locking('stops waiting when it is told so, and is not in the way of the next', async () => {
  const cache = scratch();
  const release = await lockCache(cache, 'a build', never);
  const stop = new AbortController();
  const { asked, locked } = inTurn(cache, stop.signal);
  await asked;
  stop.abort();
  assert.instance(await locked.catch((error) => error), Interrupted);
  await release();
  await (await lockCache(cache, 'the next', never))();
});

locking('lets one process at a time do what all want to, and the next when one fails', async () => {
  const dir = scratch();
  const [file, count] = [join(dir, 'made', 'lock'), join(dir, 'count')];
  writeFileSync(count, '0');
  const add = async () => {
    const before = Number(readFileSync(count, 'utf8'));
    await sleep(20);
    writeFileSync(count, String(before + 1));
  };
  await Promise.all(Array.from({ length: 8 }, () => exclusively(file, add)));
  assert.is(readFileSync(count, 'utf8'), '8');
  const failing = exclusively(file, () => Promise.reject(new Error('no download')));
  assert.is(await failing.catch((error: Error) => error.message), 'no download');
  assert.is(await exclusively(file, async () => 'done'), 'done');
});

locking.run();

// SPDX-License-Identifier: MIT
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { StageCache } from '../../src/image/cache.ts';
import { Interrupted, StageError } from '../../src/image/errors.ts';
import { type RunEvent, type RunnerOptions, runStages } from '../../src/image/runner.ts';
import type { Stage, StageContext } from '../../src/image/stage.ts';
import { scratch } from './scratch.ts';

/** A runner with a cache of its own that remembers what happened. */
function bench(more: Partial<RunnerOptions> = {}) {
  const root = scratch();
  const cache = new StageCache(join(root, 'cache'));
  const events: RunEvent[] = [];
  const run = (...targets: Stage[]) => {
    events.length = 0;
    const onEvent = (event: RunEvent) => events.push(event);
    return runStages(targets, { cache, logs: join(root, 'logs'), epoch: 1, onEvent, ...more });
  };
  const names = (event: RunEvent['event']) => events.filter((e) => e.event === event).map((e) => e.stage);
  return { root, cache, run, names, events };
}

/** A stage that writes its id and its dependencies' text into `out/text`. */
function echo(id: string, deps: Stage[] = [], more: Partial<Stage> = {}): Stage {
  const run = async (ctx: StageContext) => {
    const parts = await Promise.all(deps.map((dep) => readFile(join(ctx.output(dep), 'text'), 'utf8')));
    await writeFile(join(ctx.out, 'text'), [id, ...parts].join(' '));
  };
  return { id, inputs: null, deps, run, ...more };
}

function failing(id: string, deps: Stage[] = [], message = 'broken on purpose'): Stage {
  const run = async () => {
    throw new Error(message);
  };
  return { id, inputs: null, deps, run };
}

/** Whether a process still runs; one that nobody has waited for yet does not. */
function isAlive(pid: string): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** The error a promise ends with; fails when it ends well. */
async function errorOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => assert.unreachable('must have failed') as never,
    (error: Error) => error,
  );
}

const running = suite('runStages');

running('builds dependencies first and hands their outputs on', async () => {
  const { run, names } = bench();
  const a = echo('a');
  const b = echo('b', [a]);
  const results = await run(echo('c', [a, b]));
  assert.equal(names('stage-built'), ['a', 'b', 'c']);
  assert.is(readFileSync(join(results.get('c')?.out ?? '', 'text'), 'utf8'), 'c a b a');
});

running('builds nothing the second time, and looks only at the targets', async () => {
  const { run, names } = bench();
  const target = echo('b', [echo('a')]);
  await run(target);
  await run(target);
  assert.equal(names('stage-built'), []);
  assert.equal(names('stage-cached'), ['b']);
});

running('builds a stage and what hangs on it anew when an input changes', async () => {
  const { run, names } = bench();
  const other = echo('other');
  await run(echo('b', [echo('a', [], { inputs: 1 }), other]));
  await run(echo('b', [echo('a', [], { inputs: 2 }), other]));
  assert.equal(names('stage-built'), ['a', 'b']);
});

running('lets only dated stages depend on the epoch', async () => {
  const { root, run, names, cache } = bench();
  const target = echo('image', [echo('package')], { dated: true });
  await run(target);
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent) => events.push(event);
  await runStages([target], { cache, logs: join(root, 'logs'), epoch: 2, onEvent });
  assert.equal(names('stage-built'), ['package', 'image']);
  assert.equal(
    events.filter((e) => e.event === 'stage-built').map((e) => e.stage),
    ['image'],
  );
});

running('never has more stages at work than allowed, and uses what is allowed', async () => {
  const { run } = bench({ parallel: 2 });
  let [now, most] = [0, 0];
  const work = async (ctx: StageContext) => {
    most = Math.max(most, ++now);
    await ctx.exec(['sleep', '0.05']);
    now--;
  };
  await run(...['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, inputs: null, deps: [], run: work })));
  assert.is(most, 2);
});

running('starts the stage of highest priority first when several wait', async () => {
  const { run, names } = bench({ parallel: 1, priority: (stage) => (stage.id === 'long' ? 9 : 1) });
  await run(echo('first'), echo('short'), echo('long'));
  // Any may be the first that is looked up in the cache, and then nothing else waits yet.
  const begun = names('stage-start');
  assert.ok(begun.indexOf('long') <= 1, begun.join(' '));
});

running(
  'names stage, cause, log file and its last lines when a stage fails, and keeps its scratch',
  async () => {
    const { root, run } = bench();
    const work = async (ctx: StageContext) => {
      await writeFile(join(ctx.work, 'half'), '');
      await ctx.exec(['sh', '-c', 'echo one; echo two >&2; exit 3']);
    };
    const error = await errorOf(run({ id: 'package:x', inputs: null, deps: [], run: work }));
    assert.instance(error, StageError);
    assert.match(error.message, 'stage package:x failed: sh ended with status 3');
    assert.equal([...(error as StageError).tail].sort().slice(-2), ['one', 'two']);
    assert.match(readFileSync((error as StageError).log, 'utf8'), '$ sh -c');
    assert.ok(existsSync(join(root, 'cache/work/package-x/work/half')));
  },
);

running('goes on after a failure with what was finished', async () => {
  const { run, names } = bench();
  const a = echo('a');
  await errorOf(run(failing('b', [a])));
  await run(echo('b', [a]));
  assert.equal(names('stage-built'), ['b']);
  assert.equal(names('stage-cached'), ['a']);
});

running('finishes the stages at work when one fails, and begins no others', async () => {
  const { run, names } = bench();
  let failed = () => {};
  const failure = new Promise<void>((resolve) => {
    failed = resolve;
  });
  const slow = echo('slow', [], { run: () => failure });
  const bad = failing('bad');
  const error = await errorOf(
    run(
      slow,
      { ...bad, run: (ctx) => bad.run(ctx).finally(() => setTimeout(failed, 20)) },
      echo('later', [slow]),
    ),
  );
  assert.match(error.message, 'stage bad failed');
  assert.equal(names('stage-built'), ['slow']);
  assert.equal(names('stage-start').sort(), ['bad', 'slow']);
});

running('kills what a stage has started when the build is interrupted', async () => {
  const stop = new AbortController();
  const { root, run, names } = bench({ signal: stop.signal });
  const pidFile = join(root, 'pid');
  const work = async (ctx: StageContext) => {
    // The grandchild would outlive a kill that reaches only the shell.
    const script = `sleep 60 & echo $! > '${pidFile}'; wait`;
    const ended = ctx.exec(['sh', '-c', script]);
    while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8') === '') {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    stop.abort();
    await ended;
  };
  const finished = echo('finished');
  const error = await errorOf(run({ id: 'slow', inputs: null, deps: [finished], run: work }));
  assert.instance(error, Interrupted);
  assert.not.ok(isAlive(readFileSync(pidFile, 'utf8').trim()));
  assert.equal(names('stage-built'), ['finished']);
});

running('says that the disk is full when a program met a full disk', async () => {
  const { run } = bench();
  const script = "echo 'tar: x: Cannot write: No space left on device' >&2; exit 2";
  const work = (ctx: StageContext) => ctx.exec(['sh', '-c', script]);
  const error = await errorOf(run({ id: 'a', inputs: null, deps: [], run: work }));
  assert.is(error.message, 'stage a failed: the disk is full');
});

running('refuses to hand out the output of a stage that is not a dependency', async () => {
  const { run } = bench();
  const a = echo('a');
  const sneaky: Stage = { ...echo('b'), run: async (ctx) => void ctx.output(a) };
  const error = await errorOf(run(a, sneaky));
  assert.match(error.message, 'stage b reads a but does not depend on it');
});

running('gives programs a clean environment', async () => {
  process.env.CFLAGS = '-O9';
  const { run } = bench();
  const seen: string[] = [];
  const work = async (ctx: StageContext) => {
    seen.push(...(await ctx.read(['env'], { env: { MINE: '1' } })).split('\n'));
  };
  await run({ id: 'a', inputs: null, deps: [], dated: true, run: work });
  assert.ok(seen.includes('SOURCE_DATE_EPOCH=1'));
  assert.ok(seen.includes('TZ=UTC'));
  assert.ok(seen.includes('MINE=1'));
  assert.not.ok(seen.some((line) => line.startsWith('CFLAGS')));
});

running.run();

const damage = suite('a damaged entry of the cache');

/** Builds `b` from `a`, spoils the entry of `b`, and expects it to be built again. */
function rebuilds(what: string, spoil: (out: string) => void, file: string): void {
  damage(`is noticed and built again: ${what}`, async () => {
    const { run, names, events } = bench();
    const target = echo('b', [echo('a')]);
    const results = await run(target);
    const out = results.get('b')?.out ?? '';
    spoil(out);
    await run(target);
    assert.equal(
      events.find((e) => e.event === 'stage-damaged'),
      { event: 'stage-damaged', stage: 'b', file },
    );
    assert.equal(names('stage-built'), ['b']);
    assert.is(readFileSync(join(out, 'text'), 'utf8'), 'b a');
  });
}

rebuilds('a flipped byte', (out) => writeFileSync(join(out, 'text'), 'b A'), 'text');
rebuilds('a lost file', (out) => rmSync(join(out, 'text')), 'text');
rebuilds('a file too many', (out) => writeFileSync(join(out, 'more'), ''), 'more');
rebuilds('no output at all', (out) => rmSync(out, { recursive: true }), 'text');
rebuilds('no list of contents', (out) => rmSync(join(out, '../entry.json')), 'entry.json');
rebuilds('half a list', (out) => writeFileSync(join(out, '../entry.json'), '{"id":'), 'entry.json');
rebuilds(
  'a changed list',
  (out) => {
    const path = join(out, '../entry.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('file 644', 'file 755'));
  },
  'entry.json',
);

damage('that nothing needs is left alone until something does', async () => {
  const { run, names } = bench();
  const a = echo('a');
  const results = await run(echo('b', [a]));
  writeFileSync(join(results.get('a')?.out ?? '', 'text'), 'spoilt');
  await run(echo('b', [a]));
  assert.equal(names('stage-built'), []);
  await run(echo('c', [a]));
  assert.equal(names('stage-built'), ['a', 'c']);
});

damage.run();

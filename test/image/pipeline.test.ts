// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadBoard } from '../../src/image/board.ts';
import { signingKey } from '../../src/image/bundle/signing-key.ts';
import type { Engine, EngineParts } from '../../src/image/engine/engine.ts';
import { Interrupted, StageError, UsageError } from '../../src/image/errors.ts';
import type { HostSystem } from '../../src/image/host-packages.ts';
import { lockCache } from '../../src/image/lock.ts';
import { type BuildOptions, buildImage } from '../../src/image/pipeline.ts';
import type { BuildEvent } from '../../src/image/progress/events.ts';
import type { Stage, StageContext } from '../../src/image/stage.ts';
import { scratch } from './scratch.ts';

const stage = (id: string, deps: Stage[], run: (ctx: StageContext) => Promise<void>): Stage => ({
  id,
  inputs: null,
  deps,
  run,
});

const kernel = stage('kernel', [], (ctx) => writeFile(join(ctx.out, 'vmlinuz'), 'kernel'));
const disk = stage('disk', [kernel], (ctx) => writeFile(join(ctx.out, 'plait.img'), 'disk'));
const reports = stage('reports', [kernel], (ctx) =>
  writeFile(join(ctx.out, 'manifest.json'), '{"board":"alix"}'),
);

/** An engine that compiles nothing. */
const engine: Engine = {
  name: 'fake',
  hostPackages: ['gcc'],
  plan: async () => ({ kernel }) as unknown as EngineParts,
};

/** A machine that has every package. */
const host: HostSystem = {
  mayInstall: true,
  mayRun: async () => false,
  installed: async (names) => [...names],
  rootPrefix: async () => undefined,
  run: async () => {},
};

/** A build with fake stages in directories of its own. */
async function bench(more: Partial<BuildOptions> = {}) {
  const root = scratch();
  const events: BuildEvent[] = [];
  const options: BuildOptions = {
    board: await loadBoard('alix'),
    engine,
    image: async () => [disk, reports],
    keys: { key: await signingKey(join(root, 'keys')), trusted: [] },
    version: '1.2.3',
    minVersion: '1.0.0',
    summary: ({ board }) => [`for ${board}`],
    cache: join(root, 'cache'),
    out: join(root, 'out', 'alix'),
    epoch: 1,
    parallel: 2,
    jobs: 1,
    refresh: false,
    offline: false,
    signal: new AbortController().signal,
    onEvent: (event) => events.push(event),
    host,
    ...more,
  };
  const run = (again: Partial<BuildOptions> = {}) => buildImage({ ...options, ...again });
  return { root, events, run, out: options.out, cache: options.cache };
}

async function errorOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => assert.unreachable('must have failed') as never,
    (error: Error) => error,
  );
}

const building = suite('buildImage');

building('tells in the manifest what packages took within a stage of the engine', async () => {
  const big = stage('big', [], (ctx) => writeFile(join(ctx.out, 'seconds.json'), '{"busybox":12.5}'));
  const timed: Engine = { ...engine, plan: async () => ({ kernel, timed: big }) as unknown as EngineParts };
  const made = stage('disk', [kernel, big], (ctx) => writeFile(join(ctx.out, 'plait.img'), 'disk'));
  const { run, out } = await bench({ engine: timed, image: async () => [made, reports] });
  await run();
  const { build } = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
  assert.is(build.stages['big:busybox'], 12.5);
});

building('publishes what the last stages made, with times in the manifest', async () => {
  const { run, out, events } = await bench();
  const done = await run();
  assert.equal(readdirSync(out).sort(), ['manifest.json', 'plait.img']);
  const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
  assert.is(manifest.board, 'alix');
  assert.is(manifest.build.built, 3);
  assert.equal(Object.keys(manifest.build.stages), ['disk', 'kernel', 'reports']);
  assert.equal(
    done.files.find((file) => file.name === 'plait.img'),
    { name: 'plait.img', size: 4 },
  );
  assert.equal(done.summary, ['for alix']);
  assert.match(done.last[0] ?? '', /^NEW SIGNING KEY [0-9a-f]{64}$/);
  assert.equal([events[0]?.event, events.at(-1)?.event], ['build-start', 'build-done']);
});

building('says before it begins which stages it will build, in what order', async () => {
  const { run, events } = await bench();
  await run();
  const plan = events.find((e) => e.event === 'plan');
  assert.equal(
    plan?.stages.map(({ stage, after }) => [stage, after]),
    [
      ['kernel', []],
      ['disk', ['kernel']],
      ['reports', ['kernel']],
    ],
  );
  events.length = 0;
  await run();
  assert.equal(
    events.find((e) => e.event === 'plan'),
    { event: 'plan', stages: [] },
  );
});

building('replaces the published directory as a whole', async () => {
  const { run, out } = await bench();
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'of-an-older-build'), '');
  writeFileSync(join(out, 'manifest.json'), '{"board":"alix"}');
  await run();
  assert.equal(readdirSync(out).sort(), ['manifest.json', 'plait.img']);
  assert.equal(readdirSync(join(out, '..')), ['alix']);
});

building('leaves the published directory as it was when a stage fails', async () => {
  const { run, out } = await bench();
  await run();
  const bad = stage('disk', [], async () => {
    throw new Error('no');
  });
  assert.instance(await errorOf(run({ image: async () => [bad, reports] })), StageError);
  assert.is(readFileSync(join(out, 'plait.img'), 'utf8'), 'disk');
});

building('waits while another build uses the cache, and says for which', async () => {
  const { run, cache, out, events } = await bench();
  const release = await lockCache(cache, 'plait image --board apu', () => {});
  const done = run();
  const waits = `another build uses the cache ${cache}: plait image --board apu, process ${process.pid} on `;
  const said = () => events.some((e) => e.event === 'note' && e.text.startsWith(waits));
  for (const end = Date.now() + 10_000; !said() && Date.now() < end; ) await sleep(20);
  assert.ok(said());
  assert.not.ok(existsSync(out));
  await release();
  await done;
});

building('lets the cache go after a failure', async () => {
  const { run } = await bench();
  const image = async () => {
    throw new UsageError('no');
  };
  await errorOf(run({ image }));
  await run();
});

building('ends as interrupted, whatever the stopped code says, and goes on the next time', async () => {
  const stop = new AbortController();
  const { run, events, out } = await bench();
  const slow = stage('disk', [kernel], async (ctx) => {
    const ended = ctx.exec(['sleep', '60']);
    stop.abort();
    await ended.catch(() => {
      throw new Error('sleep did not end well');
    });
  });
  const error = await errorOf(run({ image: async () => [slow, reports], signal: stop.signal }));
  assert.instance(error, Interrupted);
  assert.not.ok(existsSync(out));
  events.length = 0;
  await run();
  assert.not.ok(events.some((e) => e.event === 'stage-built' && e.stage === 'kernel'));
});

building('names the missing Debian packages and builds nothing when it may not install them', async () => {
  const { run, events } = await bench({ host: { ...host, installed: async () => [] } });
  const error = await errorOf(run());
  assert.instance(error, UsageError);
  assert.match(error.message, /sudo apt-get install --yes --no-install-recommends .*\bgcc\b/);
  assert.not.ok(events.some((e) => e.event === 'stage-start'));
});

building.run();

// SPDX-License-Identifier: MIT
/** Objects are taken again only while compiler, flags, source and headers are the same; a damaged one is made anew. */
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { writeScript } from '../../src/image/archive-tools.ts';
import { StageCache } from '../../src/image/cache.ts';
import { cachedCompiler, compilerCachePackages } from '../../src/image/compiler-cache.ts';
import { runStages } from '../../src/image/runner.ts';
import type { Stage } from '../../src/image/stage.ts';
import { needs } from './needs.ts';
import { scratch } from './scratch.ts';

await needs('gcc', 'libc6-dev', ...compilerCachePackages);

interface Edit {
  readonly source?: string;
  readonly header?: string;
  readonly flags?: readonly string[];
}

/** A stage that compiles one file; the compiler writes down each of its runs. */
async function bench() {
  const root = scratch();
  const cache = new StageCache(join(root, 'cache'));
  const runs = join(root, 'runs');
  writeFileSync(runs, '');
  let builds = 0;
  const compile = async (name: string, { source, header, flags = [] }: Edit = {}) => {
    const compiler = join(root, name);
    await writeScript(compiler, ['#!/bin/sh', `echo run >> ${runs}`, 'exec gcc "$@"']);
    const stage: Stage = {
      id: 'object',
      inputs: { build: ++builds },
      deps: [],
      async run(ctx) {
        writeFileSync(join(ctx.work, 'one.h'), header ?? '#define ONE 1\n');
        writeFileSync(join(ctx.work, 'one.c'), source ?? '#include "one.h"\nint one(void) { return ONE; }\n');
        const { command, env } = cachedCompiler(ctx, compiler);
        const object = join(ctx.out, 'one.o');
        await ctx.exec([command.split(' '), flags, '-Wp,-MMD,one.d', '-c', 'one.c', '-o', object], { env });
      },
    };
    const before = readFileSync(runs, 'utf8').length;
    const built = await runStages([stage], { cache, logs: join(root, 'logs'), epoch: 1, onEvent() {} });
    return {
      compiled: readFileSync(runs, 'utf8').length > before,
      object: readFileSync(join(built.get('object')?.out ?? '', 'one.o')),
    };
  };
  return { compile, objects: join(cache.shared, 'objects') };
}

const objects = suite('cachedCompiler');

objects('takes the same object again, and makes another one for whatever shapes it', async () => {
  const { compile } = await bench();
  const first = await compile('gcc-a');
  assert.is(first.compiled, true);
  const again = await compile('gcc-a');
  assert.equal(again, { compiled: false, object: first.object });
  const others: [string, Edit][] = [
    ['gcc-b', {}],
    ['gcc-a', { header: '#define ONE 2\n' }],
    ['gcc-a', { source: '#include "one.h"\nint two(void) { return ONE; }\n' }],
    ['gcc-a', { flags: ['-DTWO', '-O2'] }],
  ];
  for (const [compiler, edit] of others) {
    const { compiled } = await compile(compiler, edit);
    assert.is(compiled, true, JSON.stringify([compiler, edit]));
  }
});

objects('makes a damaged object anew', async () => {
  const { compile, objects } = await bench();
  const { object } = await compile('gcc-a');
  const results = readdirSync(objects, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('R'),
  );
  assert.ok(results.length > 0, 'there is an object in the cache');
  for (const name of results) truncateSync(join(objects, name), 40);
  assert.equal(await compile('gcc-a'), { compiled: true, object });
});

objects.run();

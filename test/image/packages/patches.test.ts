// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadBoard } from '../../../src/image/board.ts';
import { StageCache } from '../../../src/image/cache.ts';
import { cacheDir } from '../../../src/image/cache-dir.ts';
import { RecipeStages } from '../../../src/image/engine/debian/package.ts';
import { archOf } from '../../../src/image/engine/toolchain/arch.ts';
import { muslRequest, muslSource } from '../../../src/image/engine/toolchain/toolchain.ts';
import { dnsmasq } from '../../../src/image/packages/dnsmasq.ts';
import type { Recipe } from '../../../src/image/packages/recipe.ts';
import { swupdate } from '../../../src/image/packages/swupdate.ts';
import { runStages } from '../../../src/image/runner.ts';
import { Sources } from '../../../src/image/sources/sources.ts';
import type { Stage } from '../../../src/image/stage.ts';
import { needs } from '../needs.ts';
import { scratch } from '../scratch.ts';

await needs('patch');

const sources = new Sources({ cache: cacheDir(), signal: AbortSignal.timeout(8 * 60_000) });

async function outputOf(stage: Stage): Promise<string> {
  const dir = scratch();
  const results = await runStages([stage], {
    cache: new StageCache(dir),
    logs: join(dir, 'logs'),
    epoch: 1,
  });
  return results.get(stage.id)?.out ?? '';
}

/** The source tree as the recipe's build finds it, by the stage that would compile it. */
async function treeOf(recipe: Recipe): Promise<string> {
  const board = await loadBoard('alix');
  const none: Stage = { id: 'toolchain', inputs: null, deps: [], run: async () => {} };
  const { needs: _, ...alone } = recipe;
  const kept: Recipe = {
    ...alone,
    build: (b) => b.run(['cp', '--archive', `${b.src}/.`, b.root]),
  };
  const stages = new RecipeStages(archOf(board), board.cpu.arch, none, sources);
  return join(await outputOf(await stages.stage(kept)), 'root');
}

/** musl's tree as the toolchain compiles it. */
async function muslTree(): Promise<string> {
  const musl = await sources.source(muslRequest);
  const stage: Stage = {
    id: 'musl-tree',
    inputs: null,
    deps: [musl],
    run: async (ctx) => ctx.exec(['cp', '--archive', `${await muslSource(ctx, musl)}/.`, ctx.out]),
  };
  return outputOf(stage);
}

/** Takes the patches of a tree out again, the last first: each must have been in it. */
function takeOut(tree: string): string[] {
  const series = readFileSync(join(tree, 'debian/patches/series'), 'utf8');
  const names = series.split('\n').flatMap((line) => /^[^\s#]+/.exec(line)?.[0] ?? []);
  for (const name of [...names].reverse())
    execFileSync(
      'patch',
      ['--strip=1', '--reverse', '--force', '--silent', '--input', join(tree, 'debian/patches', name)],
      { cwd: tree },
    );
  return names;
}

interface Fix {
  readonly file: string;
  readonly line: string;
}

const packages: Readonly<Record<string, { tree: () => Promise<string>; fixes: Record<string, Fix> }>> = {
  musl: {
    tree: muslTree,
    fixes: {
      'CVE-2025-26519': {
        file: 'src/locale/iconv.c',
        line: 'if (c > 0xc6-0x81 || c==0xc6-0x81 && d>0x52)',
      },
      'CVE-2026-40200': {
        file: 'src/stdlib/qsort.c',
        line: 'if (p[1]) return 8*sizeof(size_t) + ntz(p[1]);',
      },
    },
  },
  dnsmasq: {
    tree: () => treeOf(dnsmasq),
    fixes: { 'CVE-2026-2291': { file: 'src/dnsmasq.h', line: 'char name[(2*MAXDNAME) + 1];' } },
  },
  swupdate: {
    tree: () => treeOf(swupdate),
    fixes: {
      'CVE-2026-28525': {
        file: 'mongoose/mongoose_multipart.c',
        line: 'mg_iobuf_del(io, 0, mp_stream->boundary.len + 6);',
      },
    },
  },
};

const patches = suite("Debian's patches");

for (const [name, { tree, fixes }] of Object.entries(packages))
  patches(`are in what is compiled of ${name}, down to the lines that fix vulnerabilities`, async () => {
    const dir = await tree();
    for (const [id, { file, line }] of Object.entries(fixes))
      assert.ok(readFileSync(join(dir, file), 'utf8').includes(line), `${id}: ${file} lacks '${line}'`);
    const names = takeOut(dir);
    assert.ok(names.length > 0, 'it has no patches');
    for (const [id, { file, line }] of Object.entries(fixes))
      assert.not(readFileSync(join(dir, file), 'utf8').includes(line), `${id} was there without the patches`);
  });

patches.run();

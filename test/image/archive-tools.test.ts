// SPDX-License-Identifier: MIT
/** Programs out of Debian's archive run by their wrappers, with the libraries and data that come with them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generatorsStage, imageToolsStage } from '../../src/image/archive-tools.ts';
import { StageCache } from '../../src/image/cache.ts';
import { cacheDir } from '../../src/image/cache-dir.ts';
import { runStages } from '../../src/image/runner.ts';
import { Sources } from '../../src/image/sources/sources.ts';
import { needs } from './needs.ts';
import { scratch } from './scratch.ts';

await needs();

const signal = AbortSignal.timeout(300_000);
const sources = new Sources({ cache: cacheDir(), signal });
const stages = [await generatorsStage(sources), await imageToolsStage(sources)];
const built = await runStages(stages, {
  // Not the user's: a build may be using that.
  cache: new StageCache(scratch()),
  logs: scratch(),
  epoch: 1_700_000_000,
  parallel: 1,
  jobs: 1,
  signal,
  onEvent: () => {},
});
const bins = stages.map(({ id }) => join(built.get(id)?.out ?? '', 'bin'));
const [generators = ''] = bins;

/** What prints a program's version, where that is not --version. */
const VERSION: Readonly<Record<string, string>> = {
  mke2fs: '-V',
  mksquashfs: '-version',
  'mkfs.fat': '--help',
};

const tools = suite('tools of the archive');

for (const bin of bins)
  for (const name of readdirSync(bin)) {
    tools(`${name} is a file of the archive, and no link to the machine's own`, () => {
      const script = readFileSync(join(bin, name), 'utf8');
      const program = /^exec "\$here"\/(\S+)/m.exec(script)?.[1] ?? '';
      const top = realpathSync(join(bin, '..'));
      assert.ok(realpathSync(join(top, program)).startsWith(`${top}/usr/bin/`), program);
    });

    tools(`${name} runs`, () => {
      // Nothing of the machine's own is found by name.
      const { status, stdout, stderr } = spawnSync(join(bin, name), [VERSION[name] ?? '--version'], {
        encoding: 'utf8',
        env: { PATH: '/nowhere' },
      });
      assert.match(stdout + stderr, /\d/);
      assert.is.not(status, 127, stderr);
    });
  }

tools('yacc makes what POSIX says: y.tab.c', () => {
  const dir = scratch();
  writeFileSync(join(dir, 'sum.y'), '%token N\n%%\nsum: N | sum N;\n');
  execFileSync(join(generators, 'yacc'), ['-d', 'sum.y'], { cwd: dir, env: { PATH: '/nowhere' } });
  assert.match(readFileSync(join(dir, 'y.tab.c'), 'utf8'), 'yyparse');
  assert.match(readFileSync(join(dir, 'y.tab.h'), 'utf8'), '# define YYTOKENTYPE');
});

tools.run();

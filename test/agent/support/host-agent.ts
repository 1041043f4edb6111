// SPDX-License-Identifier: MIT
/**
 * The real agent for the machine the tests run on: QuickJS from the pipeline's sources and the agent by the same
 * commands as for a board, in the pipeline's cache. `sanitized` adds the address and undefined-behaviour sanitizers.
 */
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AGENT_NATIVE, agentCompileCommands, bundleAgent } from '../../../src/agent/build.ts';
import { StageCache } from '../../../src/image/cache.ts';
import { cacheDir } from '../../../src/image/cache-dir.ts';
import { codeOf } from '../../../src/image/code-key.ts';
import { quickjs } from '../../../src/image/packages/quickjs.ts';
import { runStages } from '../../../src/image/runner.ts';
import { Sources } from '../../../src/image/sources/sources.ts';
import { unpackSource } from '../../../src/image/sources/unpack.ts';
import { hashTree, type Stage, type StageContext } from '../../../src/image/stage.ts';
import { needs } from '../../image/needs.ts';

const VERBS = fileURLToPath(new URL('../native/verbs.js', import.meta.url));
const REAL_KERNEL = fileURLToPath(new URL('../native/real-kernel.js', import.meta.url));
const TABLES = fileURLToPath(new URL('../native/tables.ts', import.meta.url));
const SANITIZERS = ['-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

export interface HostAgent {
  /** plaitctl, static, as on a board. */
  plaitctl: string;
  /** test/agent/native/verbs.js as an executable, with sanitizers. */
  verbs: string;
  /** test/agent/native/real-kernel.js as an executable. */
  realKernel: string;
  /** test/agent/native/tables.ts as an executable. */
  tables: string;
}

export async function hostAgent(): Promise<HostAgent> {
  await needs('gcc', 'libc6-dev', 'make');
  const sources = new Sources({ cache: cacheDir(), signal: AbortSignal.timeout(5 * 60_000) });
  const source = await sources.source(quickjs.source);
  const engine: Stage = {
    id: 'host-quickjs',
    inputs: { build: 2 },
    deps: [source],
    async run(ctx) {
      const dir = await unpackSource(ctx, source);
      await ctx.exec([
        'make',
        '-C',
        dir,
        `-j${ctx.jobs}`,
        'CFLAGS_OPT=$(CFLAGS) -O1 -g0',
        'qjsc',
        'libquickjs.a',
      ]);
      for (const name of ['qjsc', 'libquickjs.a', 'quickjs.h', 'quickjs-libc.h']) {
        await ctx.exec(['cp', '-p', join(dir, name), join(ctx.out, name)]);
      }
    },
  };
  const text = await bundleAgent({ version: '0.0.0-test', board: 'host' });
  const agent: Stage = {
    id: 'host-agent',
    inputs: { bundle: text, native: await hashTree([AGENT_NATIVE]), code: await codeOf(import.meta.url) },
    deps: [engine],
    async run(ctx) {
      const bundle = join(ctx.work, 'agent.js');
      await writeFile(bundle, text);
      await compile(ctx, ctx.output(engine), bundle, 'plaitctl', []);
    },
  };
  const verbs: Stage = {
    id: 'host-native-verbs',
    inputs: { sources: await hashTree([AGENT_NATIVE, VERBS]), SANITIZERS },
    deps: [engine],
    async run(ctx) {
      const bundle = join(ctx.work, 'verbs.js');
      await copyFile(VERBS, bundle);
      await compile(ctx, ctx.output(engine), bundle, 'verbs', SANITIZERS);
    },
  };
  const operations = await bundleAgent({ version: '0.0.0-test', board: 'host', entry: REAL_KERNEL });
  const realKernel: Stage = {
    id: 'host-real-kernel',
    inputs: {
      bundle: operations,
      native: await hashTree([AGENT_NATIVE]),
      code: await codeOf(import.meta.url),
    },
    deps: [engine],
    async run(ctx) {
      const bundle = join(ctx.work, 'agent.js');
      await writeFile(bundle, operations);
      await compile(ctx, ctx.output(engine), bundle, 'real-kernel', []);
    },
  };
  const tablesText = await bundleAgent({ version: '0.0.0-test', board: 'host', entry: TABLES });
  const tables: Stage = {
    id: 'host-tables',
    inputs: { bundle: tablesText, native: await hashTree([AGENT_NATIVE]) },
    deps: [engine],
    async run(ctx) {
      const bundle = join(ctx.work, 'tables.js');
      await writeFile(bundle, tablesText);
      await compile(ctx, ctx.output(engine), bundle, 'tables', []);
    },
  };
  // Of its own: a build of an image, which may go on meanwhile, has the other to itself.
  const cache = new StageCache(join(cacheDir(), 'host-agent'));
  const results = await runStages([agent, verbs, realKernel, tables], {
    cache,
    logs: join(cacheDir(), 'logs', 'test'),
    epoch: 1,
  });
  const out = (id: string) => results.get(id)?.out ?? '';
  return {
    plaitctl: join(out('host-agent'), 'plaitctl'),
    verbs: join(out('host-native-verbs'), 'verbs'),
    realKernel: join(out('host-real-kernel'), 'real-kernel'),
    tables: join(out('host-tables'), 'tables'),
  };
}

async function compile(
  ctx: StageContext,
  quickjsDir: string,
  bundle: string,
  name: string,
  sanitizers: readonly string[],
): Promise<void> {
  const commands = agentCompileCommands({
    qjsc: join(quickjsDir, 'qjsc'),
    cc: ['gcc'],
    include: quickjsDir,
    lib: join(quickjsDir, 'libquickjs.a'),
    cflags: sanitizers,
    bundle,
    work: ctx.work,
    out: join(ctx.out, name),
    static: sanitizers.length === 0,
    strip: sanitizers.length === 0,
  });
  for (const command of commands) await ctx.exec(command);
}

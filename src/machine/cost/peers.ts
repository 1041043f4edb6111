// SPDX-License-Identifier: MIT
/** What forwarding is compared with and the images do without: kernel modules for the board, on a disk of their own. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageToolsStage } from '../../image/archive-tools.ts';
import type { Board } from '../../image/board.ts';
import { hashFile, StageCache } from '../../image/cache.ts';
import { codeOf } from '../../image/code-key.ts';
import { debianEngine } from '../../image/engine/debian/engine.ts';
import { archOf } from '../../image/engine/toolchain/arch.ts';
import { compilerStage } from '../../image/engine/toolchain/compiler.ts';
import { commonHostPackages, ensureHostPackages, thisHost } from '../../image/host-packages.ts';
import { type KernelParts, kernelMake, kernelStage } from '../../image/kernel/build.ts';
import { linuxSourceStage } from '../../image/kernel/source.ts';
import { lockCacheInTurn } from '../../image/lock.ts';
import { runStages } from '../../image/runner.ts';
import { Sources } from '../../image/sources/sources.ts';
import type { Stage } from '../../image/stage.ts';

export interface Peers {
  /** Disk image, a squashfs: `<module>.ko`. */
  readonly disk: string;
  /** SHA-256 of the configuration of the kernel that they fit. */
  readonly configuration: string;
}

export interface PeersOptions {
  readonly board: Board;
  /** The cache's root. */
  readonly cache: string;
  readonly signal: AbortSignal;
  /** Gets a sentence about whatever takes long. */
  readonly say: (text: string) => void;
}

const FILE = 'peers.squashfs';
const JOBS = 2;

/** Where the modules lie in the kernel's tree, by folder. */
const SOURCES = {
  'drivers/net': ['bonding'],
  'net/sched': ['sch_teql.c'],
  'net/ipv4': ['gre_demux.c', 'ip_gre.c'],
} as const;

const KBUILD = 'obj-m += bonding/ sch_teql.o gre_demux.o ip_gre.o\n';

/** Builds the modules, or takes them from the cache. */
export async function buildPeers({ board, cache, signal, say }: PeersOptions): Promise<Peers> {
  await ensureHostPackages(
    [...commonHostPackages, ...debianEngine.hostPackages],
    thisHost(signal, say),
    (names) => say(`installing ${names.join(' ')} …`),
  );
  const lost = new AbortController();
  const release = await lockCacheInTurn(cache, `plait cost --board ${board.name}`, () => lost.abort(), {
    signal,
    onWait: say,
  });
  try {
    const either = AbortSignal.any([signal, lost.signal]);
    const { kernel, peers } = await peersStages(board, new Sources({ cache, signal: either }));
    const results = await runStages([kernel, peers], {
      cache: new StageCache(cache),
      logs: join(cache, 'logs', board.name),
      epoch: 0,
      jobs: JOBS,
      signal: either,
      onEvent: (event) => {
        if (event.event === 'stage-start') say(`building ${event.stage} …`);
      },
    });
    const output = (stage: Stage) => results.get(stage.id)?.out ?? '';
    return {
      disk: join(output(peers), FILE),
      configuration: await hashFile(join(output(kernel), 'config')),
    };
  } finally {
    if (!lost.signal.aborted) await release();
  }
}

/** As engine `debian` makes the kernel of the board. */
async function peersStages(board: Board, sources: Sources): Promise<{ kernel: Stage; peers: Stage }> {
  const arch = archOf(board);
  const compiler = await compilerStage(arch, sources);
  const linux = await linuxSourceStage(sources);
  const parts = { linux, compiler, arch: arch.kernel };
  const kernel = await kernelStage(board, parts);
  return { kernel, peers: await peersStage(kernel, parts, await imageToolsStage(sources)) };
}

async function peersStage(kernel: Stage, parts: KernelParts, tools: Stage): Promise<Stage> {
  return {
    id: 'peers',
    inputs: { code: await codeOf(import.meta.url) },
    deps: [kernel, parts.linux, parts.compiler, tools],
    async run(ctx) {
      const build = join(ctx.work, 'build');
      await ctx.exec(['cp', '-a', join(ctx.output(kernel), 'build'), build]);
      const tree = join(ctx.work, 'tree');
      await ctx.exec(['mkdir', tree]);
      for (const [folder, names] of Object.entries(SOURCES))
        await ctx.exec(['cp', '-r', names.map((name) => join(ctx.output(parts.linux), folder, name)), tree]);
      await writeFile(join(tree, 'Kbuild'), KBUILD);
      const make = [kernelMake(ctx, parts, build), `M=${tree}`, 'CONFIG_BONDING=m', `-j${ctx.jobs}`];
      await ctx.exec([make, 'modules']);
      const modules = (await ctx.read(['find', tree, '-name', '*.ko'])).split('\n').filter(Boolean).sort();
      const strip = join(ctx.output(parts.compiler), 'bin/strip');
      await ctx.exec([strip, '--strip-debug', modules]);
      await ctx.exec([
        [
          'env',
          '--unset=SOURCE_DATE_EPOCH',
          join(ctx.output(tools), 'bin/mksquashfs'),
          modules,
          join(ctx.out, FILE),
        ],
        ['-comp', 'xz', '-all-root', '-noappend', '-no-xattrs', '-no-progress', '-quiet'],
        ['-mkfs-time', String(ctx.epoch), '-all-time', String(ctx.epoch)],
      ]);
    },
  };
}

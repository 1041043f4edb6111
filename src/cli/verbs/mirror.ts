// SPDX-License-Identifier: MIT
import { constants, copyFile, mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { imageToolsStage } from '../../image/archive-tools.ts';
import { type Board, listBoards, loadBoard } from '../../image/board.ts';
import { grubStages } from '../../image/boot/grub-tools.ts';
import { cacheDir } from '../../image/cache-dir.ts';
import { type BuildrootOptions, buildrootEngine } from '../../image/engine/buildroot/engine.ts';
import { mirrorBuildroot } from '../../image/engine/buildroot/mirror.ts';
import { debianEngine } from '../../image/engine/debian/engine.ts';
import { type EngineName, engineNames } from '../../image/engine/engines.ts';
import { ensureHostPackages, thisHost } from '../../image/host-packages.ts';
import { lockCacheInTurn } from '../../image/lock.ts';
import type { Progress } from '../../image/progress/events.ts';
import { jsonProgress } from '../../image/progress/json.ts';
import { plainProgress } from '../../image/progress/plain.ts';
import { type FetchReports, Sources } from '../../image/sources/sources.ts';
import {
  type BuildrootChoice,
  checkBuildrootUse,
  chosenBuildroot,
  withBuildrootOptions,
} from '../buildroot-options.ts';
import { exitCodeOf } from '../errors.ts';
import { interruptible } from '../interrupt.ts';
import { boardsOption, jsonOption } from '../options.ts';
import { plaitVersion } from '../project.ts';

interface MirrorOptions extends BuildrootChoice {
  engine?: EngineName;
  board: string[];
  json: boolean;
}

/** What a collection is made with. */
interface Work {
  readonly boards: readonly Board[];
  readonly options: MirrorOptions;
  readonly progress: Progress;
  readonly cache: string;
}

/** `plait mirror` */
export function command(): Command {
  const verb = new Command('mirror')
    .summary('collect all sources for builds without a network')
    .description('Collects all sources for builds without a network, in a folder for `plait image --mirror`.')
    .argument('<dir>', 'where the sources are collected')
    .addOption(boardsOption())
    .addOption(new Option('--engine <name>', 'only for this engine').choices(engineNames));
  return withBuildrootOptions(verb)
    .addOption(jsonOption('tell what happens as lines of JSON'))
    .addHelpText('after', '\nWhat the override file names is not collected.')
    .action(mirror);
}

async function mirror(given: string, options: MirrorOptions, verb: Command): Promise<void> {
  process.umask(0o022);
  const dir = resolve(given);
  // Wrong use shows before anything is made or fetched.
  const names = options.board.length > 0 ? options.board : await listBoards();
  const boards = await Promise.all(names.map((name) => loadBoard(name)));
  await checkBuildrootUse(verb, options.engine);
  const write = (text: string) => process.stdout.write(text);
  const progress = options.json ? jsonProgress(write, false) : plainProgress(write, false);
  try {
    await mkdir(dir, { recursive: true });
    await interruptible((stop) => fill(dir, { boards, options, progress, cache: cacheDir() }, stop));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    progress.on({ event: 'mirror-failed', message, exitCode: exitCodeOf(error) });
    throw error;
  }
}

async function fill(dir: string, work: Work, stop: AbortController): Promise<void> {
  const release = await lockCacheInTurn(work.cache, `plait mirror ${dir}`, () => stop.abort(), {
    signal: stop.signal,
    onWait: (text) => work.progress.on({ event: 'note', text }),
  });
  try {
    await collect(dir, work, stop.signal);
  } finally {
    await release();
  }
}

async function collect(
  dir: string,
  { boards, options, progress, cache }: Work,
  signal: AbortSignal,
): Promise<void> {
  const reports: FetchReports = {
    signal,
    onNote: (text) => progress.on({ event: 'note', text }),
    onFetched: (what, seconds) => progress.on({ event: 'fetched', what, seconds }),
  };
  const sources = new Sources({ ...reports, cache });
  const given: BuildrootOptions = {
    ...chosenBuildroot(options),
    cache,
    mirror: undefined,
    offline: false,
    jobs: availableParallelism(),
  };
  const wanted = (name: EngineName) => options.engine === undefined || options.engine === name;
  if (wanted('buildroot'))
    await ensureHostPackages(
      buildrootEngine(given).hostPackages,
      thisHost(signal, () => {}),
      (packages) => progress.on({ event: 'packages-install', packages }),
    );
  for (const board of boards) {
    // What both engines take from Debian: compilers, the kernel, musl, the boot loader.
    await debianEngine.plan(board, { sources, version: plaitVersion(), reports });
    await grubStages(sources, board.firmware);
    await imageToolsStage(sources);
    if (wanted('buildroot')) await mirrorBuildroot(board, dir, given, { sources, reports });
    progress.on({ event: 'mirror-found', board: board.name });
  }
  await sources.archive.export(dir, sources.used, copy);
  progress.on({ event: 'mirror-done', dir });
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to, constants.COPYFILE_FICLONE);
}

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
import { duration } from '../../image/progress/format.ts';
import { type FetchReports, Sources } from '../../image/sources/sources.ts';
import {
  type BuildrootChoice,
  checkBuildrootUse,
  chosenBuildroot,
  withBuildrootOptions,
} from '../buildroot-options.ts';
import { interruptible } from '../interrupt.ts';
import { boardsOption } from '../options.ts';
import { plaitVersion } from '../project.ts';

interface MirrorOptions extends BuildrootChoice {
  engine?: EngineName;
  board: string[];
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
  await mkdir(dir, { recursive: true });
  await interruptible((stop) => fill(dir, boards, options, stop));
}

async function fill(
  dir: string,
  boards: readonly Board[],
  options: MirrorOptions,
  stop: AbortController,
): Promise<void> {
  const cache = cacheDir();
  const release = await lockCacheInTurn(cache, `plait mirror ${dir}`, () => stop.abort(), {
    signal: stop.signal,
    onWait: (text) => console.error(text),
  });
  try {
    await collect(dir, boards, cache, options, stop.signal);
  } finally {
    await release();
  }
}

async function collect(
  dir: string,
  boards: readonly Board[],
  cache: string,
  options: MirrorOptions,
  signal: AbortSignal,
): Promise<void> {
  const reports: FetchReports = {
    signal,
    onNote: (text) => console.log(text),
    onFetched: (what, seconds) => console.log(`fetched ${what} (${duration(seconds)})`),
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
    await ensureHostPackages(buildrootEngine(given).hostPackages, thisHost(signal, console.log), () => {});
  for (const board of boards) {
    // What both engines take from Debian: compilers, the kernel, musl, the boot loader.
    await debianEngine.plan(board, { sources, version: plaitVersion(), reports });
    await grubStages(sources, board.firmware);
    await imageToolsStage(sources);
    if (wanted('buildroot')) await mirrorBuildroot(board, dir, given, { sources, reports });
    console.log(`${board.name}: all sources are found`);
  }
  await sources.archive.export(dir, sources.used, copy);
  console.log(`all sources are in ${dir}, with the signed indexes that a build checks them by`);
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to, constants.COPYFILE_FICLONE);
}

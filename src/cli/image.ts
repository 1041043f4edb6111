// SPDX-License-Identifier: MIT
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadBoard } from '../image/board.ts';
import { cacheDir } from '../image/cache-dir.ts';
import { buildEpoch } from '../image/checkout.ts';
import type { BuildrootOptions } from '../image/engine/buildroot/engine.ts';
import { canReach, chooseEngine } from '../image/engine/choose.ts';
import type { Engine } from '../image/engine/engine.ts';
import { type EngineName, engineNames, engines } from '../image/engine/engines.ts';
import { StageError } from '../image/errors.ts';
import { imageStages } from '../image/image-stages.ts';
import { buildImage } from '../image/pipeline.ts';
import type { Progress } from '../image/progress/events.ts';
import { jsonProgress } from '../image/progress/json.ts';
import { plainProgress } from '../image/progress/plain.ts';
import { terminalProgress } from '../image/progress/terminal.ts';
import { sizeLines } from '../image/reports/manifest.ts';
import { type BuildrootChoice, chosenBuildroot, withBuildrootOptions } from './buildroot-options.ts';
import { reportError } from './errors.ts';
import { interruptible } from './interrupt.ts';
import { plaitVersion, repository } from './project.ts';

interface ImageOptions extends BuildrootChoice {
  board: string;
  engine: EngineName | 'auto';
  mirror?: string;
  offline: boolean;
  out: string;
  jobs: number;
  refresh: boolean;
  json: boolean;
  verbose: boolean;
}

/** Stages at once. */
const parallel = 2;

/** `plait image` */
export function command(): Command {
  const verb = new Command('image')
    .option('--board <name>', 'the board, a folder of board/', 'alix')
    .addOption(
      new Option('--engine <name>', 'what builds the parts')
        .choices(['auto', ...engineNames])
        .default('auto'),
    );
  return withBuildrootOptions(verb)
    .option('--mirror <dir>', 'take sources from what `plait mirror` collected')
    .option('--offline', 'ask nothing of the network', false)
    .option('--out <dir>', 'where <board>/ with the results goes', join(repository, 'out'))
    .option('--jobs <n>', 'compilers at once within a stage', positive, availableParallelism())
    .option('--refresh', 'look for newer versions of the sources', false)
    .option('--json', 'tell what happens as lines of JSON', false)
    .option('--verbose', 'show what the stages say', false)
    .addHelpText('after', () => `\nCache: ${cacheDir()} (PLAIT_CACHE takes another one)`)
    .action(image);
}

async function image(options: ImageOptions): Promise<void> {
  // Modes of files are part of what the cache compares, and of the image.
  process.umask(0o022);
  const progress = chooseProgress(options);
  try {
    await interruptible(({ signal }) => build(options, progress, signal));
  } catch (error) {
    progress.close();
    const exitCode = reportError(error);
    const message = error instanceof Error ? error.message : String(error);
    const stage = error instanceof StageError ? { stage: error.stage, log: error.log, tail: error.tail } : {};
    progress.on({ event: 'build-failed', message, exitCode, ...stage });
    process.exitCode = exitCode;
  } finally {
    progress.close();
  }
}

async function build(options: ImageOptions, progress: Progress, signal: AbortSignal): Promise<void> {
  const mirror = options.mirror === undefined ? {} : { mirror: resolve(options.mirror) };
  // Wrong use shows before the network is asked for an engine.
  const board = await loadBoard(options.board);
  const epoch = await buildEpoch(repository);
  await buildImage({
    board,
    engine: await engineOf(options, (text) => progress.on({ event: 'note', text })),
    image: imageStages,
    summary: sizeLines,
    version: plaitVersion(),
    cache: cacheDir(),
    out: join(resolve(options.out), options.board),
    epoch,
    parallel,
    jobs: options.jobs,
    refresh: options.refresh,
    ...mirror,
    offline: options.offline,
    signal,
    onEvent: (event) => progress.on(event),
  });
}

async function engineOf(options: ImageOptions, note: (text: string) => void): Promise<Engine> {
  const { offline, jobs } = options;
  const cache = cacheDir();
  const mirror = options.mirror === undefined ? undefined : resolve(options.mirror);
  const given: BuildrootOptions = { ...chosenBuildroot(options), cache, mirror, offline, jobs };
  if (options.engine !== 'auto') return engines[options.engine](given);
  const { engine, why } = await chooseEngine({ ...given, reach: canReach });
  note(`engine ${engine}: ${why}`);
  return engines[engine](given);
}

function chooseProgress({ json, verbose }: ImageOptions): Progress {
  const write = (text: string) => process.stdout.write(text);
  if (json) return jsonProgress(write, verbose);
  return process.stdout.isTTY
    ? terminalProgress(process.stdout, verbose, parallel)
    : plainProgress(write, verbose);
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new InvalidArgumentError('It must be a whole number from 1 to 9999.');
  return Number(text);
}

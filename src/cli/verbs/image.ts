// SPDX-License-Identifier: MIT
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { loadBoard } from '../../image/board.ts';
import { keyLines } from '../../image/bundle/signing-key.ts';
import { cacheDir } from '../../image/cache-dir.ts';
import { buildEpoch } from '../../image/checkout.ts';
import type { BuildrootOptions } from '../../image/engine/buildroot/engine.ts';
import { canReach, chooseEngine } from '../../image/engine/choose.ts';
import type { Engine } from '../../image/engine/engine.ts';
import { defaultEngine, type EngineName, engineNames, engines } from '../../image/engine/engines.ts';
import { StageError } from '../../image/errors.ts';
import { ensureHostPackages, thisHost } from '../../image/host-packages.ts';
import { imageStages } from '../../image/image-stages.ts';
import { buildImage, type ImageKeys } from '../../image/pipeline.ts';
import type { Progress } from '../../image/progress/events.ts';
import { jsonProgress } from '../../image/progress/json.ts';
import { plainProgress } from '../../image/progress/plain.ts';
import { sizeLines } from '../../image/reports/manifest.ts';
import { requireCollected } from '../../image/sources/debian-archive.ts';
import {
  type BuildrootChoice,
  checkBuildrootUse,
  chosenBuildroot,
  withBuildrootOptions,
} from '../buildroot-options.ts';
import { exitCodeOf } from '../errors.ts';
import { interruptible } from '../interrupt.ts';
import { type KeyOptions, openKeys, withKeyOptions } from '../key-options.ts';
import { boardOption, jobsOption, jsonOption, outOption } from '../options.ts';
import { minVersion, plaitVersion, repository } from '../project.ts';

interface ImageOptions extends BuildrootChoice, KeyOptions {
  board: string;
  engine: EngineName | 'auto';
  mirror?: string;
  offline: boolean;
  out: string;
  jobs: number;
  refresh: boolean;
  install: boolean;
  json: boolean;
  verbose: boolean;
}

/** Stages at once. */
const parallel = 2;

/** `plait image` */
export function command(): Command {
  const verb = new Command('image')
    .summary('build the flashable image of a board')
    .description('Builds the flashable image of a board, its update bundle, and reports about both.')
    .addOption(boardOption())
    .addOption(
      new Option('--engine <name>', 'what builds the parts')
        .choices(['auto', ...engineNames])
        .default(defaultEngine),
    );
  return withKeyOptions(withBuildrootOptions(verb))
    .option('--mirror <dir>', 'take sources from what `plait mirror` collected')
    .option('--offline', 'ask nothing of the network', false)
    .addOption(outOption('where <board>/ with the results goes', 'out'))
    .addOption(jobsOption('compilers at once within a stage'))
    .option('--no-install', 'print the command that installs missing Debian packages, and exit with 2')
    .option('--refresh', 'look for newer versions of the sources', false)
    .addOption(jsonOption('tell what happens as lines of JSON'))
    .option('--verbose', 'show what the stages say', false)
    .addHelpText('after', '\nThe cache is ~/.cache/plait; PLAIT_CACHE takes another folder.')
    .action(image);
}

async function image(options: ImageOptions, verb: Command): Promise<void> {
  const progress = await chooseProgress(options);
  try {
    await interruptible(({ signal }) => build(options, verb, progress, signal));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const stage = error instanceof StageError ? { stage: error.stage, log: error.log, tail: error.tail } : {};
    progress.on({ event: 'build-failed', message, exitCode: exitCodeOf(error), ...stage });
    throw error;
  } finally {
    progress.close();
  }
}

async function build(
  options: ImageOptions,
  verb: Command,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  // Wrong use shows before the network is asked for anything.
  const board = await loadBoard(options.board);
  await checkBuildrootUse(verb, options.engine);
  if (options.mirror !== undefined) await requireCollected(resolve(options.mirror));
  const mirror = options.mirror === undefined ? {} : { mirror: resolve(options.mirror) };
  const epoch = await buildEpoch(repository);
  const note = (text: string) => progress.on({ event: 'note', text });
  await buildImage({
    board,
    engine: await engineOf(options, note, signal),
    image: imageStages,
    keys: await keysOf(options, note),
    summary: sizeLines,
    version: plaitVersion(),
    minVersion: minVersion(),
    cache: cacheDir(),
    out: join(resolve(options.out), options.board),
    epoch,
    parallel,
    jobs: options.jobs,
    refresh: options.refresh,
    ...(options.install ? {} : { install: false }),
    ...mirror,
    offline: options.offline,
    signal,
    onEvent: (event) => progress.on(event),
  });
}

/** A new key is told of at once, for a build that fails later, and again when it ends. */
async function keysOf(options: KeyOptions, note: (text: string) => void): Promise<ImageKeys> {
  const keys = await openKeys(options);
  if (keys.key.isNew) for (const line of keyLines(keys.key)) note(line);
  return keys;
}

async function engineOf(
  options: ImageOptions,
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<Engine> {
  const { offline, jobs } = options;
  const cache = cacheDir();
  const mirror = options.mirror === undefined ? undefined : resolve(options.mirror);
  const given: BuildrootOptions = { ...chosenBuildroot(options), cache, mirror, offline, jobs };
  if (options.engine !== 'auto') return engines[options.engine](given);
  await ensureHostPackages(
    ['wget'],
    thisHost(signal, () => {}),
    (missing) => note(`installing ${missing.join(' ')}`),
  );
  const { engine, why } = await chooseEngine({ ...given, reach: canReach });
  note(`engine ${engine}: ${why}`);
  return engines[engine](given);
}

async function chooseProgress({ json, verbose }: ImageOptions): Promise<Progress> {
  const write = (text: string) => process.stdout.write(text);
  if (json) return jsonProgress(write, verbose);
  if (!process.stdout.isTTY) return plainProgress(write, verbose);
  const { terminalProgress } = await import('../../image/progress/terminal.ts');
  return terminalProgress(process.stdout, verbose, parallel);
}

// SPDX-License-Identifier: MIT
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadBoard } from '../image/board.ts';
import { cacheDir } from '../image/cache-dir.ts';
import { buildEpoch } from '../image/checkout.ts';
import { type EngineName, engineNames, engines } from '../image/engine/engines.ts';
import { StageError } from '../image/errors.ts';
import { imageStages } from '../image/image-stages.ts';
import { buildImage } from '../image/pipeline.ts';
import type { Progress } from '../image/progress/events.ts';
import { jsonProgress } from '../image/progress/json.ts';
import { plainProgress } from '../image/progress/plain.ts';
import { terminalProgress } from '../image/progress/terminal.ts';
import { sizeLines } from '../image/reports/manifest.ts';
import { reportError } from './errors.ts';
import { plaitVersion, repository } from './project.ts';

interface ImageOptions {
  board: string;
  engine: EngineName;
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
  return new Command('image')
    .option('--board <name>', 'the board, a folder of board/', 'alix')
    .addOption(new Option('--engine <name>', 'what builds the parts').choices(engineNames).default('debian'))
    .option('--out <dir>', 'where <board>/ with the results goes', join(repository, 'out'))
    .option('--jobs <n>', 'compilers at once within a stage', positive, availableParallelism())
    .option('--refresh', 'look for newer versions of the sources', false)
    .option('--json', 'tell what happens as lines of JSON', false)
    .option('--verbose', 'show what the stages say', false)
    .addHelpText('after', `\nCache: ${cacheDir()} (PLAIT_CACHE takes another one)`)
    .action(image);
}

async function image(options: ImageOptions): Promise<void> {
  // Modes of files are part of what the cache compares, and of the image.
  process.umask(0o022);
  const progress = chooseProgress(options);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupt);
  try {
    await buildImage({
      board: await loadBoard(options.board),
      engine: await engines[options.engine](),
      image: imageStages,
      summary: sizeLines,
      version: plaitVersion(),
      cache: cacheDir(),
      out: join(resolve(options.out), options.board),
      epoch: await buildEpoch(repository),
      parallel,
      jobs: options.jobs,
      refresh: options.refresh,
      signal: stop.signal,
      onEvent: (event) => progress.on(event),
    });
  } catch (error) {
    progress.close();
    const exitCode = reportError(error);
    const message = error instanceof Error ? error.message : String(error);
    const stage = error instanceof StageError ? { stage: error.stage, log: error.log, tail: error.tail } : {};
    progress.on({ event: 'build-failed', message, exitCode, ...stage });
    process.exitCode = exitCode;
  } finally {
    progress.close();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, interrupt);
  }
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

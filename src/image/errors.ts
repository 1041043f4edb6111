// SPDX-License-Identifier: MIT

/** A failure that one sentence explains; shown without a stack. Exit code 1. */
export class BuildError extends Error {
  override name = 'BuildError';
}

/** Wrong use: an option, a name or a file that is not as it must be. Exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** A stage that failed: which, why, where its log is, and the log's last lines. */
export class StageError extends BuildError {
  override name = 'StageError';
  readonly stage: string;
  readonly log: string;
  readonly tail: readonly string[];

  constructor(stage: string, cause: Error, log: string, tail: readonly string[]) {
    super(`stage ${stage} failed: ${cause.message}`, { cause });
    this.stage = stage;
    this.log = log;
    this.tail = tail;
  }
}

/** The build was stopped from outside (Ctrl-C). Exit code 130. */
export class Interrupted extends BuildError {
  override name = 'Interrupted';
}

// SPDX-License-Identifier: MIT
import type { RunEvent } from '../runner.ts';

/** Everything a build tells about itself, in order of time. Times are seconds, sizes bytes; `simulated` is the time in a guest. */
export type BuildEvent =
  | {
      readonly event: 'build-start';
      readonly board: string;
      readonly engine: string;
      readonly version: string;
    }
  | { readonly event: 'packages-ask'; readonly command: readonly string[] }
  | { readonly event: 'packages-install'; readonly packages: readonly string[] }
  | { readonly event: 'fetch'; readonly what: string }
  | { readonly event: 'fetched'; readonly what: string; readonly seconds: number }
  | { readonly event: 'note'; readonly text: string }
  | { readonly event: 'plan'; readonly stages: readonly PlannedStage[]; readonly of?: 'cell' }
  | { readonly event: 'stage-clock'; readonly stage: string; readonly simulated: number }
  | { readonly event: 'mirror-found'; readonly board: string }
  | { readonly event: 'mirror-done'; readonly dir: string }
  | { readonly event: 'mirror-failed'; readonly message: string; readonly exitCode: number }
  | RunEvent
  | BuildDone
  | BuildFailed;

/** A stage that has to be built, what it is expected to take, and which of the others it waits for. */
export interface PlannedStage {
  readonly stage: string;
  readonly seconds: number;
  readonly after: readonly string[];
}

export interface BuildDone {
  readonly event: 'build-done';
  readonly board: string;
  /** The published directory. */
  readonly out: string;
  readonly files: readonly { readonly name: string; readonly size: number }[];
  /** Sizes and checks of the image, as lines for people. */
  readonly summary: readonly string[];
  /** The very last lines: what must not be overlooked. */
  readonly last: readonly string[];
  readonly seconds: number;
  /** Of these, what downloads took. */
  readonly downloads: number;
  readonly built: number;
}

export interface BuildFailed {
  readonly event: 'build-failed';
  readonly message: string;
  readonly exitCode: number;
  readonly stage?: string;
  readonly log?: string;
  readonly tail?: readonly string[];
}

/** Where events go. */
export interface Progress {
  on(event: BuildEvent): void;
  /** Leaves the terminal as it was found. */
  close(): void;
}

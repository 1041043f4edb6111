// SPDX-License-Identifier: MIT
/** What a phase at the shell of a board is given, and what it returns. */
import type { Identity } from '../../agent/identity.ts';
import type { Shell } from '../../serial/shell.ts';
import type { MeasuredValue } from '../record/measurement.ts';
import type { AskOptions } from './board-answer.ts';
import type { Person } from './person.ts';
import type { Registry } from './registry.ts';
import type { BoardSeen, Progress } from './run-states.ts';
import type { PlannedPhase } from './test-list.ts';

export type Measured = Readonly<Record<string, MeasuredValue>>;

export interface PhaseContext {
  readonly shell: Shell;
  readonly phase: PlannedPhase;
  readonly port: string;
  readonly person: Person;
  /** Milliseconds that are left, and what ends it before. */
  readonly limits: () => AskOptions;
  /** Waits for the firmware's banner (when it came, as performance.now() has it) and for the login after a restart. */
  readonly restarted: (timeout: number) => Promise<{ readonly seen: BoardSeen; readonly banner: number }>;
  /** Waits for the login of a board that was started anew unasked, or does not answer. */
  readonly returned: (timeout: number) => Promise<{ readonly shell: Shell; readonly seen: BoardSeen }>;
  /** Aborted when the firmware is seen. `stop()` when it is not waited for any more. */
  readonly whenRestarted: () => { readonly signal: AbortSignal; stop(): void };
  /** What it had kept before the station was started anew, or nothing. */
  readonly progress: Progress | undefined;
  /** It is on the disk when this returns. */
  readonly keep: (progress: Progress, seen: BoardSeen) => void;
  /** Switches the relay of this port; absent: there is none. */
  readonly power?: (on: boolean) => Promise<void>;
  readonly board: BoardSeen;
  readonly identity: Identity;
  readonly registry: Registry;
}

export interface PhaseResult {
  readonly measured: Measured;
  /** The board as it is now. */
  readonly seen: BoardSeen;
  /** Of the board from now on, where the phase gave it one. */
  readonly identity?: Identity;
}

/** The board does not do what it should. The message says what, and what to do. */
export class PhaseFault extends Error {
  override name = 'PhaseFault';
}

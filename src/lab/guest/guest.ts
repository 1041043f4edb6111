// SPDX-License-Identifier: MIT
import type { GuestKind } from '../kernel/kernel.ts';

export interface GuestOptions {
  readonly guest: GuestKind;
  /** The User Mode Linux executable, or what QEMU boots. */
  readonly kernel: string;
  /** More words for its command line. */
  readonly kernelArguments: readonly string[];
  /** The guest's file system, mounted read-only. */
  readonly root: string;
  /** The run's folder; `run.sh` and what it needs are there, and results come there. */
  readonly folder: string;
  /** All randomness in the guest follows from it. */
  readonly seed: number;
  /** Time passes as on the wall instead of as the simulation goes. */
  readonly realTime: boolean;
  /** Seconds of wall-clock time after which a guest that has not ended is killed. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** What runs a guest, and its whole environment. */
export interface GuestProgram {
  readonly argv: readonly string[];
  readonly base: Readonly<Record<string, string>>;
}

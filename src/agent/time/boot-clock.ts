// SPDX-License-Identifier: MIT
/** What the boot scripts and an agent before this one left behind about the clock. */
import { CLOCK, CLOCK_SYNC } from '../paths.ts';
import type { Files } from '../ports.ts';
import type { ClockState } from './clock-states.ts';

export type BootClock = {
  /** What the time was taken from at the start. */
  source: Extract<ClockState, 'build-time' | 'saved' | 'hardware-clock'>;
  /** Milliseconds since 1970; 0: unknown, as outside of a board. */
  builtAt: number;
  /** A later time is a broken clock's. */
  latest: number;
};

/** Written by S06clock and S12clock. */
export function readBootClock(files: Files): BootClock {
  const text = files.read(CLOCK) ?? '';
  const source = /^source=(build-time|saved|hardware-clock)$/m.exec(text)?.[1] as
    | BootClock['source']
    | undefined;
  const seconds = (name: string) => new RegExp(`^${name}=(\\d{1,12})$`, 'm').exec(text)?.[1];
  return {
    source: source ?? 'hardware-clock',
    builtAt: Number(seconds('built') ?? 0) * 1000,
    latest: Number(seconds('latest') ?? Number.POSITIVE_INFINITY) * 1000,
  };
}

export function isPlausible({ builtAt, latest }: BootClock, wall: number): boolean {
  return wall >= builtAt && wall <= latest;
}

/** When the clock was synchronised last, in milliseconds since boot: an agent that is restarted knows it still. */
export function readSyncedAt(files: Files, now: number): number | undefined {
  const written = /^\d{1,15}$/.exec(files.read(CLOCK_SYNC)?.trim() ?? '')?.[0];
  return written !== undefined && Number(written) <= now ? Number(written) : undefined;
}

export function writeSyncedAt(files: Files, at: number): void {
  files.write(CLOCK_SYNC, `${Math.round(at)}\n`);
}

// SPDX-License-Identifier: MIT
/** How far each card is: rate and time left, of all its steps together. */
import { probeBytes } from './capacity.ts';
import type { CardOptions, CardProgress, Step } from './card.ts';

type Kind = 'read' | 'write';

const KIND: Readonly<Record<Step, Kind>> = {
  ...{ compare: 'read', capacity: 'write', 'capacity check': 'read', write: 'write', verify: 'read' },
  'boot sector': 'write',
};

/** How much faster a card is assumed to read than to write, until both were seen: between 1 and 2 for CF cards and sticks. */
const READ_TO_WRITE = 1.4;
/** Milliseconds, and share of the whole, after which what was seen says enough. */
const ENOUGH = { time: 500, share: 0.02 };

export interface CardView {
  readonly step: Step;
  /** Of the time of all steps, 0 to 1; never falls. */
  readonly share: number;
  /** Bytes a second in this kind of step. */
  readonly rate: number;
  /** Seconds, undefined while nothing is known. */
  readonly left: number | undefined;
}

export interface CardWork {
  readonly imageBytes: number;
  readonly imageSize: number;
  readonly deviceSize: number;
  readonly capacity: CardOptions['capacity'];
  readonly passes: number;
  readonly verifyOnly: boolean;
}

/** Bytes of each step that is to come, as long as it is not known that there is less to write. */
export function expectedBytes(work: CardWork): Partial<Record<Step, number>> {
  const { imageBytes, imageSize, deviceSize, capacity, passes, verifyOnly } = work;
  if (verifyOnly) return { verify: imageBytes };
  return {
    ...(capacity === 'probe'
      ? { capacity: probeBytes({ device: { size: deviceSize }, reserved: imageSize }) }
      : {}),
    ...(capacity === 'full' ? { capacity: deviceSize, 'capacity check': deviceSize } : {}),
    ...{ compare: imageBytes, write: imageBytes, verify: passes * imageBytes },
  };
}

/** Follows one card. All times are milliseconds of one clock. */
export class CardMeter {
  private readonly expected: Partial<Record<Step, number>>;
  private readonly done: Partial<Record<Step, number>> = {};
  /** What has been seen of each kind. */
  private readonly seen: Record<Kind, { bytes: number; time: number }> = {
    read: { bytes: 0, time: 0 },
    write: { bytes: 0, time: 0 },
  };
  private readonly begin: number;
  private last: number;
  private share = 0;

  constructor(expected: Partial<Record<Step, number>>, now: number) {
    this.expected = { ...expected };
    this.begin = now;
    this.last = now;
  }

  /** Steps come in their order: those before the one that is told of are over. */
  on({ step, done, total }: CardProgress, now: number): CardView {
    const seen = this.seen[KIND[step]];
    seen.bytes += done - (this.done[step] ?? 0);
    seen.time += now - this.last;
    this.last = now;
    this.expected[step] = total;
    this.done[step] = done;
    for (const earlier of stepsBefore(step)) this.expected[earlier] = this.done[earlier] ?? 0;
    const left = this.millisecondsLeft();
    const elapsed = now - this.begin;
    if (left !== undefined) this.share = Math.max(this.share, left === 0 ? 1 : elapsed / (elapsed + left));
    const known = left !== undefined && elapsed >= ENOUGH.time && this.share >= ENOUGH.share;
    return {
      ...{ step, share: this.share, rate: rateOf(seen) * 1000 },
      left: known ? left / 1000 : undefined,
    };
  }

  private millisecondsLeft(): number | undefined {
    const { read, write } = this.seen;
    const [reads, writes] = [rateOf(read), rateOf(write)];
    const readRate = reads || writes * READ_TO_WRITE;
    const writeRate = writes || reads / READ_TO_WRITE;
    if (readRate === 0) return undefined;
    return this.remaining('read') / readRate + this.remaining('write') / writeRate;
  }

  private remaining(kind: Kind): number {
    const steps = (Object.keys(this.expected) as Step[]).filter((step) => KIND[step] === kind);
    return steps.reduce((sum, step) => sum + (this.expected[step] ?? 0) - (this.done[step] ?? 0), 0);
  }
}

const ORDER = Object.keys(KIND) as Step[];

function stepsBefore(step: Step): Step[] {
  return ORDER.slice(0, ORDER.indexOf(step));
}

/** Bytes a millisecond. */
function rateOf({ bytes, time }: { bytes: number; time: number }): number {
  return time > 0 ? bytes / time : 0;
}

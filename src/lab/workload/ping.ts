// SPDX-License-Identifier: MIT
import { percentile } from '../measure/statistics.ts';
import type { Results } from './results.ts';

export interface PingOptions {
  readonly from: string;
  readonly to: string;
  /** Address of the receiver: that of its end of this link. Default: of its first link. */
  readonly link?: string;
  /** The address itself, such as one that a shell step gave to the node. */
  readonly address?: string;
  /** Seconds between two; default 0.05. */
  readonly interval?: number;
}

export function pingLine(name: string, address: string, { from, interval = 0.05 }: PingOptions): string {
  return `begin ${name} ${from} ping -n -i ${interval} ${address}`;
}

/** Round trips seen by ping. */
export class Pings {
  private readonly results: Results;
  private readonly name: string;

  constructor(results: Results, name: string) {
    this.results = results;
    this.name = name;
  }

  /** Each round trip that was completed, in milliseconds, in the order of answers. */
  milliseconds(): number[] {
    return [...this.results.text(this.name).matchAll(/ time=([\d.]+) ms/g)].map(([, time]) => Number(time));
  }

  /** Pings that nobody answered; those after the last answer do not count. */
  lost(): number {
    const answered = [...this.results.text(this.name).matchAll(/ icmp_seq=(\d+) /g)].map(([, number]) =>
      Number(number),
    );
    return Math.max(0, ...answered) - new Set(answered).size;
  }

  /** So many percent of the round trips took at most this long, in milliseconds. */
  percentile(percent: number): number {
    return percentile(this.milliseconds(), percent);
  }
}

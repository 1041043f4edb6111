// SPDX-License-Identifier: MIT
/** Packets through the tunnel at a steady pace, from a host behind a board, and which of them were lost. */
import type { Guest } from '../guest.ts';

/** Seconds between two packets. */
const PACE = 0.2;
const ANSWERS = '/tmp/answers';

/** Numbers of packets that were not answered, first and last. */
export type Gap = readonly [first: number, last: number];

export interface Answered {
  /** The number of the last packet that was answered. */
  readonly last: number;
  readonly gaps: readonly Gap[];
}

/** Prints which numbers are missing among those of the answers, and the last one. They may come in any order. */
const MISSING = [
  `awk -F 'seq=' 'NF > 1 { n = $2 + 0; seen[n] = 1; if (n > last) last = n } END {`,
  'for (n = 0; n <= last; n++) { if (!(n in seen) && from == "") from = n;',
  'if ((n in seen) && from != "") { print "gap", from, n - 1; from = "" } } print "last", last + 0 }\'',
].join(' ');

export class SteadyPing {
  readonly #host: Guest;

  /** Sends from now on. */
  static async start(host: Guest, address: string): Promise<SteadyPing> {
    await host.ask(`ping -i ${PACE} -s 1000 ${address} >${ANSWERS} 2>&1 &`);
    return new SteadyPing(host);
  }

  private constructor(host: Guest) {
    this.#host = host;
  }

  /** Where it stands. */
  async answered(): Promise<Answered> {
    return answeredIn(await this.#host.ask(`${MISSING} ${ANSWERS}`));
  }

  /** Waits until `count` more packets are answered than by now, and says where it stands then. */
  async more(count: number, timeout: number): Promise<Answered> {
    const end = performance.now() + timeout;
    const { last } = await this.answered();
    for (;;) {
      const now = await this.answered();
      if (now.last >= last + count) return now;
      if (performance.now() > end) throw new Error(`no answer through the tunnel for ${timeout / 1000} s`);
      await this.#host.ask('sleep 1');
    }
  }
}

export function answeredIn(output: string): Answered {
  const gaps = [...output.matchAll(/^gap (\d+) (\d+)$/gm)].map(
    ([, first, last]): Gap => [Number(first), Number(last)],
  );
  const last = /^last (\d+)$/m.exec(output)?.[1];
  if (last === undefined) throw new Error(`the answers were not counted: ${output}`);
  return { last: Number(last), gaps };
}

/** Packets lost behind the one numbered `from`, up to `to`. */
export function lost({ gaps }: Answered, from: number, to: number): number {
  return gaps.reduce(
    (sum, [first, last]) => sum + Math.max(0, Math.min(last, to) - Math.max(first, from + 1) + 1),
    0,
  );
}

/** Seconds that so many packets take. */
export function secondsOf(packets: number): number {
  return Math.round(packets * PACE * 10) / 10;
}

// SPDX-License-Identifier: MIT
import { BuildError } from '../../image/errors.ts';
import { mean, median } from '../measure/statistics.ts';
import { Rejected } from '../rejected.ts';
import type { Results } from './results.ts';

export interface FetchOptions {
  readonly client: string;
  readonly server: string;
  /** Address of the server: that of its end of this link. Default: of its first link. */
  readonly link?: string;
  /** The address itself, such as one that a shell step gave to the node. */
  readonly address?: string;
  /** Size of the document. */
  readonly bytes: number;
  /** Default 5. */
  readonly times?: number;
  /** Seconds before each transfer, in which queues empty themselves of what the one before has left there. Default 0. */
  readonly pause?: number;
  /** Mean and median of the goodput may differ by this share, else the cell is rejected. Default 0.05. */
  readonly tolerance?: number;
}

const TIMES = 5;
const TOLERANCE = 0.05;

/** A web server with one document, and a client that fetches it again and again, each time by a new connection. */
export function fetchLines(name: string, address: string, options: FetchOptions): string[] {
  const { client, server, bytes, times = TIMES, pause = 0 } = options;
  const get = `wget -q -O /dev/null http://${address}/${name}`;
  const wait = pause === 0 ? '' : `sleep ${pause}; `;
  const loop = `for i in $(seq ${times}); do ${wait}a=$(date +%s%N); ${get} || exit; echo $a $(date +%s%N); done`;
  return [
    `mkdir -p /tmp/www && truncate -s ${bytes} /tmp/www/${name}`,
    `[ -e /run/steps/httpd-${server} ] || begin httpd-${server} ${server} httpd -f -p 80 -h /tmp/www`,
    // The server must listen; nothing tells when.
    'sleep 0.1',
    `step ${name} ${client} sh -c '${loop}'`,
  ];
}

/** Times of finished transfers. */
export class Transfers {
  private readonly results: Results;
  private readonly name: string;
  private readonly options: FetchOptions;

  constructor(results: Results, name: string, options: FetchOptions) {
    this.results = results;
    this.name = name;
    this.options = options;
  }

  /** What each transfer took, from before the connection to its end, in seconds. */
  seconds(): number[] {
    const times = [...this.results.text(this.name).matchAll(/^(\d+) (\d+)$/gm)].map(
      ([, begin, end]) => Number(BigInt(end ?? 0) - BigInt(begin ?? 0)) / 1e9,
    );
    const { times: wanted = TIMES } = this.options;
    if (times.length !== wanted)
      throw new BuildError(`step ${this.name}: ${times.length} of ${wanted} transfers ended`);
    return times;
  }

  /**
   * Bytes of the document per second, in thousands: the mean over all transfers. Throws Rejected when it is too far
   * from their median.
   */
  kilobytesPerSecond(): number {
    return agreed(
      this.seconds().map((seconds) => this.options.bytes / seconds / 1000),
      this.options.tolerance ?? TOLERANCE,
    );
  }
}

/** The mean of repetitions. Throws Rejected when mean and median differ by more than a share of the median. */
export function agreed(values: readonly number[], tolerance: number): number {
  const [average, middle] = [mean(values), median(values)];
  if (Math.abs(average - middle) > tolerance * middle) {
    const shown = values.map((value) => value.toFixed(1)).join(', ');
    throw new Rejected(`mean ${average.toFixed(1)} and median ${middle.toFixed(1)} of ${shown} disagree`);
  }
  return average;
}

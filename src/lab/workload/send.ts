// SPDX-License-Identifier: MIT
import { BuildError } from '../../image/errors.ts';
import type { Results } from './results.ts';

export interface SendOptions {
  readonly from: string;
  /** Hosts, and their addresses to send to. All are sent to at once. */
  readonly to: readonly { readonly node: string; readonly address: string }[];
  /** Sizes in bytes, one file after the other, to each address. */
  readonly sizes: readonly number[];
}

/** One file that has arrived. */
export interface Sent {
  readonly address: string;
  readonly bytes: number;
  /** From before the connection until the receiver has closed it, in seconds of simulated time since the boot. */
  readonly begin: number;
  readonly end: number;
}

const PORT = 9000;

/** Files that a host sends, each by a connection of its own, as scp does without its encryption. */
export function sendLines(name: string, { from, to, sizes }: SendOptions): string[] {
  const receivers = [...new Set(to.map(({ node }) => node))].map(
    (node) =>
      `[ -e /run/steps/receiver-${node} ] || ` +
      `begin receiver-${node} ${node} socat -u TCP-LISTEN:${PORT},fork,reuseaddr,backlog=100 OPEN:/dev/null`,
  );
  // Asks for the end of the other side, so that a file has arrived when its time is taken.
  const file = `head -c $size /dev/zero | socat -t 600 STDIO TCP:$address:${PORT} || exit`;
  const one = `for size in ${sizes.join(' ')}; do a=$(date +%s%N); ${file}; echo $address $size $a $(date +%s%N); done`;
  const all = `for address in ${to.map(({ address }) => address).join(' ')}; do { ${one}; } & done; wait`;
  return [
    ...receivers,
    // The receivers must listen; nothing tells when.
    'sleep 0.1',
    `begin ${name} ${from} sh -c '${all}'`,
  ];
}

/** Files that have arrived, as their sender has seen it. */
export class Sending {
  private readonly results: Results;
  private readonly name: string;
  private readonly options: SendOptions;

  constructor(results: Results, name: string, options: SendOptions) {
    this.results = results;
    this.name = name;
    this.options = options;
  }

  /** In the order of their ends. Throws when one did not arrive. */
  files(): Sent[] {
    const files = this.arrived();
    const wanted = this.options.to.length * this.options.sizes.length;
    if (files.length !== wanted)
      throw new BuildError(`step ${this.name}: ${files.length} of ${wanted} files arrived`);
    return files;
  }

  /** Those that did; a connection that breaks off is the end of what is sent to its address. */
  arrived(): Sent[] {
    return [...this.results.text(this.name).matchAll(/^(\S+) (\d+) (\d+) (\d+)$/gm)].map(
      ([, address = '', bytes, begin, end]): Sent => ({
        address,
        bytes: Number(bytes),
        begin: Number(begin) / 1e9,
        end: Number(end) / 1e9,
      }),
    );
  }
}

/** Seconds from the first begin to the last end. */
export function secondsOf(sendings: readonly Sending[]): number {
  const files = sendings.flatMap((sending) => sending.files());
  return Math.max(...files.map(({ end }) => end)) - Math.min(...files.map(({ begin }) => begin));
}

// SPDX-License-Identifier: MIT
import { BuildError } from '../../image/errors.ts';
import type { Results } from './results.ts';

export interface StreamOptions {
  readonly from: string;
  readonly to: string;
  /** Address of the receiver: that of its end of this link. Default: of its first link. */
  readonly link?: string;
  /** The address itself, such as one that a shell step gave to the node. */
  readonly address?: string;
  /** Simulated seconds. */
  readonly seconds: number;
  /** Seconds at the begin that do not count. Default 0. */
  readonly omit?: number;
  /** UDP datagrams at this rate in bit/s, instead of TCP. */
  readonly udp?: number;
  /** TCP's congestion control; default: the kernel's, cubic. */
  readonly congestion?: 'cubic' | 'bbr' | 'reno';
  /** Connections at once; default 1. */
  readonly connections?: number;
  /** Multipath TCP. */
  readonly mptcp?: boolean;
}

/** Each stream has a server and a port of its own. */
export function streamLines(name: string, address: string, options: StreamOptions): string[] {
  const { from, to, seconds, omit = 0, udp, congestion, connections = 1, mptcp } = options;
  const port = 5200 + Number(name.split('-')[0]);
  const words = [
    `iperf3 -c ${address} -p ${port} -t ${seconds} -O ${omit} -P ${connections} -J`,
    ...(udp === undefined ? [] : [`-u -b ${udp} -l 1400`]),
    ...(congestion === undefined ? [] : [`-C ${congestion}`]),
  ];
  const run = (command: string) => (mptcp ? `mptcpize run ${command}` : command);
  return [
    `begin ${name}-server ${to} ${run(`iperf3 -s -1 -p ${port}`)}`,
    'sleep 0.1',
    `begin ${name} ${from} ${run(words.join(' '))}`,
  ];
}

interface Sum {
  readonly bits_per_second?: number;
  readonly bytes?: number;
  readonly retransmits?: number;
  readonly lost_percent?: number;
  readonly jitter_ms?: number;
}

interface Report {
  readonly error?: string;
  readonly end?: {
    readonly sum_sent?: Sum;
    readonly sum_received?: Sum;
    readonly sum?: Sum;
    readonly streams?: readonly { readonly udp?: { readonly out_of_order?: number } }[];
  };
}

/** Result of one iperf3 run. */
export class Stream {
  private readonly results: Results;
  private readonly name: string;
  private readonly options: StreamOptions;

  constructor(results: Results, name: string, options: StreamOptions) {
    this.results = results;
    this.name = name;
    this.options = options;
  }

  /** Payload that came to the receiver, in Mbit/s. */
  megabitsPerSecond(): number {
    return this.number('bits_per_second') / 1e6;
  }

  /** Segments that TCP sent again. */
  retransmits(): number {
    return this.report().end?.sum_sent?.retransmits ?? 0;
  }

  /** Datagrams that did not arrive, in percent; UDP only. */
  lossPercent(): number {
    return this.number('lost_percent');
  }

  /** Datagrams that came behind a later one; UDP only. */
  outOfOrder(): number {
    const streams = this.report().end?.streams ?? [];
    return streams.reduce((all, { udp }) => all + (udp?.out_of_order ?? 0), 0);
  }

  private number(key: keyof Sum): number {
    const { end } = this.report();
    const value = (end?.sum_received ?? end?.sum)?.[key];
    if (value === undefined) throw new BuildError(`step ${this.name}: iperf3 does not tell ${key}`);
    return value;
  }

  private report(): Report {
    const report = this.results.json(this.name) as Report;
    if (report.error !== undefined) {
      throw new BuildError(
        `step ${this.name}: iperf3 from ${this.options.from} to ${this.options.to}: ${report.error}`,
      );
    }
    return report;
  }
}

// SPDX-License-Identifier: MIT

import { type FlowMeasures, measureFlow } from '../measure/flow.ts';
import { type Packet, readPcap } from '../measure/pcap.ts';
import type { Results } from './results.ts';

/** Bytes of each packet that a capture keeps: enough for the headers of a tunnel. */
const SNAPLEN = 120;

/** A capture that runs until the end, in `out/<name>.pcap`. */
export function captureLine(name: string, node: string, device: string): string[] {
  const options = `--time-stamp-precision=nano -Z root -n -s ${SNAPLEN} -B 65536`;
  return [
    `begin ${name} ${node} tcpdump ${options} -i ${device} -w /lab/out/${name}.pcap`,
    // Until the capture is there; in simulated time that is at once.
    `until grep -q listening /lab/out/${name}.err 2>/dev/null; do sleep 0.01; done`,
  ];
}

/** The time at which the workload's clock was started, in nanoseconds since 1970. */
export const CLOCK = 'clock';

/** Packets that were seen at one place. */
export class Trace {
  private readonly results: Results;
  private readonly name: string;

  constructor(results: Results, name: string) {
    this.results = results;
    this.name = name;
  }

  /** In order of time, which counts from the start of the workload's clock. */
  packets(): Packet[] {
    return readPcap(this.results.bytes(`${this.name}.pcap`), BigInt(this.results.text(CLOCK)));
  }

  /** The TCP connection that carried most, as seen here. */
  flow(): FlowMeasures {
    return measureFlow(this.packets());
  }
}

// SPDX-License-Identifier: MIT
import type { Results } from './results.ts';

/** What the kernel has counted in one node since the network was built. */
export interface Counters {
  /** Bytes and packets that a device has sent and received. */
  device(name: string): DeviceCounters;
  /** A counter of `nstat`, as TcpRetransSegs; 0 when it never counted. */
  protocol(name: string): number;
}

export interface DeviceCounters {
  readonly rx: { readonly bytes: number; readonly packets: number };
  readonly tx: { readonly bytes: number; readonly packets: number };
}

interface ShownLink {
  readonly ifname: string;
  readonly stats64: DeviceCounters;
}

export function readCounters(results: Results, node: string): Counters {
  return {
    device(name) {
      const links = results.json(`${node}.links`) as readonly ShownLink[];
      const link = links.find(({ ifname }) => ifname === name);
      if (!link)
        throw new Error(
          `${node} has no device ${name}, only ${links.map(({ ifname }) => ifname).join(', ')}`,
        );
      return link.stats64;
    },
    protocol(name) {
      const { kernel } = results.json(`${node}.nstat`) as { kernel: Readonly<Record<string, number>> };
      return kernel[name] ?? 0;
    },
  };
}

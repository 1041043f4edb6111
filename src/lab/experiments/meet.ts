// SPDX-License-Identifier: MIT
import type { Workload } from '../workload/workload.ts';

/**
 * Lets all nodes on the way learn each other's Ethernet addresses, as in a network that was in use before. Else the first packets of
 * a path wait for that, and the first connection takes them for lost.
 */
export function meet(lab: Workload, node: string, addresses: readonly string[]): void {
  for (const address of addresses) lab.shell(node, `ping -n -c 1 -W 5 ${address}`);
}

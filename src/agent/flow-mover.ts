// SPDX-License-Identifier: MIT
/**
 * Flows without a connection of their own (UDP, ICMP, GRE, ESP …) follow the uplinks in use. Connection tracking holds a flow on the
 * uplink, and behind NAT on the address, that it began with, for as long as its packets come; a telephone's flow would so
 * stay on a dead line, or on a backup that is paid by the byte, for ever. When an uplink leaves use its entries are
 * forgotten, and the next packet begins anew where new traffic goes.
 *
 * TCP is left alone: behind NAT a connection cannot move, and on a backup it may end in peace.
 */
import { inUse, UPLINK_MARK_MASK, uplinksOf } from '../appliance/model.ts';
import type { Facts } from '../appliance/plan-types.ts';
import type { Config } from '../appliance/schema.ts';
import type { Kernel } from './kernel.ts';
import { errorText, type Log } from './ports.ts';

/** ICMP, UDP, GRE, ESP, AH, UDP-Lite. */
const PROTOCOLS = [1, 17, 47, 50, 51, 136];

export class FlowMover {
  #kernel: Kernel;
  #log: Log;
  /** Marks of the uplinks that were in use; undefined: not known, since the agent has just started. */
  #used: ReadonlySet<number> | undefined;

  constructor(kernel: Kernel, log: Log) {
    this.#kernel = kernel;
    this.#log = log;
  }

  /** The routes are as these facts want them: called after each plan that was applied. */
  settle(config: Config, facts: Facts): void {
    const uplinks = uplinksOf(config, facts);
    const used = new Set(inUse(uplinks).map(({ mark }) => mark));
    // While none is in use traffic still tries them all.
    if (used.size === 0) return;
    const before = this.#used ?? new Set(uplinks.map(({ mark }) => mark));
    this.#used = used;
    for (const mark of before) if (!used.has(mark)) this.#forget(mark);
  }

  #forget(mark: number): void {
    try {
      for (const protocol of PROTOCOLS) this.#kernel.forgetFlows({ mark, mask: UPLINK_MARK_MASK, protocol });
    } catch (error) {
      this.#log('warning', `flows of an uplink that left use stay where they are: ${errorText(error)}`);
    }
  }
}

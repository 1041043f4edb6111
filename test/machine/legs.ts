// SPDX-License-Identifier: MIT
/** Leg counters of a plait device, as `ethtool -S` shows them: all of one moment. */

export interface Leg {
  readonly txPackets: number;
  readonly txBytes: number;
}

/** Reads the output of `ethtool -S <device>`; the legs are named without the device. */
export function parseLegs(output: string, device: string): Map<string, Leg> {
  const counters = new Map<string, number>();
  for (const [, name, value] of output.matchAll(/^\s*(\S+): (\d+)\s*$/gm))
    counters.set(name ?? '', Number(value));
  const legs = new Map<string, Leg>();
  for (const [name, txPackets] of counters) {
    const leg = name.startsWith(`${device}.`) && /^(.+)_tx_packets$/.exec(name.slice(device.length + 1))?.[1];
    if (leg) legs.set(leg, { txPackets, txBytes: counters.get(`${device}.${leg}_tx_bytes`) ?? 0 });
  }
  return legs;
}

/** What was sent since `before`. */
export function since(before: Map<string, Leg>, now: Map<string, Leg>): Map<string, Leg> {
  const growth = new Map<string, Leg>();
  for (const [name, leg] of now) {
    const old = before.get(name) ?? { txPackets: 0, txBytes: 0 };
    growth.set(name, { txPackets: leg.txPackets - old.txPackets, txBytes: leg.txBytes - old.txBytes });
  }
  return growth;
}

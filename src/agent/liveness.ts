// SPDX-License-Identifier: MIT
/** Which uplinks and legs are dead, from silent probes and lost carriers together. */
import type { HealthTarget } from '../appliance/health-targets.ts';
import { portDevice } from '../appliance/model.ts';
import type { Facts } from '../appliance/plan-types.ts';
import type { Config } from '../appliance/schema.ts';

export interface LivenessSource {
  /** What is in use; undefined: nothing is. */
  config: Config | undefined;
  /** Targets that answer no probes. */
  silent: readonly HealthTarget[];
  /** Uplinks whose targets say that they are dead. */
  deadPaths: readonly string[];
  /** All that is probed. */
  targets: readonly HealthTarget[];
  /** Is the device's cable, or what stands for it, out? */
  withoutCarrier(device: string): boolean;
}

/** A leg is also dead when its uplink has no carrier. */
export function deadOnes(source: LivenessSource): Pick<Facts, 'deadUplinks' | 'deadLegs'> {
  const { config, silent, targets } = source;
  const noCarrier = new Set(
    Object.entries(config?.uplinks ?? {})
      .filter(([, uplink]) => source.withoutCarrier(portDevice(uplink)))
      .map(([name]) => name),
  );
  const deadLegs: Record<string, string[]> = {};
  for (const target of new Set([...silent, ...targets.filter(({ uplink }) => noCarrier.has(uplink))])) {
    if (target.kind !== 'leg') continue;
    deadLegs[target.tunnel] ??= [];
    if (!deadLegs[target.tunnel]?.includes(target.leg)) deadLegs[target.tunnel]?.push(target.leg);
  }
  return { deadUplinks: [...new Set([...noCarrier, ...source.deadPaths])], deadLegs };
}

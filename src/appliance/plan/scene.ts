// SPDX-License-Identifier: MIT
/** What the parts of a plan are made from: the configuration, and what of it can be had now. */
import { hasLan, type Leg, liveLegs, plannedTunnels, plannedUplinks, type Uplink } from '../model.ts';
import type { Facts } from '../plan-types.ts';
import type { Config } from '../schema.ts';

export type Scene = {
  readonly config: Config;
  readonly facts: Facts;
  readonly hasLan: boolean;
  readonly uplinks: readonly Uplink[];
  readonly tunnels: readonly string[];
  readonly legs: readonly Leg[];
};

export function sceneOf(config: Config, facts: Facts): Scene {
  return {
    config,
    facts,
    hasLan: hasLan(config, facts),
    uplinks: plannedUplinks(config, facts),
    tunnels: plannedTunnels(config, facts),
    legs: liveLegs(config, facts),
  };
}

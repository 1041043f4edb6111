// SPDX-License-Identifier: MIT
/**
 * The fast path: once a connection between the LAN and an uplink is known, plait_balance forwards its packets as they come in,
 * without rules, connection tracking and a look-up of routes (src/kmod/uapi/plait_balance.h, "The fast path").
 */
import { lanDevice, OVER_RATE_MARK } from '../model.ts';
import type { FastPathItem } from '../plan-types.ts';
import type { Scene } from './scene.ts';

export function fastPath({ config, uplinks, hasLan }: Scene): FastPathItem[] {
  if (!hasLan || uplinks.length === 0 || !config.firewall.offload) return [];
  const devices = [lanDevice(config), ...uplinks.map(({ device }) => device)].sort();
  return [{ kind: 'fast-path', devices, dropMark: OVER_RATE_MARK }];
}

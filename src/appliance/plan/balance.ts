// SPDX-License-Identifier: MIT
/** The balancing of traffic that leaves by the uplinks directly (plait_balance). */
import { inUse, lanDevice, UPLINK_MARK_MASK, type Uplink } from '../model.ts';
import type { BalancedUplink, BalanceItem } from '../plan-types.ts';
import type { Scene } from './scene.ts';

/** Every uplink by which the world can be reached is there, so that its counters last; `alive` says which are used. */
export function balance(scene: Scene): BalanceItem[] {
  const settings = scene.config.balance;
  if (settings === undefined) return [];
  const uplinks = scene.uplinks.filter(reachesTheWorld);
  const inputs = settings.from?.flatMap((name) => inputDevice(scene, name));
  if (uplinks.length === 0 || inputs?.length === 0) return [];
  const used = new Set(inUse(scene.uplinks));
  return [
    {
      kind: 'balance',
      strategy: settings.strategy,
      mask: UPLINK_MARK_MASK,
      deadSessions: settings['dead-sessions'],
      local: settings.local,
      ...(inputs === undefined ? {} : { inputs }),
      excludes: settings.exclude,
      uplinks: uplinks.map((uplink) => balanced(uplink, used.has(uplink))),
    },
  ];
}

/** In `balance.from`, the name of a tunnel is that of its device; what is not there balances nothing. */
function inputDevice({ config, hasLan, tunnels }: Scene, name: string): string[] {
  if (name === 'lan') return hasLan ? [lanDevice(config)] : [];
  return tunnels.includes(name) ? [name] : [];
}

function reachesTheWorld({ config }: Uplink): boolean {
  return config.address === 'dhcp' || config.gateway !== undefined;
}

function balanced({ device, mark, config }: Uplink, alive: boolean): BalancedUplink {
  const { weight, rate, nat } = config;
  return { dev: device, mark, weight, rateUp: rate?.up ?? 0, rateDown: rate?.down ?? 0, alive, nat };
}

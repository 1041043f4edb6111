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
  const inputs = balancedInputs(scene);
  if (uplinks.length === 0 || (settings.from !== undefined && inputs.length === 0)) return [];
  const used = new Set(inUse(scene.uplinks));
  return [
    {
      kind: 'balance',
      strategy: settings.strategy,
      mask: UPLINK_MARK_MASK,
      deadSessions: settings['dead-sessions'],
      local: settings.local,
      ...(settings.from === undefined ? {} : { inputs }),
      excludes: settings.exclude,
      uplinks: uplinks.map((uplink) => balanced(uplink, used.has(uplink))),
    },
  ];
}

/** Devices whose traffic is balanced; that of others may be too, where `balance.from` does not say it. */
export function balancedInputs(scene: Scene): string[] {
  const sides = scene.config.balance?.from ?? ['lan', ...scene.tunnels];
  return sides.flatMap((name) => inputDevice(scene, name));
}

/** In `balance.from`, the name of a tunnel is that of its device; what is not there balances nothing. */
function inputDevice({ config, hasLan, tunnels }: Scene, name: string): string[] {
  if (name === 'lan') return hasLan ? [lanDevice(config)] : [];
  return tunnels.includes(name) ? [name] : [];
}

export function reachesTheWorld({ config }: Pick<Uplink, 'config'>): boolean {
  return config.address === 'dhcp' || config.gateway !== undefined;
}

function balanced({ device, mark, config }: Uplink, alive: boolean): BalancedUplink {
  const { weight, rate, nat } = config;
  return { dev: device, mark, weight, rateUp: rate?.up ?? 0, rateDown: rate?.down ?? 0, alive, nat };
}

// SPDX-License-Identifier: MIT
/** The balancing of traffic that leaves by the uplinks directly (plait_balance). */
import { inUse, lanDevice, UPLINK_MARK_MASK, type Uplink, uplinksOf } from '../model.ts';
import type { BalancedUplink, BalanceItem, Facts } from '../plan-types.ts';
import type { Config } from '../schema.ts';

/** Every uplink by which the world can be reached is there, so that its counters last; `alive` says which are used. */
export function balance(config: Config, facts: Facts): BalanceItem[] {
  const settings = config.balance;
  if (settings === undefined) return [];
  const uplinks = uplinksOf(config, facts);
  const used = new Set(inUse(uplinks));
  return [
    {
      kind: 'balance',
      strategy: settings.strategy,
      mask: UPLINK_MARK_MASK,
      deadSessions: settings['dead-sessions'],
      local: settings.local,
      ...(settings.from === undefined
        ? {}
        : { inputs: settings.from.map((name) => inputDevice(config, name)) }),
      excludes: settings.exclude,
      uplinks: uplinks.filter(reachesTheWorld).map((uplink) => balanced(uplink, used.has(uplink))),
    },
  ];
}

/** In `balance.from`, the name of a tunnel is that of its device. */
function inputDevice(config: Config, name: string): string {
  return name === 'lan' ? lanDevice(config) : name;
}

function reachesTheWorld({ config }: Uplink): boolean {
  return config.address === 'dhcp' || config.gateway !== undefined;
}

function balanced({ device, mark, config }: Uplink, alive: boolean): BalancedUplink {
  const { weight, rate, nat } = config;
  return { dev: device, mark, weight, rateUp: rate?.up ?? 0, rateDown: rate?.down ?? 0, alive, nat };
}

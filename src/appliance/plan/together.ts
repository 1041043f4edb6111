// SPDX-License-Identifier: MIT
/**
 * Sessions that belong together leave by one uplink, and so by one address: the first packet of each gets the mark of an
 * uplink before anybody else chooses. Which one, a hash of source and destination says: the sessions of one host with
 * one server have the same, whatever else there is between them.
 */

import { parseNetwork } from '../ip-network.ts';
import { inUse, UPLINK_MARK_MASK, type Uplink } from '../model.ts';
import {
  accept,
  addressPairIn,
  baseChain,
  ctState,
  destination,
  destinationPort,
  iifname,
  jump,
  protocol,
  returning,
  rule,
  setMark,
} from '../nft/build.ts';
import { PRIORITIES } from '../nft/names.ts';
import type { Expression, Rule } from '../nft/types.ts';
import type { TableItem } from '../plan-types.ts';
import { DEFAULT_TOGETHER, type SessionKind } from '../together.ts';
import { balancedInputs, reachesTheWorld } from './balance.ts';
import type { Scene } from './scene.ts';
import { tableItem } from './table.ts';

/** Before the marks of connections are recalled, which go before, and before plait_balance, which takes what it finds. */
const BEFORE_MARKS = PRIORITIES.mangle - 1;

export function together(scene: Scene): TableItem[] {
  const { config, uplinks } = scene;
  const kinds = (config.balance?.together ?? DEFAULT_TOGETHER).flatMap((entry) => entry.kinds);
  const used = inUse(uplinks);
  const inputs = balancedInputs(scene);
  // Everything by a tunnel: a mark would lead past it.
  const tunnelled = Object.values(config.tunnels).some(({ routes }) => routes.includes('0.0.0.0/0'));
  if (kinds.length === 0 || used.length < 2 || inputs.length === 0 || tunnelled) return [];
  const excluded = (config.balance?.exclude ?? []).flatMap((text) => parseNetwork(text) ?? []);
  const begins = [
    ...(excluded.length === 0 ? [] : [rule(destination(...excluded), returning)]),
    ...kinds.map((kind) => rule(match(kind), jump('choose'))),
  ];
  return [
    tableItem({
      family: 'inet',
      name: 'plait_together',
      chains: [
        { name: 'choose', rules: choices(uplinks, used) },
        { name: 'begins', rules: begins },
        baseChain(
          'prerouting',
          { type: 'filter', hook: 'prerouting', priority: BEFORE_MARKS, policy: 'accept' },
          [rule(ctState('new'), iifname(...inputs), jump('begins'))],
        ),
      ],
    }),
  ];
}

/**
 * First among all uplinks of this rank, those that are not used just now too: so the sessions of the others stay where they
 * are when one dies. What falls to such a one is shared out among the others.
 */
function choices(uplinks: readonly Uplink[], used: readonly Uplink[]): Rule[] {
  const rank = used[0]?.config.backup;
  const all = uplinks.filter((uplink) => uplink.config.backup === rank && reachesTheWorld(uplink));
  const shared = all.length > used.length ? shares(used, used) : [];
  return [...shares(all, used), ...shared];
}

/** A rule for each of `used`, over the share that it has of `all` by weight. */
function shares(all: readonly Uplink[], used: readonly Uplink[]): Rule[] {
  const total = all.reduce((sum, { config: { weight } }) => sum + weight, 0);
  let next = 0;
  return all.flatMap((uplink) => {
    const from = next;
    next += uplink.config.weight;
    const share = addressPairIn(total, { from, to: next - 1 });
    return used.includes(uplink) ? [rule(share, setMark(uplink.mark, UPLINK_MARK_MASK), accept)] : [];
  });
}

function match({ protocol: carrier, ports, network }: SessionKind): readonly Expression[] {
  return [
    ...(network === undefined ? [] : destination(network)),
    ...(carrier === undefined ? [] : protocol(carrier)),
    ...(ports === undefined ? [] : destinationPort(...ports)),
  ];
}

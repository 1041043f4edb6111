// SPDX-License-Identifier: MIT
/**
 * The fast path: once a connection between the LAN and an uplink is known, its packets are forwarded by a flow table as they
 * come in, without rules, connection tracking and a look-up of routes. The kernel throws entries out when a route, a
 * policy rule or the carrier of a device changes, so that the next packet goes the whole way again and finds where its
 * connection belongs now.
 */
import { lanDevice } from '../model.ts';
import { baseChain, family, iifname, offload, oifname, protocol, rule } from '../nft/build.ts';
import { PRIORITIES } from '../nft/names.ts';
import type { TableItem } from '../plan-types.ts';
import type { Scene } from './scene.ts';
import { tableItem } from './table.ts';

const FLOWTABLE = 'fast';
/** After the rules that let packets through, and before the flow table. */
const AFTER_FILTER = PRIORITIES.filter + 1;

/** plait_balance decides and counts packet by packet, so what it balances stays on the ordinary way. */
export function fastPath({ config, uplinks, hasLan }: Scene): TableItem[] {
  const parents = new Set(
    uplinks.filter(({ config: { vlan } }) => vlan !== undefined).map((one) => one.config.port),
  );
  // By a port that carries VLANs, the flow table would take their packets before the VLANs' own shapers and policers.
  const devices = uplinks.map(({ device }) => device).filter((device) => !parents.has(device));
  const lan = lanDevice(config);
  const possible = hasLan && !parents.has(lan) && devices.length > 0;
  if (!possible || !config.firewall.offload || config.balance !== undefined) return [];
  return [
    tableItem({
      family: 'inet',
      name: 'plait_fast',
      flowtables: [{ name: FLOWTABLE, priority: PRIORITIES.filter, devices: [lan, ...devices].sort() }],
      chains: [
        baseChain('forward', { type: 'filter', hook: 'forward', priority: AFTER_FILTER, policy: 'accept' }, [
          rule(family('ipv4'), iifname(lan), oifname(...devices), protocol('tcp', 'udp'), offload(FLOWTABLE)),
        ]),
      ],
    }),
  ];
}

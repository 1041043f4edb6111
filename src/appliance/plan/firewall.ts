// SPDX-License-Identifier: MIT
/**
 * The firewall, one table for IPv4 and IPv6. Uplinks let in what was asked for from inside, the packets of tunnels from
 * their configured far ends, the errors that ICMP must tell, and what rules of the configuration say; nothing else.
 *
 * Packets of established connections meet few rules: what only the first packet of a connection needs is in chains that
 * only new ones are sent to.
 */

import { parseNetwork } from '../ip-network.ts';
import { formatPrefix, mustIp, mustPrefix, networkOf } from '../ipv4.ts';
import { fouPort, legsOf } from '../legs.ts';
import { lanDevice, UPLINK_MARK_MASK, type Uplink, uplinksOf } from '../model.ts';
import {
  accept,
  baseChain,
  clampMss,
  ctMarkIs,
  ctState,
  ctStatus,
  destination,
  destinationPort,
  dnat,
  drop,
  family,
  helper,
  icmpType,
  iifname,
  jump,
  masquerade,
  type Network,
  noTrack,
  oifname,
  protocol,
  rule,
  setCtMark,
  setMark,
  source,
  sourcePort,
} from '../nft/build.ts';
import { be } from '../nft/hex.ts';
import { CT_STATUS_DNAT, PRIORITIES } from '../nft/names.ts';
import type { BaseChain, Chain, Expression, Helper, Hook, Rule } from '../nft/types.ts';
import type { TableItem } from '../plan-types.ts';
import type { Config } from '../schema.ts';
import { type UserRules, userRules } from './firewall-rules.ts';
import { tableItem } from './table.ts';

export const FIREWALL_TABLE = 'plait';

/** The outer packets of one leg, whether its uplink has an address or not. */
type OuterPath = { device: string; remote: Network; match: readonly Expression[] };

type Scene = {
  config: Config;
  lan: string;
  uplinks: Uplink[];
  tunnels: string[];
  outer: OuterPath[];
  /** UDP ports of tunnels of mode `plait`: the module takes packets from anybody who has a key. */
  listens: number[];
  user: UserRules;
};

/** Changes with the configuration only, whatever ports, leases and probes say: it is in force before all of them. */
export function firewall(config: Config): TableItem {
  const uplinks = uplinksOf(config, NO_FACTS);
  const scene: Scene = {
    config,
    lan: lanDevice(config),
    uplinks,
    tunnels: Object.keys(config.tunnels),
    outer: outerPaths(config, uplinks),
    listens: [...new Set(Object.values(config.tunnels).flatMap(({ listen }) => listen ?? []))],
    user: userRules(config, uplinks),
  };
  const chains = [
    ...trackingChains(scene),
    ...newConnectionChains(scene),
    ...uplinkMarkChains(scene),
    ...natChains(scene),
    ...filterChains(scene),
  ];
  return tableItem({ family: 'inet', name: FIREWALL_TABLE, helpers: helpersOf(config), chains });
}

const NO_FACTS = { ports: [], leases: {}, deadUplinks: [], deadLegs: {} };

/** Protocols whose further connections and addresses are in what they say, and where they are found. */
const HELPERS = {
  ftp: { protocol: 'tcp', l3proto: 'inet', port: 21 },
  pptp: { protocol: 'tcp', l3proto: 'ip', port: 1723 },
  sip: { protocol: 'udp', l3proto: 'inet', port: 5060 },
} as const;

/** Without these a path with a smaller MTU swallows packets, and dead hosts are found only by waiting. */
const NEEDED_ERRORS = ['destination-unreachable', 'time-exceeded', 'parameter-problem'] as const;

const hooked = (
  hook: Hook,
  priority: number,
  policy: 'accept' | 'drop' = 'accept',
  type: 'filter' | 'nat' = 'filter',
): BaseChain => ({ type, hook, priority, policy });

/** What a rule would do for each of these; no rule when there are none. */
function when(condition: boolean, ...rules: Rule[]): Rule[] {
  return condition ? rules : [];
}

/** A chain that nothing would be in is left out. */
function chain(name: string, base: BaseChain, rules: readonly Rule[]): Chain[] {
  return rules.length === 0 ? [] : [baseChain(name, base, rules)];
}

function outerPaths(config: Config, uplinks: Uplink[]): OuterPath[] {
  return Object.entries(config.tunnels).flatMap(([name, tunnel]) =>
    legsOf(config, name).flatMap(({ uplink, remote }): OuterPath[] => {
      // What comes back from a direct leg, or one of mode plait, belongs to a connection that is known: its port is by chance.
      if (remote === undefined || tunnel.mode === 'plait') return [];
      const device = uplinks.find((candidate) => candidate.name === uplink)?.device;
      const port = { from: fouPort(tunnel), to: fouPort(tunnel) };
      const match =
        tunnel.mode === 'fou' ? [...protocol('udp'), ...destinationPort(port)] : protocol('ipencap');
      return device === undefined ? [] : [{ device, remote: networkFor(remote), match }];
    }),
  );
}

/** Outer packets are not tracked: their inner ones are, and each packet is work for a small CPU. */
function trackingChains({ outer, uplinks, listens }: Scene): Chain[] {
  const devices = uplinks.map(({ device }) => device);
  const port = (number: number) => ({ from: number, to: number });
  return [
    ...chain('untracked_in', hooked('prerouting', PRIORITIES.raw), [
      ...outer.map(({ device, remote, match }) => rule(iifname(device), source(remote), match, noTrack)),
      ...listens.map((number) =>
        rule(family('ipv4'), iifname(...devices), protocol('udp'), destinationPort(port(number)), noTrack),
      ),
    ]),
    ...chain('untracked_out', hooked('output', PRIORITIES.raw), [
      ...outer.map(({ device, remote, match }) => rule(oifname(device), destination(remote), match, noTrack)),
      ...listens.map((number) =>
        rule(family('ipv4'), oifname(...devices), protocol('udp'), sourcePort(port(number)), noTrack),
      ),
    ]),
  ];
}

/** What happens once in the life of a connection. */
function newConnectionChains(scene: Scene): Chain[] {
  const { config, uplinks } = scene;
  const marks = config.balance === undefined;
  const begins = [
    ...config.firewall.helpers.map((name) => {
      const { protocol: carrier, port } = HELPERS[name];
      return rule(protocol(carrier), destinationPort({ from: port, to: port }), helper(name));
    }),
    ...(marks
      ? uplinks.map(({ device, mark }) => rule(iifname(device), setCtMark(mark, UPLINK_MARK_MASK)))
      : []),
  ];
  const leaves = marks
    ? uplinks.map(({ device, mark }) => rule(oifname(device), setCtMark(mark, UPLINK_MARK_MASK)))
    : [];
  return [
    ...(begins.length === 0 ? [] : [{ name: 'new_in', rules: begins }]),
    ...(leaves.length === 0 ? [] : [{ name: 'new_out', rules: leaves }]),
    ...chain('marks_in', hooked('prerouting', PRIORITIES.mangle), [
      ...when(begins.length > 0, rule(ctState('new'), jump('new_in'))),
      ...when(leaves.length > 0, rule(iifname(scene.lan), jump('uplink_mark'))),
    ]),
    ...chain('marks_out', hooked('postrouting', PRIORITIES.mangle), [
      ...when(leaves.length > 0, rule(ctState('new'), jump('new_out'))),
    ]),
  ];
}

/**
 * Connections remember, in the connection mark, the uplink that they began on, whichever side began: their packets get
 * its mark. plait_balance, where it is used, looks after the marks itself.
 */
function uplinkMarkChains({ config, uplinks }: Scene): Chain[] {
  if (config.balance !== undefined || uplinks.length === 0) return [];
  const recall = uplinks.map(({ mark }) =>
    rule(ctMarkIs(mark, UPLINK_MARK_MASK), setMark(mark, UPLINK_MARK_MASK)),
  );
  return [
    { name: 'uplink_mark', rules: recall },
    ...chain('marks_local', { ...hooked('output', PRIORITIES.mangle), type: 'route' }, [
      rule(jump('uplink_mark')),
    ]),
  ];
}

/** The kernel asks these for the first packet of a connection only. */
function natChains({ config, uplinks }: Scene): Chain[] {
  const devices = (names: readonly string[]) =>
    uplinks.filter(({ name }) => names.includes(name)).map(({ device }) => device);
  const translated = uplinks.filter((uplink) => uplink.config.nat).map(({ device }) => device);
  return [
    ...chain(
      'nat_in',
      hooked('prerouting', PRIORITIES.dstnat, 'accept', 'nat'),
      config.firewall.forwards.map((forward) =>
        rule(
          family('ipv4'),
          iifname(...devices(forward.from ?? uplinks.map(({ name }) => name))),
          protocol(forward.protocol),
          destinationPort(forward.port),
          dnat(be(mustIp(forward.to), 4), forward['to-port']),
        ),
      ),
    ),
    ...chain(
      'nat_out',
      hooked('postrouting', PRIORITIES.srcnat, 'accept', 'nat'),
      when(translated.length > 0, rule(family('ipv4'), oifname(...translated), masquerade)),
    ),
  ];
}

function filterChains(scene: Scene): Chain[] {
  const { config, lan, uplinks, tunnels, outer, listens, user } = scene;
  const devices = uplinks.map(({ device }) => device);
  const leased = uplinks.filter((uplink) => uplink.config.address === 'dhcp').map(({ device }) => device);
  const input = [
    rule(iifname('lo'), accept),
    ...outer.map(({ device, remote, match }) => rule(iifname(device), source(remote), match, accept)),
    ...listens.map((port) =>
      rule(
        family('ipv4'),
        iifname(...devices),
        protocol('udp'),
        destinationPort({ from: port, to: port }),
        accept,
      ),
    ),
    rule(ctState('established', 'related'), accept),
    // Before INVALID: errors about untracked packets, those of the tunnels, belong to no connection.
    rule(icmpType(...NEEDED_ERRORS), accept),
    rule(ctState('invalid'), drop),
    ...when(user.input.length > 0, rule(jump('user_input'))),
    rule(iifname(lan), accept),
    ...tunnels.flatMap((tunnel) =>
      tunnelSources(scene, tunnel).map((from) =>
        rule(iifname(tunnel), from, icmpType('echo-request'), accept),
      ),
    ),
    ...uniqueRules(
      outer.map(({ device, remote }) =>
        rule(iifname(device), source(remote), icmpType('echo-request'), accept),
      ),
    ),
    ...when(
      leased.length > 0,
      rule(
        family('ipv4'),
        iifname(...leased),
        protocol('udp'),
        sourcePort({ from: 67, to: 67 }),
        destinationPort({ from: 68, to: 68 }),
        accept,
      ),
    ),
  ];
  const forward = [
    // Both directions at once: the kernel also looks at the MTU of the way back.
    rule(clampMss()),
    rule(ctState('established', 'related'), accept),
    rule(ctState('invalid'), drop),
    ...when(user.forward.length > 0, rule(jump('user_forward'))),
    ...when(config.firewall.forwards.length > 0, rule(ctStatus(CT_STATUS_DNAT), accept)),
    // Plait routes no IPv6: nothing of it passes through.
    ...when(devices.length > 0, rule(family('ipv4'), iifname(lan), oifname(...devices), accept)),
    ...tunnels.flatMap((tunnel) => [
      rule(family('ipv4'), iifname(lan), oifname(tunnel), accept),
      ...tunnelSources(scene, tunnel).map((from) =>
        rule(...(from.length === 0 ? [family('ipv4')] : []), iifname(tunnel), oifname(lan), from, accept),
      ),
    ]),
  ];
  return [
    ...user.chains,
    baseChain('input', hooked('input', PRIORITIES.filter, 'drop'), input),
    baseChain('forward', hooked('forward', PRIORITIES.filter, 'drop'), forward),
    ...chain(
      'output',
      hooked('output', PRIORITIES.filter),
      when(
        user.output.length > 0,
        rule(ctState('established', 'related'), accept),
        rule(jump('user_output')),
      ),
    ),
  ];
}

/**
 * Where packets that come in by a tunnel may be from: nothing authenticates its outer packets, but in mode `plait`, so the
 * inner ones are held against what lies behind it.
 */
function tunnelSources({ config }: Scene, name: string): (readonly Expression[])[] {
  const tunnel = config.tunnels[name];
  const sources = [
    ...(tunnel?.address === undefined ? [] : [formatPrefix(networkOf(mustPrefix(tunnel.address)))]),
    ...(tunnel?.routes ?? []),
  ];
  if (tunnel?.sources === 'any' || sources.includes('0.0.0.0/0')) return [[]];
  return sources.length === 0 ? [] : [source(...[...new Set(sources)].map(networkFor))];
}

function helpersOf(config: Config): Helper[] {
  return config.firewall.helpers.map((name) => {
    const { protocol: carrier, l3proto } = HELPERS[name];
    return { name, type: name, protocol: carrier, l3proto };
  });
}

/** For text that the schema has let through. */
function networkFor(text: string): Network {
  const network = parseNetwork(text);
  if (network === undefined) throw new Error(`not a network: ${JSON.stringify(text)}`);
  return network;
}

function uniqueRules(rules: Rule[]): Rule[] {
  return [...new Map(rules.map((one) => [JSON.stringify(one), one])).values()];
}

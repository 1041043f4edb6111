// SPDX-License-Identifier: MIT
/**
 * The rule sets for iptables-restore and ip6tables-restore. Uplinks let in what was asked for from inside, the
 * packets of tunnels from their configured far ends, and the errors that ICMP must tell; nothing else.
 */
import { formatPrefix, mustPrefix, networkOf } from '../ipv4.ts';
import { fouPort, legsOf } from '../legs.ts';
import { lanDevice, UPLINK_MARK_MASK, type Uplink, uplinksOf } from '../model.ts';
import type { FirewallItem } from '../plan-types.ts';
import type { Config } from '../schema.ts';

/** The outer packets of one leg, whether its uplink has an address or not. */
type OuterPath = { device: string; remote: string; match: string };

type Scene = { config: Config; lan: string; uplinks: Uplink[]; tunnels: string[]; outer: OuterPath[] };

/** Changes with the configuration only, whatever ports, leases and probes say: it is in force before all of them. */
export function firewall(config: Config): FirewallItem {
  const uplinks = uplinksOf(config, NO_FACTS);
  const scene: Scene = {
    config,
    lan: lanDevice(config),
    uplinks,
    tunnels: Object.keys(config.tunnels),
    outer: outerPaths(config, uplinks),
  };
  return {
    kind: 'firewall',
    ipv4: restoreText([rawTable(scene), mangleTable(scene), natTable(scene), filterTable(scene)]),
    ipv6: restoreText([ipv6FilterTable(scene)]),
  };
}

const NO_FACTS = { ports: [], leases: {}, deadUplinks: [], deadLegs: {} };

type Table = { name: string; policies: Record<string, 'ACCEPT' | 'DROP'>; rules: string[] };

function restoreText(tables: Table[]): string {
  return tables
    .map(({ name, policies, rules }) => {
      const chains = Object.entries(policies).map(([chain, policy]) => `:${chain} ${policy} [0:0]`);
      return [`*${name}`, ...chains, ...rules.map((rule) => `-A ${rule}`), 'COMMIT', ''].join('\n');
    })
    .join('');
}

const ESTABLISHED = '-m conntrack --ctstate RELATED,ESTABLISHED';
const NEW = '-m conntrack --ctstate NEW';
const INVALID = '-m conntrack --ctstate INVALID';
const ECHO_REQUEST = '-p icmp -m icmp --icmp-type echo-request';
/** Without these a path with a smaller MTU swallows packets, and dead hosts are found only by waiting. */
const NEEDED_ERRORS = ['destination-unreachable', 'time-exceeded', 'parameter-problem'];

function outerPaths(config: Config, uplinks: Uplink[]): OuterPath[] {
  return Object.entries(config.tunnels).flatMap(([name, tunnel]) =>
    legsOf(config, name).flatMap(({ uplink, remote }): OuterPath[] => {
      // What comes back from a direct leg belongs to a connection that is known.
      if (remote === undefined) return [];
      const device = uplinks.find((candidate) => candidate.name === uplink)?.device;
      const match = tunnel.mode === 'fou' ? `-p udp -m udp --dport ${fouPort(tunnel)}` : '-p 4';
      return device === undefined ? [] : [{ device, remote, match }];
    }),
  );
}

/** Outer packets are not tracked: their inner ones are, and each packet is work for a small CPU. */
function rawTable({ outer }: Scene): Table {
  return {
    name: 'raw',
    policies: { PREROUTING: 'ACCEPT', OUTPUT: 'ACCEPT' },
    rules: [
      ...outer.map(
        ({ device, remote, match }) => `PREROUTING -i ${device} -s ${remote} ${match} -j CT --notrack`,
      ),
      ...outer.map(
        ({ device, remote, match }) => `OUTPUT -o ${device} -d ${remote} ${match} -j CT --notrack`,
      ),
    ],
  };
}

/** plait_balance, where it is used, looks after the marks itself. */
function mangleTable(scene: Scene): Table {
  return {
    name: 'mangle',
    policies: { PREROUTING: 'ACCEPT', FORWARD: 'ACCEPT', OUTPUT: 'ACCEPT', POSTROUTING: 'ACCEPT' },
    rules: [
      ...scene.uplinks.flatMap(policer),
      // Both directions at once: the kernel also looks at the MTU of the way back.
      'FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu',
      ...(scene.config.balance === undefined ? markRules(scene) : []),
    ],
  };
}

/** Connections remember, in the connection mark, the uplink that they began on, whichever side began. */
function markRules({ lan, uplinks }: Scene): string[] {
  const mask = hex(UPLINK_MARK_MASK);
  const remember = (mark: number) => `${NEW} -j CONNMARK --set-xmark ${hex(mark)}/${mask}`;
  const recall = `-j CONNMARK --restore-mark --nfmask ${mask} --ctmask ${mask}`;
  return [
    ...uplinks.map(({ device, mark }) => `PREROUTING -i ${device} ${remember(mark)}`),
    `PREROUTING -i ${lan} ${recall}`,
    `OUTPUT ${recall}`,
    ...uplinks.map(({ device, mark }) => `POSTROUTING -o ${device} ${remember(mark)}`),
  ];
}

/** Takes no more than `rate.down`, on the average of a second, so that senders slow down before the line is full. */
function policer({ name, device, config }: Uplink): string[] {
  const bits = config.rate?.down;
  if (bits === undefined) return [];
  const match = `-m hashlimit --hashlimit-above ${Math.floor(bits / 8)}b/s --hashlimit-name down-${name}`;
  return [`PREROUTING -i ${device} ${match} -j DROP`];
}

function natTable({ uplinks }: Scene): Table {
  return {
    name: 'nat',
    policies: { PREROUTING: 'ACCEPT', INPUT: 'ACCEPT', OUTPUT: 'ACCEPT', POSTROUTING: 'ACCEPT' },
    rules: uplinks
      .filter((uplink) => uplink.config.nat)
      .map((uplink) => `POSTROUTING -o ${uplink.device} -j MASQUERADE`),
  };
}

function filterTable(scene: Scene): Table {
  const { lan, uplinks, tunnels, outer } = scene;
  return {
    name: 'filter',
    policies: { INPUT: 'DROP', FORWARD: 'DROP', OUTPUT: 'ACCEPT' },
    rules: [
      'INPUT -i lo -j ACCEPT',
      ...outer.map(({ device, remote, match }) => `INPUT -i ${device} -s ${remote} ${match} -j ACCEPT`),
      `INPUT ${ESTABLISHED} -j ACCEPT`,
      // Before INVALID: errors about untracked packets, those of the tunnels, belong to no connection.
      ...NEEDED_ERRORS.map((type) => `INPUT -p icmp -m icmp --icmp-type ${type} -j ACCEPT`),
      `INPUT ${INVALID} -j DROP`,
      `INPUT -i ${lan} -j ACCEPT`,
      ...tunnels.flatMap((tunnel) =>
        tunnelSources(scene, tunnel).map((source) => `INPUT -i ${tunnel}${source} ${ECHO_REQUEST} -j ACCEPT`),
      ),
      ...unique(
        outer.map(({ device, remote }) => `INPUT -i ${device} -s ${remote} ${ECHO_REQUEST} -j ACCEPT`),
      ),
      ...uplinks
        .filter((uplink) => uplink.config.address === 'dhcp')
        .map(({ device }) => `INPUT -i ${device} -p udp -m udp --sport 67 --dport 68 -j ACCEPT`),
      `FORWARD ${ESTABLISHED} -j ACCEPT`,
      `FORWARD ${INVALID} -j DROP`,
      ...uplinks.map(({ device }) => `FORWARD -i ${lan} -o ${device} -j ACCEPT`),
      ...tunnels.flatMap((tunnel) => [
        `FORWARD -i ${lan} -o ${tunnel} -j ACCEPT`,
        ...tunnelSources(scene, tunnel).map((source) => `FORWARD -i ${tunnel} -o ${lan}${source} -j ACCEPT`),
      ]),
    ],
  };
}

/**
 * Where packets that come in by a tunnel may be from: nothing authenticates its outer packets, so the inner ones are held
 * against what lies behind it.
 */
function tunnelSources({ config }: Scene, name: string): string[] {
  const tunnel = config.tunnels[name];
  const sources = [
    ...(tunnel?.address === undefined ? [] : [formatPrefix(networkOf(mustPrefix(tunnel.address)))]),
    ...(tunnel?.routes ?? []),
  ];
  if (tunnel?.sources === 'any' || sources.includes('0.0.0.0/0')) return [''];
  return unique(sources).map((source) => ` -s ${source}`);
}

/** Plait routes no IPv6: the LAN may talk to the box, nobody else, and nothing passes through. */
function ipv6FilterTable({ lan }: Scene): Table {
  return {
    name: 'filter',
    policies: { INPUT: 'DROP', FORWARD: 'DROP', OUTPUT: 'ACCEPT' },
    rules: ['INPUT -i lo -j ACCEPT', `INPUT ${ESTABLISHED} -j ACCEPT`, `INPUT -i ${lan} -j ACCEPT`],
  };
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function unique(rules: string[]): string[] {
  return [...new Set(rules)];
}

// SPDX-License-Identifier: MIT
/** The status of tunnels: of their legs, whatever these are, and of the far ends of those of mode `plait`. */
import type { HealthTarget } from '../appliance/health-targets.ts';
import { kernelScheduler, type LegConfig, legDevice, legsOf, schedulerOf } from '../appliance/legs.ts';
import { ruleMark } from '../appliance/model.ts';
import { legRules } from '../appliance/plan/tunnel-rules.ts';
import type { Config, TunnelConfig } from '../appliance/schema.ts';
import { matchText } from '../appliance/tunnel-rules.ts';
import { DIRECT } from '../appliance/units.ts';
import type { Chosen } from './boot-choice.ts';
import type { TargetHealth } from './health.ts';
import type { Kernel } from './kernel.ts';
import type { LegCounters, PlaitLeg, PlaitLink } from './netlink/plait.ts';
import type { RuleCounters } from './netlink/plait-rules.ts';
import type { UdpLeg, UdpPeer } from './netlink/plait-udp.ts';
import type { Link } from './netlink/rtnl/link.ts';
import type { Observer } from './observer.ts';
import type {
  HealthStatus,
  LegStatus,
  PeerStatus,
  RuleStatus,
  TunnelStatus,
  UdpLegStatus,
} from './status.ts';

/** What the status of tunnels is gathered from. */
export interface TunnelStatusSource {
  readonly chosen: Chosen | undefined;
  readonly observer: Observer;
  targets(): HealthTarget[];
}

/** Legs of uplinks without an address are shown too: why they are missing is what one wants to know. */
export function tunnelStatuses(
  daemon: TunnelStatusSource,
  kernel: Kernel,
  links: ReadonlyMap<string, Link>,
): TunnelStatus[] {
  const config = daemon.chosen?.config;
  const tunnels = Object.entries(config?.tunnels ?? {});
  if (config === undefined || tunnels.length === 0) return [];
  const there = tunnels.filter(([name]) => links.has(name));
  const plaited = there.length > 0 ? kernel.plaitLinks() : [];
  const peers = there.some(([, { mode }]) => mode === 'plait') ? kernel.udpPeers() : [];
  return tunnels.map(([name, tunnel]) => {
    const link = plaited.find((one) => one.name === name);
    const peer = tunnel.mode === 'plait' ? peers.find((one) => one.name === name) : undefined;
    const legs =
      tunnel.mode === 'plait' ? udpLegs(config, name, link, peer) : deviceLegs(daemon, config, name, link);
    return {
      name,
      mode: tunnel.mode,
      scheduler: schedulerText(tunnel, link),
      state: legs.some(({ live }) => live) ? 'up' : 'down',
      buffer: tunnel.buffer,
      ...(peer === undefined ? {} : { peer: peerStatus(peer, daemon.observer.udp.strangerAgo(name)) }),
      legs,
      rules: ruleStatuses(config, name, kernel, link),
    };
  });
}

/** What the kernel has, in the words of the configuration. */
function schedulerText(tunnel: TunnelConfig, link: PlaitLink | undefined): string {
  const wanted = schedulerOf(tunnel);
  return link === undefined || link.scheduler === kernelScheduler(tunnel) ? wanted : link.scheduler;
}

function ruleStatuses(
  config: Config,
  tunnel: string,
  kernel: Kernel,
  link: PlaitLink | undefined,
): RuleStatus[] {
  const [wanted] = legRules(config, tunnel);
  if (wanted === undefined) return [];
  const known = link && kernel.legRules(link.index);
  const configured = config.tunnels[tunnel]?.rules ?? [];
  return wanted.rules.map(({ mark, else: otherwise, order, copies }) => {
    const index = configured.findIndex((_, at) => ruleMark(at) === mark);
    const rule = configured[index];
    const state = known?.rules.find((one) => one.mark === mark);
    return {
      number: index + 1,
      match: rule === undefined ? (configured.length > 0 ? 'all others' : 'all') : matchText(rule),
      ...(rule?.leg === undefined ? {} : { legs: rule.leg }),
      ...{ else: otherwise, order, copies },
      ...(state === undefined ? {} : { counters: countersOfRule(state) }),
    };
  });
}

function countersOfRule({ packets, elsewhere, copied, dropped }: RuleCounters): RuleCounters {
  return { packets, elsewhere, copied, dropped };
}

export function healthStatus({ alive, rtt, sent, received }: TargetHealth): HealthStatus {
  return { alive, ...(rtt === undefined ? {} : { rttMs: Math.round(rtt * 10) / 10 }), sent, received };
}

function deviceLegs(
  daemon: TunnelStatusSource,
  config: Config,
  tunnel: string,
  link: PlaitLink | undefined,
): LegStatus[] {
  const targets = daemon.targets();
  return legsOf(config, tunnel).map((leg) => {
    const device = legDevice(tunnel, leg.name);
    const target = targets.find((one) => one.kind === 'leg' && one.tunnel === tunnel && one.leg === leg.name);
    const health = target && daemon.observer.prober.health(target);
    const state = link?.legs.find((one) => one.name === device);
    return {
      ...legStatus(leg, device, leg.remote ?? DIRECT, state),
      ...(health === undefined ? {} : { health: healthStatus(health) }),
    };
  });
}

/** Those of the configuration, and those that came up since they were heard. */
function udpLegs(
  config: Config,
  tunnel: string,
  link: PlaitLink | undefined,
  peer: UdpPeer | undefined,
): LegStatus[] {
  const configured = legsOf(config, tunnel);
  const known = peer?.legs ?? [];
  const heard = known
    .filter(({ name }) => !configured.some((leg) => leg.name === name))
    .map(({ name }): LegConfig => ({ name, uplink: '', weight: 1, at: [] }));
  return [...configured, ...heard].map((leg) => {
    const state = link?.legs.find((one) => one.index === 0 && one.name === leg.name);
    const udp = known.find((one) => one.name === leg.name);
    const remote = udp === undefined ? `${leg.remote}:${leg.port}` : `${udp.remote}:${udp.port}`;
    return {
      ...legStatus(leg, leg.name, remote, state),
      ...(udp === undefined ? {} : { udp: udpLegStatus(udp) }),
    };
  });
}

function legStatus(
  { name, uplink, weight }: LegConfig,
  device: string,
  remote: string,
  state: PlaitLeg | undefined,
): LegStatus {
  return {
    name,
    device,
    uplink,
    remote,
    weight: state?.weight ?? weight,
    enabled: state?.enabled ?? false,
    live: state?.live ?? false,
    ...(state?.rate ? { rate: state.rate } : {}),
    ...(state?.estimates === undefined ? {} : { estimates: state.estimates }),
    ...countersOf(state),
  };
}

function countersOf(leg: PlaitLeg | undefined): LegCounters {
  const { txPackets = 0, txBytes = 0, txDropped = 0, rxPackets = 0, rxBytes = 0 } = leg ?? {};
  return { txPackets, txBytes, txDropped, rxPackets, rxBytes };
}

const ANY = '0.0.0.0';

function udpLegStatus(leg: UdpLeg): UdpLegStatus {
  const { number, state, heard, rttMs, behindMs, lossPpm, addressChanges, observed, local } = leg;
  const { pathMtu, pathMtuProbes } = leg;
  return {
    number,
    state,
    heard,
    ...(rttMs === undefined ? {} : { rttMs }),
    ...(behindMs === undefined ? {} : { behindMs }),
    lossPpm,
    addressChanges,
    ...(pathMtu === undefined ? {} : { pathMtu }),
    pathMtuProbes,
    ...(observed === undefined ? {} : { observed }),
    behindNat: observed !== undefined && local !== ANY && observed.address !== local,
  };
}

function peerStatus(peer: UdpPeer, strangerAgo: number | undefined): PeerStatus {
  const { publicKey, peerKey, protect, session, badPackets, replayed, held, lost, expired, late } = peer;
  const { listen, agreed, sessionAge } = peer;
  return {
    publicKey,
    peerKey,
    ...(listen === 0 ? {} : { listen }),
    protect,
    session,
    ...(agreed === undefined ? {} : { agreed }),
    ...(sessionAge === undefined ? {} : { sessionAgeSeconds: sessionAge }),
    ...{ badPackets, replayed, held, lost, expired, late },
    ...(strangerAgo === undefined ? {} : { strangerSecondsAgo: Math.floor(strangerAgo / 1000) }),
    problems: problemsOf(peer, strangerAgo),
  };
}

/** A far end that does not want this box says nothing, so that nobody learns anything: all that it may be is told. */
function problemsOf(
  { session, agreed, protect, listen }: UdpPeer,
  strangerAgo: number | undefined,
): string[] {
  const stranger =
    strangerAgo === undefined
      ? []
      : [
          `somebody with an unknown key asked ${Math.floor(strangerAgo / 1000)} s ago: if it is the far end, "peer" here is not its public key`,
        ];
  if (agreed !== undefined && agreed !== protect)
    return [`the far end has another protection set: packets have "${agreed}", and "${protect}" is set here`];
  if (session === 'established') return [];
  if (session === 'asking')
    return [
      'the far end does not answer: it is not reached (address, UDP port, a firewall), does not know the public key of this box, or has another "protect" or "preshared"',
      ...stranger,
    ];
  return listen === 0
    ? ['the far end cannot be asked: no uplink of a leg has an address', ...stranger]
    : [`nobody with the key of "peer" has asked at UDP port ${listen} yet`, ...stranger];
}

// SPDX-License-Identifier: MIT
/** The status as `plaitctl status` prints it. */
import { describeRefused, type Refused } from '../appliance/lease-checks.ts';
import type { TimeServers } from '../appliance/plan/time.ts';
import { identityLines } from './identity-status.ts';
import type { BalanceFigures } from './netlink/balance.ts';
import { reasonText } from './slot-record.ts';
import type {
  ClockStatus,
  HealthStatus,
  LegStatus,
  PeerStatus,
  RuleStatus,
  Status,
  TunnelStatus,
  UplinkStatus,
} from './status.ts';
import { bitRate, table } from './text-table.ts';
import type { ClockState } from './time/clock-states.ts';
import { upgradeLine } from './upgrade/job-states.ts';

/** For people: a few lines, then a line for each uplink and leg. */
export function renderStatus(status: Status): string {
  const { config, pending, memory } = status;
  const title = [`Plait ${status.version} on ${status.board}`, status.slot && `slot ${status.slot}`];
  const lines = [
    `${status.hostname}: ${title.filter(Boolean).join(', ')}, up ${duration(status.uptimeSeconds)}`,
    clockLine(status.clock),
    ...identityLines(status.identity),
    `memory: ${mebi(memory.totalKiB - memory.availableKiB)} of ${mebi(memory.totalKiB)} MiB used, agent ${mebi(memory.agentKiB)} MiB`,
    `configuration: ${config.source}${config.reason === undefined ? '' : ` (${config.reason})`}`,
    ...(config.edited ? ['plait.yaml differs from it and is not in use; "plaitctl apply" uses it'] : []),
    ...config.warnings.map((warning) => `warning: ${warning}`),
    ...config.failures.map((failure) => `not applied: ${failure}`),
    ...(pending
      ? [`not confirmed yet: goes back in ${pending.secondsLeft} s; "plaitctl confirm" keeps it`]
      : []),
    ...firmwareLines(status),
    ...(status.upgrade ? [upgradeLine(status.upgrade)] : []),
    ...(status.applying ? ['a configuration is being applied'] : []),
    ...(status.problem === undefined ? [] : [`trouble: ${status.problem}`]),
  ];
  if (status.uplinks.length > 0) {
    lines.push(
      '',
      ...table(['UPLINK', 'DEVICE', 'STATE', 'ADDRESS', 'GATEWAY', 'RTT'], status.uplinks.map(uplinkRow)),
    );
  }
  lines.push(...status.uplinks.flatMap(({ refused }) => refused.map(refusedLine)));
  lines.push(...status.uplinks.flatMap(unprovedLine));
  if (status.balance) lines.push('', ...balanceLines(status.balance, status.uplinks));
  for (const tunnel of status.tunnels) lines.push('', ...tunnelLines(tunnel));
  if (status.buffer) lines.push('', bufferLine(status.buffer));
  const restarted = status.services.filter(({ restarts, pid }) => restarts > 0 || pid === undefined);
  for (const { name, pid, restarts } of restarted) {
    lines.push(
      '',
      `service ${name}: ${pid === undefined ? 'not running' : 'running'}, restarted ${restarts} times`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** `clock: 2026-11-30 06:22:16 UTC, synchronised by NTP (stratum 3, offset 0.4 ms, 2 min ago) with 192.0.2.1` */
export function clockLine({ time, state, stratum, offsetMs, syncedSecondsAgo, asked }: ClockStatus): string {
  const ago = syncedSecondsAgo === undefined ? '' : `${duration(syncedSecondsAgo)} ago`;
  const sure: Record<ClockState, string> = {
    implausible:
      'not believed: what the time servers say is before this firmware was built or decades after it',
    'build-time': 'not sure: it began with the time of the image; the true time is later',
    saved: 'not sure: it began with the time that was saved last; the true time is later',
    'hardware-clock': "not sure: it is the hardware clock's",
    'ntp-lost': `not checked now: synchronised by NTP ${ago}`,
    ntp: `synchronised by NTP (stratum ${stratum}, offset ${offsetMs?.toFixed(1)} ms, ${ago})`,
  };
  const whom = asked === undefined ? 'no time server is asked' : `${askedText(asked)} asked`;
  return `clock: ${time.slice(0, 19).replace('T', ' ')} UTC, ${sure[state]}; ${whom}`;
}

function askedText({ from, servers }: TimeServers): string {
  const whose = { configuration: 'ntp.servers', leases: 'of leases', default: 'by default' }[from];
  return `${servers.join(', ')} (${whose}) ${servers.length === 1 ? 'is' : 'are'}`;
}

/** Nothing to say of a firmware that has proved good beside one that is good, too. */
function firmwareLines({ slot, firmware }: Status): string[] {
  if (firmware === undefined) return [];
  const { state, waitingFor, lastEnd, other } = firmware;
  const waiting = waitingFor.length === 0 ? '' : `, waits for: ${waitingFor.join('; ')}`;
  return [
    ...(state === 'proved'
      ? []
      : [`firmware: slot ${slot} is ${state === 'trial' ? 'on trial' : state}${waiting}`]),
    ...(other?.state === 'failed'
      ? [`firmware: slot ${other.slot} failed${other.reason ? `: ${reasonText(other.reason)}` : ''}`]
      : []),
    ...(other?.state === 'installed' || other?.state === 'recalled'
      ? [`firmware: version ${other.version} in slot ${other.slot} starts with the next restart`]
      : []),
    ...(other?.state === 'empty' ? [`firmware: slot ${other.slot} is empty: an upgrade did not end`] : []),
    ...(lastEnd === undefined || lastEnd.code === 'shutdown'
      ? []
      : [`the run before ended so: ${reasonText(lastEnd)} (slot ${lastEnd.slot})`]),
  ];
}

/** Counters by the names that the kernel gives them. */
export function bufferLine({ connections, waiting, ...counters }: Record<string, number>): string {
  const counts = Object.entries(counters).map(([name, count]) => `${count} ${name}`);
  return `buffer: ${connections} connections, ${waiting} packets waiting; ${counts.join(', ')}`;
}

/** A backup that could carry traffic and waits is in standby; of others it matters more what is wrong with them. */
export function uplinkState({ state, standby }: UplinkStatus): string {
  return state === 'up' && standby ? 'standby' : state;
}

/** `lte: lease: router 10.1.0.255 is the broadcast address of its subnet; not used` */
function refusedLine(refused: Refused): string {
  return `${refused.uplink}: lease: ${describeRefused(refused)}; not used`;
}

/** `lte: used, but gateway 10.1.0.1 has never answered; name others in health.targets` */
function unprovedLine({ name, state, targets, gateway }: UplinkStatus): string[] {
  if (state !== 'unproved') return [];
  const silent = targets.filter(({ alive }) => !alive).map(({ target }) => target);
  if (silent.length < targets.length) return [];
  const what = silent.map((target) => (target === gateway ? `its gateway ${target}` : target)).join(', ');
  return [`${name}: used unproved: no answer from ${what}; name targets that answer in health.targets`];
}

function uplinkRow(uplink: UplinkStatus): string[] {
  const name = uplink.backup ? `${uplink.name} (backup)` : uplink.name;
  return [
    name,
    uplink.device,
    uplinkState(uplink),
    uplink.address ?? '-',
    uplink.gateway ?? '-',
    rtt(uplink.health),
  ];
}

function balanceLines(balance: NonNullable<Status['balance']>, uplinks: readonly UplinkStatus[]): string[] {
  const head = [
    'UPLINK',
    'SESSIONS',
    'TX BYTES',
    'RX BYTES',
    'TX RATE',
    'RX RATE',
    'UNUSED UP',
    'RETRANSMITTED',
  ];
  const rows = uplinks.flatMap(({ name, balance }) => (balance ? [balanceRow(name, balance)] : []));
  return [`balanced by ${balance.strategy}, rates on the average of 8 s`, ...table(head, rows)];
}

function balanceRow(name: string, figures: BalanceFigures): string[] {
  const { sessions, txBytes, rxBytes, txRateAverage, rxRateAverage, unusedUp, retransmissionRate } = figures;
  return [
    name,
    ...[sessions, txBytes, rxBytes].map(String),
    bitRate(txRateAverage),
    bitRate(rxRateAverage),
    unusedUp === undefined ? '-' : bitRate(unusedUp),
    `${(retransmissionRate * 100).toFixed(2)} %`,
  ];
}

/** Schedulers that find out rates and delays have two columns more, mode `plait` three. */
function tunnelLines({ name, mode, scheduler, state, peer, legs, rules }: TunnelStatus): string[] {
  const title = `tunnel ${name} (${mode}, ${scheduler}): ${state}`;
  const lines = [title, ...(peer === undefined ? [] : peerLines(peer))];
  if (legs.length === 0) return [...lines, ...ruleLines(rules)];
  const estimated = legs.some(({ estimates }) => estimates !== undefined);
  const udp = mode === 'plait';
  const figures = ['TX PACKETS', 'TX BYTES', 'RX PACKETS', 'RX BYTES', 'RTT'];
  const head = [
    ...['LEG', 'STATE', 'WEIGHT', 'REMOTE', ...figures],
    ...(udp ? ['BEHIND', 'LOSS', 'PATH MTU'] : []),
    ...(estimated ? ['RATE', 'DELAY'] : []),
  ];
  const rows = legs.map((leg) => [
    ...legRow(leg),
    ...(udp ? udpCells(leg) : []),
    ...(estimated ? estimateCells(leg) : []),
  ]);
  return [...lines, ...table(head, rows), ...legs.flatMap(natLine), ...ruleLines(rules)];
}

function ruleLines(rules: readonly RuleStatus[]): string[] {
  if (rules.length === 0) return [];
  const head = ['RULE', 'PACKETS OF', 'SENT BY', 'PACKETS', 'ELSEWHERE', 'COPIED', 'DROPPED'];
  return table(
    head,
    rules.map((rule) => {
      const { packets, elsewhere, copied, dropped } = rule.counters ?? {};
      const counts = [packets, elsewhere, copied, dropped].map((count) => count?.toString() ?? '-');
      return [rule.number === 0 ? '-' : String(rule.number), rule.match, ruleEffect(rule), ...counts];
    }),
  );
}

/** `dsl, else any; in no order`, `any leg; 2 copies`, `dsl, cable, else dropped` */
export function ruleEffect({ legs, else: otherwise, order, copies }: RuleStatus): string {
  const named = legs?.join(', ');
  const by = named === undefined ? 'any leg' : `${named}, else ${otherwise === 'any' ? 'any' : 'dropped'}`;
  return [by, ...(order ? [] : ['in no order']), ...(copies === 1 ? [] : [`${copies} copies`])].join('; ');
}

/** `session: encrypted, keys of 61 s ago; 0 bad packets` */
export function peerLines(peer: PeerStatus): string[] {
  const { agreed, sessionAgeSeconds, badPackets, problems } = peer;
  const how = agreed === 'sign' ? 'authenticated, readable on the way' : 'encrypted';
  const session = agreed === undefined ? 'none' : `${how}, keys of ${sessionAgeSeconds ?? 0} s ago`;
  const bad = badPackets > 0 ? `; ${badPackets} bad packets` : '';
  return [`session: ${session}${bad}`, ...problems];
}

function udpCells({ udp }: LegStatus): string[] {
  return [
    milliseconds(udp?.behindMs),
    udp === undefined ? '-' : lossText(udp.lossPpm),
    String(udp?.pathMtu ?? '-'),
  ];
}

/** Of a million packets. */
export function lossText(ppm: number): string {
  return `${(ppm / 10_000).toFixed(2)} %`;
}

/** `dsl: behind NAT as 203.0.113.9:40112` */
function natLine({ name, udp }: LegStatus): string[] {
  if (!udp?.behindNat || udp.observed === undefined) return [];
  return [`${name}: behind NAT as ${udp.observed.address}:${udp.observed.port}`];
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '-' : `${value.toFixed(1)} ms`;
}

function estimateCells({ rate, estimates }: LegStatus): string[] {
  const known = rate ?? estimates?.rate;
  const delay = estimates?.delayMs;
  return [known === undefined ? '-' : bitRate(known), delay === undefined ? '-' : `${delay.toFixed(1)} ms`];
}

function legRow(leg: LegStatus): string[] {
  const counts = [leg.txPackets, leg.txBytes, leg.rxPackets, leg.rxBytes].map(String);
  const trip = leg.udp === undefined ? rtt(leg.health) : milliseconds(leg.udp.rttMs);
  return [leg.name, legState(leg), String(leg.weight), leg.remote, ...counts, trip];
}

/** One word: what becomes of packets for this leg. */
export function legState({ live, enabled, estimates, udp }: LegStatus): string {
  if (udp !== undefined) return enabled ? udp.state : 'disabled';
  if (live) return estimates?.suspect ? 'suspect' : 'live';
  return enabled ? 'down' : 'disabled';
}

function rtt(health: HealthStatus | undefined): string {
  if (health === undefined) return '-';
  if (!health.alive) return 'silent';
  return health.rttMs === undefined ? '-' : `${health.rttMs.toFixed(1)} ms`;
}

function mebi(kibi: number): string {
  return (kibi / 1024).toFixed(1);
}

function duration(seconds: number): string {
  const days = Math.floor(seconds / 86400);
  const parts = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  const clock = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return days > 0 ? `${days} d ${clock}` : clock;
}

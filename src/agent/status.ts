// SPDX-License-Identifier: MIT
/** What `plaitctl status --json` prints; the shape is a promise, fields are only ever added. */
import type { LegCounters } from './netlink/plait.ts';

export interface Status {
  version: string;
  board: string;
  hostname: string;
  /** Absent outside of a board. */
  slot?: string;
  uptimeSeconds: number;
  memory: { totalKiB: number; availableKiB: number; agentKiB: number };
  config: {
    source: 'plait.yaml' | 'confirmed' | 'candidate' | 'safe defaults';
    /** Why it is not plait.yaml. */
    reason?: string;
    /** plait.yaml has been edited since: `plaitctl apply` would use it. */
    edited: boolean;
    /** What could not be applied of the safe defaults. */
    failures: string[];
  };
  /** An apply waits for `plaitctl confirm`. */
  pending?: { secondsLeft: number };
  /** Applying right now. */
  applying: boolean;
  /** The last attempt to follow a change of facts failed so. */
  problem?: string;
  uplinks: UplinkStatus[];
  tunnels: TunnelStatus[];
  /**
   * What the receive-side buffer did, for all tunnels that use it together, by the names in bufferStatistics
   * (src/kmod/README.md). Absent: nothing is buffered.
   */
  buffer?: Record<string, number>;
  services: { name: string; pid?: number; restarts: number }[];
}

export interface UplinkStatus {
  name: string;
  device: string;
  /** `down`: somebody set the device down; `plaitctl apply` brings it up. */
  state: 'up' | 'dead' | 'no carrier' | 'no address' | 'down' | 'missing';
  backup: boolean;
  weight: number;
  address?: string;
  gateway?: string;
  health?: HealthStatus;
  counters?: { rxPackets: number; txPackets: number; rxBytes: number; txBytes: number };
}

export interface HealthStatus {
  alive: boolean;
  rttMs?: number;
  sent: number;
  received: number;
}

export interface TunnelStatus {
  name: string;
  mode: string;
  scheduler: string;
  state: 'up' | 'down';
  /** TCP segments that come in by it are put in order. */
  buffer: boolean;
  legs: LegStatus[];
}

export interface LegStatus extends LegCounters {
  name: string;
  device: string;
  uplink: string;
  remote: string;
  weight: number;
  enabled: boolean;
  live: boolean;
  health?: HealthStatus;
}

/** For people: a few lines, then a line for each uplink and leg. */
export function renderStatus(status: Status): string {
  const { config, pending, memory } = status;
  const title = [`Plait ${status.version} on ${status.board}`, status.slot && `slot ${status.slot}`];
  const lines = [
    `${status.hostname}: ${title.filter(Boolean).join(', ')}, up ${duration(status.uptimeSeconds)}`,
    `memory: ${mebi(memory.totalKiB - memory.availableKiB)} of ${mebi(memory.totalKiB)} MiB used, agent ${mebi(memory.agentKiB)} MiB`,
    `configuration: ${config.source}${config.reason === undefined ? '' : ` (${config.reason})`}`,
    ...(config.edited ? ['plait.yaml differs from it; "plaitctl apply" uses it'] : []),
    ...config.failures.map((failure) => `not applied: ${failure}`),
    ...(pending
      ? [`not confirmed yet: goes back in ${pending.secondsLeft} s; "plaitctl confirm" keeps it`]
      : []),
    ...(status.applying ? ['a configuration is being applied'] : []),
    ...(status.problem === undefined ? [] : [`trouble: ${status.problem}`]),
  ];
  if (status.uplinks.length > 0) {
    lines.push(
      '',
      ...table(['UPLINK', 'DEVICE', 'STATE', 'ADDRESS', 'GATEWAY', 'RTT'], status.uplinks.map(uplinkRow)),
    );
  }
  for (const tunnel of status.tunnels) {
    lines.push('', `tunnel ${tunnel.name} (${tunnel.mode}, ${tunnel.scheduler}): ${tunnel.state}`);
    const head = [
      'LEG',
      'STATE',
      'WEIGHT',
      'REMOTE',
      'TX PACKETS',
      'TX BYTES',
      'RX PACKETS',
      'RX BYTES',
      'RTT',
    ];
    if (tunnel.legs.length > 0) lines.push(...table(head, tunnel.legs.map(legRow)));
  }
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

function bufferLine({ connections, waiting, ...counters }: Record<string, number>): string {
  const counts = Object.entries(counters).map(([name, count]) => `${count} ${name}`);
  return `buffer: ${connections} connections, ${waiting} packets waiting; ${counts.join(', ')}`;
}

function uplinkRow(uplink: UplinkStatus): string[] {
  const name = uplink.backup ? `${uplink.name} (backup)` : uplink.name;
  return [
    name,
    uplink.device,
    uplink.state,
    uplink.address ?? '-',
    uplink.gateway ?? '-',
    rtt(uplink.health),
  ];
}

function legRow(leg: LegStatus): string[] {
  const state = leg.live ? 'live' : leg.enabled ? 'down' : 'disabled';
  const counts = [leg.txPackets, leg.txBytes, leg.rxPackets, leg.rxBytes].map(String);
  return [leg.name, state, String(leg.weight), leg.remote, ...counts, rtt(leg.health)];
}

function rtt(health: HealthStatus | undefined): string {
  if (health === undefined) return '-';
  if (!health.alive) return 'silent';
  return health.rttMs === undefined ? '-' : `${health.rttMs.toFixed(1)} ms`;
}

/** Columns as wide as their widest word. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((word, column) => word.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
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

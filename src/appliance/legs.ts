// SPDX-License-Identifier: MIT
/** The legs that the configuration asks for, whatever the board has: their names, devices and sizes. */
import type { Config, TunnelConfig, UplinkConfig } from './schema.ts';
import { DIRECT } from './units.ts';

/** Of one plait device: PLAIT_LEGS_MAX in src/kmod/uapi/plait.h. */
export const MOST_LEGS = 32;

/** UDP port of mode `fou` unless the tunnel names one. */
export const FOU_PORT = 5555;
/** UDP port of the far end in mode `plait`, unless `remote` names one. */
export const PLAIT_PORT = 5050;

const IP_HEADER = 20;
const UDP_HEADER = 8;
/** Header and authentication of mode `plait` (src/kmod/core/udp). */
const PLAIT_HEADER = 32;

/** A leg as the configuration has it, in either role. */
export type LegConfig = {
  name: string;
  uplink: string;
  /** Address of the far end. Absent: the ordinary route by the uplink. */
  remote?: string;
  /** UDP port of the far end, as written; in mode `plait` it is always there. */
  port?: number;
  weight: number;
  /** Where the configuration has it, below its tunnel. */
  at: readonly (string | number)[];
};

/**
 * The legs that a tunnel asks for, whichever its role. One by an uplink has the uplink's name, several by the same one
 * are numbered: `dsl-1`, `dsl-2`.
 */
export function legsOf(config: Config, tunnelName: string): LegConfig[] {
  const tunnel = config.tunnels[tunnelName];
  const weightOf = (uplink: string) => config.uplinks[uplink]?.weight ?? 1;
  const opened = Object.entries(tunnel?.remote ?? {}).flatMap(([uplink, remotes]) =>
    remotes.map((remote, index) => {
      const name = remotes.length === 1 ? uplink : `${uplink}-${index + 1}`;
      const at = remotes.length === 1 ? ['remote', uplink] : ['remote', uplink, index];
      const weight = tunnel?.weights?.[name] ?? weightOf(uplink);
      return { name, uplink, ...farEndOf(remote, tunnel?.mode), weight, at };
    }),
  );
  const answered = Object.entries(tunnel?.answer ?? {}).map(([name, leg]) => ({
    name,
    uplink: leg.uplink,
    remote: leg.from,
    weight: leg.weight ?? weightOf(leg.uplink),
    at: ['answer', name],
  }));
  return [...opened, ...answered];
}

function farEndOf(text: string, mode: TunnelConfig['mode'] | undefined): Pick<LegConfig, 'remote' | 'port'> {
  if (text === DIRECT) return {};
  const [remote = text, written] = text.split(':');
  const port = written === undefined ? undefined : Number(written);
  if (mode === 'plait') return { remote, port: port ?? PLAIT_PORT };
  return port === undefined ? { remote } : { remote, port };
}

/** The largest packet that fits into every leg as far as their uplinks know; undefined without legs. */
export function tunnelMtu(config: Config, tunnelName: string): number | undefined {
  const tunnel = config.tunnels[tunnelName];
  const mtus = legsOf(config, tunnelName).flatMap((leg) => {
    const uplink = config.uplinks[leg.uplink];
    return tunnel && uplink ? [legMtu(tunnel, leg, uplink)] : [];
  });
  return mtus.length > 0 ? Math.min(...mtus) : undefined;
}

export function legMtu(tunnel: TunnelConfig, leg: LegConfig, uplink: UplinkConfig): number {
  if (leg.remote === undefined) return uplink.mtu;
  return uplink.mtu - OVERHEAD[tunnel.mode];
}

/** What a leg puts around a packet, in bytes. */
const OVERHEAD: Readonly<Record<TunnelConfig['mode'], number>> = {
  ipip: IP_HEADER,
  fou: IP_HEADER + UDP_HEADER,
  plait: IP_HEADER + UDP_HEADER + PLAIT_HEADER,
};

/** The largest that may be asked for; who listens hears legs by any uplink. */
export function largestMtu(config: Config, tunnelName: string): number | undefined {
  const tunnel = config.tunnels[tunnelName];
  if (tunnel?.mode !== 'plait' || tunnel.remote !== undefined) return tunnelMtu(config, tunnelName);
  return Math.min(...Object.values(config.uplinks).map(({ mtu }) => mtu - OVERHEAD.plait));
}

export function legDevice(tunnelName: string, legName: string): string {
  return `${tunnelName}.${legName}`;
}

/** The name by which the kernel knows a leg: that of its device, where it is one. */
export function kernelLegName(tunnelName: string, { mode }: TunnelConfig, legName: string): string {
  return mode === 'plait' ? legName : legDevice(tunnelName, legName);
}

/** Legs that the end that listens hears, by their numbers at the far end: `leg0` to `leg31`. */
export function isHeardLeg(name: string): boolean {
  const number = /^leg(0|[1-9]\d?)$/.exec(name)?.[1];
  return number !== undefined && Number(number) < MOST_LEGS;
}

/** The UDP port of a tunnel of mode `fou`. */
export function fouPort(tunnel: TunnelConfig): number {
  return tunnel.port ?? FOU_PORT;
}

export function schedulerOf({ scheduler, mode }: TunnelConfig): NonNullable<TunnelConfig['scheduler']> {
  return scheduler ?? (mode === 'plait' ? 'earliest' : 'weighted');
}

/** `duplicate` is `earliest` with a rule for all packets. */
export function kernelScheduler(tunnel: TunnelConfig): Exclude<ReturnType<typeof schedulerOf>, 'duplicate'> {
  const scheduler = schedulerOf(tunnel);
  return scheduler === 'duplicate' ? 'earliest' : scheduler;
}

/**
 * The name of this box's key for a tunnel of mode `plait`. All that listen to one port have the same: who asks there
 * says whom it is only to the holder of the key.
 */
export function keyOf(name: string, { key, listen }: TunnelConfig): string {
  return key ?? (listen === undefined ? name : `listen-${listen}`);
}

// SPDX-License-Identifier: MIT
/** The legs that the configuration asks for, whatever the board has: their names, devices and sizes. */
import type { Config, TunnelConfig, UplinkConfig } from './schema.ts';
import { DIRECT } from './units.ts';

/** UDP port of mode `fou` unless the tunnel names one. */
export const FOU_PORT = 5555;

const IP_HEADER = 20;
const UDP_HEADER = 8;

/** A leg as the configuration has it, in either role. */
export type LegConfig = {
  name: string;
  uplink: string;
  /** Absent: the ordinary route by the uplink. */
  remote?: string;
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
      return { name, uplink, ...(remote === DIRECT ? {} : { remote }), weight, at };
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

/** The largest packet that fits into every leg; undefined without legs. */
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
  return uplink.mtu - IP_HEADER - (tunnel.mode === 'fou' ? UDP_HEADER : 0);
}

export function legDevice(tunnelName: string, legName: string): string {
  return `${tunnelName}.${legName}`;
}

/** The UDP port of a tunnel of mode `fou`. */
export function fouPort(tunnel: TunnelConfig): number {
  return tunnel.port ?? FOU_PORT;
}

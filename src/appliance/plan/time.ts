// SPDX-License-Identifier: MIT
/** The time: which servers are asked for it, by which way, and the program that asks. */
import { askedUplinks, type Uplink } from '../model.ts';
import type { RuleItem, ServiceItem } from '../plan-types.ts';
import type { Config } from '../schema.ts';
import type { Scene } from './scene.ts';

/**
 * Asked when neither the configuration nor a lease names a server, since hardly a provider's lease does, and a board
 * without a battery would stay in the past for ever. Anycast, and free to use for everybody; pool.ntp.org asks makers of
 * firmware not to make it their default.
 */
const DEFAULT_SERVER = 'time.cloudflare.com';
/** Name of the service that asks. */
export const TIME_CLIENT = 'ntpd';
const SCRIPT = '/usr/lib/plait/ntpd.script';
/** After the rules by which what has an uplink's address or mark leaves. */
const BY_TIME_SERVER = 1300;

export type TimeServers = { from: 'configuration' | 'leases' | 'default'; servers: string[] };

/** Undefined: nobody is asked, or nobody can be reached yet. */
export function timeServers(config: Config, uplinks: readonly Uplink[]): TimeServers | undefined {
  const configured = config.ntp.servers;
  if (configured !== undefined)
    return configured.length > 0 ? { from: 'configuration', servers: configured } : undefined;
  const leased = new Set(asked(config, uplinks).flatMap(({ ntp }) => ntp));
  if (leased.size > 0) return { from: 'leases', servers: [...leased] };
  const reachable = uplinks.some(({ gateway }) => gateway !== undefined);
  return reachable ? { from: 'default', servers: [DEFAULT_SERVER] } : undefined;
}

export function timeService({ config, uplinks }: Scene): ServiceItem[] {
  const { servers = [] } = timeServers(config, uplinks) ?? {};
  if (servers.length === 0) return [];
  const argv = [TIME_CLIENT, '-n', '-S', SCRIPT, ...servers.flatMap((server) => ['-p', server])];
  return [{ kind: 'service', name: TIME_CLIENT, argv, files: [] }];
}

/**
 * The box asks the servers of a lease by the uplink of that lease: some providers answer on their own line only. Names are
 * resolved by dnsmasq, which follows the uplinks, and their addresses are reached by the ordinary routes.
 */
export function timeServerRules({ config, uplinks }: Scene, uplink: Uplink): RuleItem[] {
  if (!asked(config, uplinks).includes(uplink)) return [];
  return uplink.ntp.map((server) => ({
    kind: 'rule',
    priority: BY_TIME_SERVER + uplink.number,
    to: `${server}/32`,
    // Only what the box itself sends.
    iif: 'lo',
    table: uplink.table,
  }));
}

function asked({ ntp }: Config, uplinks: readonly Uplink[]): Uplink[] {
  return ntp.servers === undefined ? askedUplinks(uplinks, (uplink) => uplink.ntp) : [];
}

// SPDX-License-Identifier: MIT
/** The end of setup: applies, looks at each uplink, and then keeps it or goes back. It goes back by itself if nobody says so. */
import { parseConfig } from '../../appliance/config.ts';
import { bareIp } from '../../appliance/ipv4.ts';
import { acceptAddresses } from '../../appliance/lease-checks.ts';
import type { Config } from '../../appliance/schema.ts';
import type { Heard } from '../../appliance/setup/answers.ts';
import { ask, type Context } from '../commands/context.ts';
import { readLeases } from '../leases.ts';
import { errorCode } from '../ports.ts';
import { sleep } from '../sleep.ts';
import type { Status, UplinkStatus } from '../status.ts';
import { askNameServer } from './dns-probe.ts';
import { type CheckLine, checkUplink } from './uplink-check.ts';

/** Time to look at the checks and to answer. */
export const WITHIN = 300_000;
/** A DHCP server and a router have this long to answer. */
const PATIENCE = 12_000;
const LOOK = 500;
const UNSETTLED: readonly UplinkStatus['state'][] = ['no address', 'unproved', 'dead', 'no carrier'];
const ARPING_TIMEOUT = 5000;

export interface Applied {
  changes: string[];
  pending: boolean;
  warnings: string[];
}

export function applyText(context: Context, text: string): Applied {
  const { changes, pending, warnings } = ask(context, 'apply', { text, within: WITHIN });
  return { changes, pending, warnings: warnings.map(({ path, message }) => `${path} ${message}`) };
}

/** Waits until all uplinks are up, for as long as that is likely, then looks at each. */
export async function checkUplinks(
  context: Context,
  text: string,
  heard: ReadonlyMap<string, readonly Heard[]>,
): Promise<CheckLine[]> {
  const parsed = parseConfig(text);
  if (!parsed.ok) return [];
  const { config } = parsed;
  const { uplinks } = await settled(context);
  const all = uplinks.map(async (uplink) => {
    const pppoe = isPppoe(config, uplink.name, heard);
    const dhcp = config.uplinks[uplink.name]?.address === 'dhcp';
    const [duplicate, nameServers] = await Promise.all([
      dhcp ? undefined : isTwice(context, uplink),
      askNameServers(context, config, uplink),
    ]);
    return checkUplink(uplink, {
      dhcp,
      pppoe,
      nameServers,
      ...(duplicate === undefined ? {} : { duplicate }),
    });
  });
  return (await Promise.all(all)).flat();
}

async function settled(context: Context): Promise<Status> {
  const { clock } = context.ports;
  const end = clock.monotonic() + PATIENCE;
  for (;;) {
    const status = ask(context, 'status', {});
    const waiting = status.uplinks.some(({ state }) => UNSETTLED.includes(state));
    if ((!waiting && !status.applying) || clock.monotonic() >= end) return status;
    await sleep(clock, LOOK);
  }
}

function isPppoe(config: Config, name: string, heard: ReadonlyMap<string, readonly Heard[]>): boolean {
  const { port, vlan } = config.uplinks[name] ?? {};
  return (heard.get(port ?? '') ?? []).some((one) => one.what === 'pppoe' && one.vlan === vlan);
}

/** Asks by ARP whether anybody else has the address. Undefined: that could not be found out. */
async function isTwice(
  { ports }: Context,
  { address, device, state }: UplinkStatus,
): Promise<boolean | undefined> {
  if (address === undefined || state === 'no carrier') return undefined;
  const argv = ['arping', '-D', '-q', '-c', '2', '-w', '3', '-I', device, bareIp(address)];
  try {
    const { code } = await ports.processes.run(argv, { timeout: ARPING_TIMEOUT });
    return code === 0 ? false : code === 1 ? true : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function askNameServers(context: Context, config: Config, uplink: UplinkStatus) {
  const { address, device, name, gateway } = uplink;
  if (address === undefined || gateway === undefined) return [];
  const { files, clock } = context.ports;
  const { byUplink } = acceptAddresses(config, readLeases(files, clock.monotonic()));
  const servers = [...new Set([...(byUplink.get(name)?.dns ?? []), ...config.dns.servers])].slice(0, 2);
  return Promise.all(
    servers.map(async (server) => {
      const query = { device, source: bareIp(address), server };
      return { server, result: await askNameServer(context.setup(), clock, query) };
    }),
  );
}

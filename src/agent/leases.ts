// SPDX-License-Identifier: MIT
/** Leases as udhcpc's script reports them, kept below /run so that a restarted agent knows them still. */
import type { Lease } from '../appliance/plan-types.ts';
import { LEASES } from './paths.ts';
import type { Files } from './ports.ts';

export interface HeldLease extends Lease {
  /** Milliseconds since boot at which it ends. */
  until: number;
}

/** Seconds of a lease whose server named none. */
const DEFAULT_SECONDS = 3600;
/** Never ending is a number to a timer. */
const MAX_SECONDS = 30 * 24 * 3600;
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
/** More than this of a field is not read. */
const LONGEST_FIELD = 2048;
/** More name servers, or time servers, are not kept: three are used, and the fourth is named as refused. */
const MOST_SERVERS = 8;

export type LeaseEvent =
  | { what: 'held'; lease: Lease }
  | { what: 'lost' }
  | { what: 'deconfig' }
  | { what: 'ignored' };

/**
 * Understands one call of udhcpc's script: its event word and its environment (`ip`, `mask`, `router`, `dns`,
 * `ntpsrv`, `staticroutes`, `msstaticroutes`, `lease`). A reply without an address counts as none. Here it is only read; what is taken of it
 * is looked at where it meets the configuration (lease-checks.ts).
 */
export function leaseEvent(event: string, env: Readonly<Record<string, string>>): LeaseEvent {
  if (event === 'deconfig') return { what: 'deconfig' };
  if (event === 'nak') return { what: 'lost' };
  if (event !== 'bound' && event !== 'renew') return { what: 'ignored' };
  const address = env.ip ?? '';
  const length = Number(env.mask ?? '32');
  if (!IPV4.test(address) || !Number.isInteger(length) || length < 0 || length > 32)
    return { what: 'ignored' };
  const gateway = defaultRouter(env) ?? words(env.router).find((word) => IPV4.test(word));
  const seconds = Number(env.lease ?? DEFAULT_SECONDS);
  return {
    what: 'held',
    lease: {
      address: `${address}/${length}`,
      ...(gateway === undefined ? {} : { gateway }),
      dns: addresses(env.dns),
      ntp: addresses(env.ntpsrv),
      seconds: Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, MAX_SECONDS) : DEFAULT_SECONDS,
    },
  };
}

/**
 * Router of the default route among the classless static routes (option 121, RFC 3442, or Microsoft's 249), which goes
 * before option 3. Routes to single networks are not taken: the whole uplink leads to its router.
 */
function defaultRouter(env: Readonly<Record<string, string>>): string | undefined {
  for (const routes of [words(env.staticroutes), words(env.msstaticroutes)]) {
    for (let at = 0; at + 1 < routes.length; at += 2) {
      const router = routes[at + 1] ?? '';
      // A router of 0.0.0.0 says that the whole world is on the line itself.
      if (routes[at] === '0.0.0.0/0' && IPV4.test(router) && router !== '0.0.0.0') return router;
    }
  }
  return undefined;
}

function addresses(text: string | undefined): string[] {
  return words(text)
    .filter((word) => IPV4.test(word))
    .slice(0, MOST_SERVERS);
}

export function readLeases(files: Files, now: number): Record<string, HeldLease> {
  try {
    const leases = JSON.parse(files.read(LEASES) ?? '{}') as Record<string, HeldLease>;
    return Object.fromEntries(Object.entries(leases).filter(([, lease]) => lease.until > now));
  } catch {
    return {};
  }
}

export function writeLeases(files: Files, leases: Readonly<Record<string, HeldLease>>): void {
  files.write(LEASES, `${JSON.stringify(leases)}\n`, { mode: 0o600 });
}

function words(text: string | undefined): string[] {
  return (text ?? '')
    .slice(0, LONGEST_FIELD)
    .split(/\s+/)
    .filter((word) => word !== '');
}

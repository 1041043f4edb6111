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

export type LeaseEvent =
  | { what: 'held'; lease: Lease }
  | { what: 'lost' }
  | { what: 'deconfig' }
  | { what: 'ignored' };

/**
 * Understands one call of udhcpc's script: its event word and its environment (`ip`, `mask`, `router`, `dns`,
 * `lease`). A reply without a usable address counts as none.
 */
export function leaseEvent(event: string, env: Readonly<Record<string, string>>): LeaseEvent {
  if (event === 'deconfig') return { what: 'deconfig' };
  if (event === 'nak') return { what: 'lost' };
  if (event !== 'bound' && event !== 'renew') return { what: 'ignored' };
  const address = env.ip ?? '';
  const length = Number(env.mask ?? '32');
  if (!IPV4.test(address) || !Number.isInteger(length) || length < 1 || length > 32)
    return { what: 'ignored' };
  const gateway = words(env.router).find((word) => IPV4.test(word));
  const seconds = Number(env.lease ?? DEFAULT_SECONDS);
  return {
    what: 'held',
    lease: {
      address: `${address}/${length}`,
      ...(gateway === undefined ? {} : { gateway }),
      dns: words(env.dns).filter((word) => IPV4.test(word)),
      seconds: Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, MAX_SECONDS) : DEFAULT_SECONDS,
    },
  };
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
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}

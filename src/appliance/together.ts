// SPDX-License-Identifier: MIT
/** Sessions that belong together, as `balance.together` writes them: `ike`, `tcp:443`, `198.51.100.0/24`. */
import { parseNetwork } from './ip-network.ts';
import type { Network } from './nft/build.ts';
import { Complaint, portRange, type Reader } from './units.ts';

/** Sessions of one kind; what is absent may be anything. */
export type SessionKind = {
  readonly protocol?: 'tcp' | 'udp' | 'gre' | 'esp' | 'ah';
  readonly ports?: readonly { from: number; to: number }[];
  readonly network?: Network;
};

/** `text`: as it was written. */
export type Together = { readonly text: string; readonly kinds: readonly SessionKind[] };

const port = (number: number) => ({ from: number, to: number });

/** Protocols whose sessions do not work apart. */
const PROTOCOLS = {
  /** IPsec: the far end compares the addresses of key exchange and data. */
  ike: [{ protocol: 'udp', ports: [port(500), port(4500)] }, { protocol: 'esp' }, { protocol: 'ah' }],
  pptp: [{ protocol: 'tcp', ports: [port(1723)] }, { protocol: 'gre' }],
} as const satisfies Record<string, readonly SessionKind[]>;

export const DEFAULT_TOGETHER: readonly Together[] = (['ike', 'pptp'] as const).map((text) => ({
  text,
  kinds: PROTOCOLS[text],
}));

export const togetherEntry: Reader<Together> = (value) => {
  const kinds = typeof value === 'string' ? kindsOf(value) : undefined;
  return typeof value === 'string' && kinds !== undefined
    ? { text: value, kinds }
    : new Complaint(
        'names no sessions',
        'write ike, pptp, all, tcp, udp, tcp:PORT, udp:FIRST-LAST, or an IPv4 network such as 198.51.100.0/24',
      );
};

function kindsOf(text: string): readonly SessionKind[] | undefined {
  if (text === 'all') return [{}];
  if (text === 'ike' || text === 'pptp') return PROTOCOLS[text];
  const [, protocol, ports] = /^(tcp|udp)(?::(.+))?$/.exec(text) ?? [];
  if (protocol === 'tcp' || protocol === 'udp') {
    if (ports === undefined) return [{ protocol }];
    const range = portRange(ports);
    return range instanceof Complaint ? undefined : [{ protocol, ports: [range] }];
  }
  const network = parseNetwork(text);
  return network?.family === 'ipv4' ? [{ network }] : undefined;
}

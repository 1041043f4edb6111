// SPDX-License-Identifier: MIT
/** Kernel settings and shapers. */
import { kernelScheduler } from '../legs.ts';
import type { Uplink } from '../model.ts';
import type { QdiscItem, SysctlItem } from '../plan-types.ts';
import type { Config, TunnelConfig } from '../schema.ts';

export function globalSysctls(): SysctlItem[] {
  const settings: [path: string, value: number][] = [
    ['net/ipv4/ip_forward', 1],
    ['net/ipv4/tcp_syncookies', 1],
    ['net/ipv4/icmp_echo_ignore_broadcasts', 1],
    // Ports count in the choice of an uplink: two connections to one server may go two ways.
    ['net/ipv4/fib_multipath_hash_policy', 1],
    // The kernel takes the larger of this and the device's own value.
    ['net/ipv4/conf/all/rp_filter', 0],
    ['net/ipv4/conf/all/accept_redirects', 0],
    ['net/ipv4/conf/all/secure_redirects', 0],
    // Sent when this or the device's own value says so; devices that are made take over the default.
    ['net/ipv4/conf/all/send_redirects', 0],
    ['net/ipv4/conf/default/send_redirects', 0],
    ['net/ipv4/conf/all/accept_source_route', 0],
    // Each port answers for its own addresses only: uplinks may share a cable.
    ['net/ipv4/conf/all/arp_ignore', 1],
    ['net/ipv4/conf/all/arp_announce', 2],
    // A route by a cable that is unplugged is no route.
    ['net/ipv4/conf/all/ignore_routes_with_linkdown', 1],
    // Plaited packets overtake each other: that is not a forged connection.
    ['net/netfilter/nf_conntrack_tcp_be_liberal', 1],
  ];
  return settings.map(([path, value]) => ({ kind: 'sysctl', path, value: String(value) }));
}

const REVERSE_PATH_FILTER = { off: 0, strict: 1, loose: 2 } as const;

/**
 * The reverse path filter of a device, which is looked at for every packet: strict where all hosts are known (LAN, and a
 * tunnel by its routes), loose where packets may come back by another way. No redirects: what comes in by a device
 * and leaves by it is on its way by an uplink or a tunnel of ours.
 */
export function deviceSysctls(device: string, filter: keyof typeof REVERSE_PATH_FILTER): SysctlItem[] {
  const folder = `net/ipv4/conf/${device}`;
  return [
    { kind: 'sysctl', path: `${folder}/rp_filter`, value: String(REVERSE_PATH_FILTER[filter]) },
    { kind: 'sysctl', path: `${folder}/send_redirects`, value: '0' },
  ];
}

/** What `/proc/sys/net/ipv4/multipath` has of the receive-side buffer (src/kmod/README.md). */
export function bufferSysctls({ buffer }: Config): SysctlItem[] {
  if (buffer === undefined) return [];
  return [
    multipath('bufferSize', buffer.size),
    multipath('bufferTotal', buffer.total),
    multipath('bufferDeadline', buffer.deadline),
    multipath('bufferOn', Number(buffer.all)),
  ];
}

/** What `/proc/sys/net/ipv4/multipath` has for a plait device. */
export function tunnelSysctls(name: string, tunnel: TunnelConfig): SysctlItem[] {
  return [
    multipath(`${name}/scheduler`, kernelScheduler(tunnel)),
    ...(tunnel.buffer ? [multipath(`${name}/bufferOn`, 1)] : []),
  ];
}

function multipath(file: string, value: string | number): SysctlItem {
  return { kind: 'sysctl', path: `net/ipv4/multipath/${file}`, value: String(value) };
}

/** Of an uplink that has `rate.up`. */
export function shaper({ device, config: { rate, mtu } }: Uplink): QdiscItem[] {
  if (rate?.up === undefined) return [];
  return [{ kind: 'qdisc', dev: device, rate: rate.up, burst: burst(rate.up, mtu) }];
}

const ETHERNET_HEADER = 18;

/** Ten milliseconds of the rate, so that coarse kernel timers still fill it, and never less than two frames. */
function burst(rate: number, mtu: number): number {
  return Math.max(2 * (mtu + ETHERNET_HEADER), Math.ceil(rate / 8 / 100));
}

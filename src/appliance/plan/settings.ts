// SPDX-License-Identifier: MIT
/** Kernel settings and shapers. */
import { lanDevice, uplinksOf } from '../model.ts';
import type { Facts, QdiscItem, SysctlItem } from '../plan-types.ts';
import type { Config } from '../schema.ts';

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
    ['net/ipv4/conf/all/send_redirects', 0],
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

/** Reverse path filters: strict where all hosts are known, loose where packets may come back by another way. */
export function deviceSysctls(config: Config, facts: Facts): SysctlItem[] {
  const filter = (device: string, value: number): SysctlItem => ({
    kind: 'sysctl',
    path: `net/ipv4/conf/${device}/rp_filter`,
    value: String(value),
  });
  return [
    filter(lanDevice(config), 1),
    ...uplinksOf(config, facts).map((uplink) => filter(uplink.device, 2)),
    ...Object.keys(config.tunnels).map((tunnel) => filter(tunnel, 0)),
  ];
}

/** What `/proc/sys/net/ipv4/multipath` has for each plait device, and of the receive-side buffer (src/kmod/README.md). */
export function multipathSysctls({ tunnels, buffer }: Config): SysctlItem[] {
  const set = (file: string, value: string | number): SysctlItem => ({
    kind: 'sysctl',
    path: `net/ipv4/multipath/${file}`,
    value: String(value),
  });
  return [
    ...(buffer === undefined
      ? []
      : [
          set('bufferSize', buffer.size),
          set('bufferTotal', buffer.total),
          set('bufferDeadline', buffer.deadline),
          set('bufferOn', Number(buffer.all)),
        ]),
    ...Object.entries(tunnels).flatMap(([name, tunnel]) => [
      set(`${name}/scheduler`, tunnel.scheduler),
      ...(tunnel.buffer ? [set(`${name}/bufferOn`, 1)] : []),
    ]),
  ];
}

/** One per uplink that has `rate.up`. */
export function shapers(config: Config, facts: Facts): QdiscItem[] {
  return uplinksOf(config, facts).flatMap(({ device, config: { rate, mtu } }) =>
    rate?.up === undefined ? [] : [{ kind: 'qdisc', dev: device, rate: rate.up, burst: burst(rate.up, mtu) }],
  );
}

const ETHERNET_HEADER = 18;

/** Ten milliseconds of the rate, so that coarse kernel timers still fill it, and never less than two frames. */
function burst(rate: number, mtu: number): number {
  return Math.max(2 * (mtu + ETHERNET_HEADER), Math.ceil(rate / 8 / 100));
}

// SPDX-License-Identifier: MIT
/** IPv6 beside IPv4: every node, route and rule of a network once more, below one prefix. */
import type { Workload } from '../workload/workload.ts';

/** The IPv6 address that stands beside an IPv4 one. */
export function ipv6Of(address: string): string {
  return `2001:db8::${address}`;
}

/**
 * Gives all nodes IPv6 addresses, routes and rules beside those of IPv4 that they have by now. The boxes' plan has none, so what
 * carries IPv6 there is their modules alone.
 */
export function addIpv6(lab: Workload): void {
  for (const { name, box, ports } of lab.network.nodes) {
    lab.shell(name, [enable(ports), ...(box ? [OPEN] : [])].join('; '));
    mirror(lab, name, 'address show scope global', ADDRESS);
  }
  // Gateways must be there before the routes by them.
  for (const { name } of lab.network.nodes) {
    mirror(lab, name, 'route show table all type unicast', ROUTE);
    mirror(lab, name, 'rule show', RULE);
  }
}

/** A box's firewall keeps out what Plait does not route, even answers of neighbours. */
const OPEN = 'ip6tables -P INPUT ACCEPT; ip6tables -P FORWARD ACCEPT';

function enable(ports: readonly string[]): string {
  const devices = ['all', 'default', 'lo', ...ports].map((device) => `conf/${device}/disable_ipv6=0`);
  const settings = [...devices, 'conf/all/forwarding=1'].map((setting) => {
    const [path, value] = setting.split('=');
    return `echo ${value} >/proc/sys/net/ipv6/${path}`;
  });
  return settings.join('; ');
}

/** Has awk make a line for `ip -6 -batch` of each line that `ip -4 -o` shows. */
function mirror(lab: Workload, node: string, show: string, program: string): void {
  const both = `${FUNCTIONS} ${program}`;
  lab.shell(node, `ip -4 -o ${show} | awk '${both}' | ip -6 -batch -`);
}

const FUNCTIONS = `
  function v6(text, parts) { split(text, parts, "/"); return "${ipv6Of('')}" parts[1] "/" (parts[2] == "" ? 128 : 96 + parts[2]) }
  function after(word, i) { for (i = 1; i < NF; i++) if ($i == word) return $(i + 1); return "" }`;

const ADDRESS = '{ print "address add " v6($4) " dev " $2 " nodad" }';

/** Those by a gateway; what is on a link follows from the addresses. */
const ROUTE = `
  after("via") != "" {
    gateway = v6(after("via")); sub("/128", "", gateway)
    to = $1 == "default" ? $1 : v6($1)
    table = after("table") == "" ? "main" : after("table")
    metric = after("metric") == "" ? 1024 : after("metric")
    source = after("src") == "" ? "" : " src " v6(after("src"))
    sub("/128", "", source)
    print "route replace " to " via " gateway " dev " after("dev") " table " table " metric " metric source
  }`;

const RULE = `
  $1 + 0 >= 1000 && $1 + 0 < 32766 {
    priority = $1; sub(":", "", priority)
    from = after("from") == "all" ? "all" : v6(after("from"))
    mark = after("fwmark") == "" ? "" : " fwmark " after("fwmark")
    prefix = after("suppress_prefixlength") == "" ? "" : " suppress_prefixlength " after("suppress_prefixlength")
    print "rule add priority " priority " from " from mark " table " after("lookup") prefix
  }`;

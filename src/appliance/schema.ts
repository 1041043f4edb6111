// SPDX-License-Identifier: MIT
/**
 * The shape of plait.yaml: every key with its unit and default. What keys mean together is looked at in checks.ts;
 * the reference for people is README.md beside this file, and a test holds the two together.
 */
import * as v from 'valibot';
import { hostOrAddress, probeTarget } from './probe-target.ts';
import { togetherEntry } from './together.ts';
import {
  addressRange,
  Complaint,
  dscp,
  duration,
  farEnds,
  hostAddress,
  hostAddresses,
  interfaceAddress,
  keyName,
  network,
  networkOfEither,
  oneOf,
  oneOrSeveral,
  packetRate,
  pattern,
  portRange,
  publicKey,
  type Reader,
  rate,
  whole,
  yesOrNo,
  yesOrNoInWords,
} from './units.ts';

/**
 * Minor version of the format. Raise it when a release adds keys: a file that says a higher one than the firmware
 * knows may have keys that are unknown here, which then are warnings and not errors.
 */
export const MINOR = 0;

/** How a message and its remedy travel through valibot, which has one text for both. */
export const REMEDY = '\n';

/** Name of an uplink, a tunnel or a leg; short, since device names are made of them. */
const name = pattern(
  /^(?!(constructor|prototype)$)[a-z][a-z0-9_-]{0,14}$/,
  'is not a usable name',
  'use 1 to 15 small letters, digits, - and _, beginning with a letter',
);

/** Not the names of devices that are no ports, nor the bridge's, nor the two that /proc/sys gives a meaning. */
const port = pattern(
  /^(?!(lo|lan|all|default|tunl0|sit0|ip6tnl0)$)[a-z][a-z0-9]{0,14}$/,
  'is not the name of a port',
  'write the name of an Ethernet port, such as eth0',
);

const hostname = pattern(
  /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/,
  'is not a host name',
  'use 1 to 63 letters, digits and -, not beginning or ending with -',
);

/** Small letters, since names are compared so. One label is a domain too: `lan`. */
const domain = pattern(
  /^(?=.{1,200}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  'is not a domain',
  'write it in small letters without a dot at the end, such as corp.example',
);

const hostLabel = pattern(
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  'is not the name of a host',
  'use 1 to 63 small letters, digits and -, without a domain',
);

const sshKey = pattern(
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com) AAAA[A-Za-z0-9+/]{20,4000}={0,2}( [ -~]{0,200})?$/,
  'is not a public SSH key',
  'paste the one line of a .pub file, such as ssh-ed25519 AAAA… name',
);

/** SHA-256 and SHA-512 crypt are what the image's C library checks; the rounds bound the time that a login takes. */
const passwordHash = pattern(
  /^\$(5\$(rounds=[1-9]\d{3,4}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43}|6\$(rounds=[1-9]\d{3,4}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86})$/,
  'is not a password hash',
  'write the output of: openssl passwd -6',
);

/** Stands in the kernel's log and in what nft prints. */
const comment = pattern(
  /^[A-Za-z0-9][A-Za-z0-9 ,.:_()/+-]{0,59}$/,
  'is not a usable comment',
  'write 1 to 60 letters, digits, blanks and , . : _ ( ) / + -',
);

/** Protocols that a rule of the firewall or of a tunnel can name. */
export const RULE_PROTOCOLS = ['tcp', 'udp', 'icmp', 'icmpv6', 'gre', 'esp', 'ah', 'sctp'] as const;

const dhcpOrAddress: Reader<string> = (value) =>
  value === 'dhcp' ? value : interfaceAddress(8, 32, '203.0.113.6/29 or the word dhcp')(value);

const durationOrAuto: Reader<number> = (value) =>
  value === 'auto' ? 0 : duration(1, 1000, '50ms or the word auto')(value);

const mtu = whole(576, 1500);

const lan = mapping({
  ports: list(leaf(port), 1, 16),
  address: leaf(interfaceAddress(8, 30, '192.168.1.1/24')),
  dhcp: v.exactOptional(
    mapping({
      range: leaf(addressRange),
      lease: v.exactOptional(leaf(duration(120e3, 30 * 86400e3, '12h')), '12h'),
    }),
  ),
});

/** Which targets are probed, and how many of them must answer. */
const targets = {
  targets: v.exactOptional(list(leaf(probeTarget), 0, 8)),
  need: v.exactOptional(leaf(whole(1, 8)), 1),
};

/** Name servers that one uplink may have. */
export const MOST_UPLINK_SERVERS = 4;

const uplink = mapping({
  port: leaf(port),
  vlan: v.exactOptional(leaf(whole(1, 4094))),
  address: leaf(dhcpOrAddress),
  gateway: v.exactOptional(leaf(hostAddress)),
  rate: v.exactOptional(mapping({ up: v.exactOptional(leaf(rate)), down: v.exactOptional(leaf(rate)) })),
  weight: v.exactOptional(leaf(whole(1, 256)), 1),
  backup: v.exactOptional(leaf(yesOrNo), false),
  metered: v.exactOptional(leaf(yesOrNo), false),
  nat: v.exactOptional(leaf(yesOrNo), true),
  mtu: v.exactOptional(leaf(mtu), 1500),
  health: v.exactOptional(mapping(targets)),
  dns: v.exactOptional(list(leaf(hostAddress), 0, MOST_UPLINK_SERVERS)),
});

const answeredLeg = mapping({
  uplink: leaf(name),
  from: leaf(hostAddress),
  weight: v.exactOptional(leaf(whole(1, 1000))),
});

/** Of one tunnel: their numbers have four bits, and 0 is no rule's. */
export const MOST_TUNNEL_RULES = 15;
/** PLAIT_RULE_LEGS_MAX in src/kmod/uapi/plait.h. */
export const MOST_RULE_LEGS = 8;

const ruleNetworks = oneOrSeveral(networkOfEither, 64, 'one network');

const tunnelRule = mapping({
  from: v.exactOptional(leaf(ruleNetworks)),
  to: v.exactOptional(leaf(ruleNetworks)),
  protocol: v.exactOptional(leaf(oneOf(...RULE_PROTOCOLS))),
  ports: v.exactOptional(leaf(oneOrSeveral(portRange, 32, 'one port or range'))),
  dscp: v.exactOptional(leaf(dscp)),
  leg: v.exactOptional(leaf(oneOrSeveral(name, MOST_RULE_LEGS, 'one leg'))),
  else: v.exactOptional(leaf(oneOf('any', 'drop'))),
  order: v.exactOptional(leaf(yesOrNoInWords)),
  copies: v.exactOptional(leaf(oneOf(1, 2))),
});

const tunnel = mapping({
  mode: leaf(oneOf('ipip', 'fou', 'plait')),
  port: v.exactOptional(leaf(whole(1, 65535))),
  remote: v.exactOptional(named(leaf(farEnds), 16)),
  answer: v.exactOptional(named(answeredLeg, 16)),
  listen: v.exactOptional(leaf(whole(1, 65535))),
  peer: v.exactOptional(leaf(publicKey)),
  key: v.exactOptional(leaf(keyName)),
  preshared: v.exactOptional(leaf(keyName)),
  protect: v.exactOptional(leaf(oneOf('encrypt', 'sign'))),
  address: v.exactOptional(leaf(interfaceAddress(8, 32, '10.255.0.1/30'))),
  scheduler: v.exactOptional(leaf(oneOf('weighted', 'earliest', 'duplicate', 'backup'))),
  weights: v.exactOptional(named(leaf(whole(1, 1000)), 16)),
  rules: v.exactOptional(list(tunnelRule, 0, MOST_TUNNEL_RULES), []),
  buffer: v.exactOptional(leaf(yesOrNo), false),
  routes: v.exactOptional(list(leaf(network), 0, 64), []),
  sources: v.exactOptional(leaf(oneOf('routes', 'any')), 'routes'),
  mtu: v.exactOptional(leaf(mtu)),
});

/** Defaults and bounds are those of the kernel module (src/kmod/README.md); a deadline of 0 is `auto`. */
const buffer = mapping({
  all: v.exactOptional(leaf(yesOrNo), false),
  size: v.exactOptional(leaf(whole(1, 1000)), 100),
  total: v.exactOptional(leaf(whole(1, 65536)), 4096),
  deadline: v.exactOptional(leaf(durationOrAuto), 'auto'),
});

/** Names as the kernel has them (src/kmod/uapi/plait_balance.h). */
export const STRATEGIES = [
  'route',
  'packet',
  'session',
  'bandwidth',
  'headroom',
  'retransmit',
  'history',
] as const;
export type Strategy = (typeof STRATEGIES)[number];

const balance = mapping({
  strategy: v.exactOptional(leaf(oneOf(...STRATEGIES)), 'session'),
  'dead-sessions': v.exactOptional(leaf(oneOf('move', 'end')), 'move'),
  local: v.exactOptional(leaf(yesOrNo), true),
  from: v.exactOptional(list(leaf(name), 1, 17)),
  exclude: v.exactOptional(list(leaf(network), 0, 64), []),
  together: v.exactOptional(list(leaf(togetherEntry), 0, 32)),
});

const side = list(leaf(name), 1, 16);
const networks = list(leaf(networkOfEither), 1, 64);

const firewallRule = mapping({
  comment: v.exactOptional(leaf(comment)),
  from: v.exactOptional(side),
  to: v.exactOptional(side),
  source: v.exactOptional(networks),
  destination: v.exactOptional(networks),
  protocol: v.exactOptional(leaf(oneOf(...RULE_PROTOCOLS))),
  ports: v.exactOptional(list(leaf(portRange), 1, 32)),
  limit: v.exactOptional(leaf(packetRate)),
  log: v.exactOptional(leaf(yesOrNo), false),
  action: leaf(oneOf('accept', 'drop', 'reject')),
});

const portForward = mapping({
  from: v.exactOptional(list(leaf(name), 1, 16)),
  protocol: leaf(oneOf('tcp', 'udp')),
  port: leaf(portRange),
  to: leaf(hostAddress),
  'to-port': v.exactOptional(leaf(whole(1, 65535))),
});

const firewall = mapping({
  rules: v.exactOptional(list(firewallRule, 0, 128), []),
  forwards: v.exactOptional(list(portForward, 0, 64), []),
  helpers: v.exactOptional(list(leaf(oneOf('ftp', 'pptp', 'sip')), 0, 3), ['ftp', 'pptp']),
  offload: v.exactOptional(leaf(yesOrNo), true),
});

export const configSchema = mapping({
  version: leaf(oneOf(1)),
  minor: v.exactOptional(leaf(whole(0, 99)), 0),
  hostname: v.exactOptional(leaf(hostname), 'plait'),
  lan,
  uplinks: v.exactOptional(named(uplink, 32), {}),
  balance: v.exactOptional(balance),
  tunnels: v.exactOptional(named(tunnel, 16), {}),
  buffer: v.exactOptional(buffer),
  firewall: v.exactOptional(firewall, {}),
  health: v.exactOptional(
    mapping({
      interval: v.exactOptional(leaf(duration(20, 60e3, '40ms')), '40ms'),
      'far-interval': v.exactOptional(leaf(duration(200, 60e3, '1s')), '1s'),
      misses: v.exactOptional(leaf(whole(1, 100)), 3),
      ...targets,
    }),
    {},
  ),
  dns: v.exactOptional(
    mapping({
      servers: v.exactOptional(list(leaf(hostAddress), 0, 8), []),
      domain: v.exactOptional(leaf(domain), 'lan'),
      forward: v.exactOptional(keyed(domain, leaf(hostAddresses(4)), 32), {}),
      hosts: v.exactOptional(keyed(hostLabel, leaf(hostAddress), 256), {}),
      'private-domains': v.exactOptional(list(leaf(domain), 0, 32), []),
    }),
    {},
  ),
  ntp: v.exactOptional(mapping({ servers: v.exactOptional(list(leaf(hostOrAddress), 0, 4)) }), {}),
  admin: v.exactOptional(
    mapping({
      'ssh-keys': v.exactOptional(list(leaf(sshKey), 0, 32), []),
      'password-hash': v.exactOptional(leaf(passwordHash)),
    }),
    {},
  ),
});

/** What the keys that must be there could look like, for the one who left them out. */
export const REQUIRED_EXAMPLES: Record<string, string> = {
  version: '1',
  lan: '{ ports: [eth0], address: 192.168.1.1/24 }',
  'lan.ports': '[eth0]',
  'lan.address': '192.168.1.1/24',
  'lan.dhcp.range': '192.168.1.100-199',
  'uplinks.*.port': 'eth1',
  'uplinks.*.address': 'dhcp',
  'tunnels.*.mode': 'ipip',
  'tunnels.*.answer.*.uplink': 'the name of an uplink',
  'tunnels.*.answer.*.from': '198.51.100.9',
  'firewall.rules.*.action': 'accept',
  'firewall.forwards.*.protocol': 'tcp',
  'firewall.forwards.*.port': '443',
  'firewall.forwards.*.to': '192.168.1.10',
};

/** A checked configuration: addresses as text, rates in bit/s, durations in ms, defaults filled in. */
export type Config = v.InferOutput<typeof configSchema>;
export type UplinkConfig = Config['uplinks'][string];
export type FirewallRuleConfig = Config['firewall']['rules'][number];
export type TunnelConfig = Config['tunnels'][string];
export type TunnelRuleConfig = TunnelConfig['rules'][number];

function leaf<T>(reader: Reader<T>) {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      const read = reader(dataset.value);
      if (!(read instanceof Complaint)) return read;
      addIssue({ message: read.message + REMEDY + read.remedy });
      return NEVER;
    }),
  );
}

// valibot's own object() and record() also take lists.
function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapping<const T extends v.ObjectEntries>(entries: T) {
  const keys = Object.keys(entries).join(', ');
  return v.pipe(
    v.custom<Record<string, unknown>>(
      isMapping,
      `is not a mapping${REMEDY}write keys and values; known here: ${keys}`,
    ),
    v.object(entries),
  );
}

function named<const T extends v.GenericSchema>(value: T, most: number) {
  return keyed(name, value, most);
}

function keyed<const T extends v.GenericSchema>(reader: Reader<string>, value: T, most: number) {
  const key = v.pipe(
    v.string(),
    v.rawCheck(({ dataset, addIssue }) => {
      const read = dataset.typed ? reader(dataset.value) : undefined;
      if (read instanceof Complaint) addIssue({ message: read.message + REMEDY + read.remedy });
    }),
  );
  return v.pipe(
    v.custom<Record<string, unknown>>(
      isMapping,
      `is not a mapping${REMEDY}write a name for each entry, then its value`,
    ),
    v.record(key, value),
    v.check(
      (entries) => Object.keys(entries).length <= most,
      `has too many entries${REMEDY}write at most ${most}`,
    ),
  );
}

function list<const T extends v.GenericSchema>(item: T, least: number, most: number) {
  const message = `has the wrong number of entries${REMEDY}write ${least} to ${most}`;
  return v.pipe(
    v.custom<unknown[]>(Array.isArray, `is not a list${REMEDY}put the values in brackets, [a, b]`),
    v.array(item),
    v.minLength(least, message),
    v.maxLength(most, message),
  );
}

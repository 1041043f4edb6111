// SPDX-License-Identifier: MIT
/** Name service of the LAN and the box: what dnsmasq is told about names. */
import { bareIp } from '../ipv4.ts';
import { askedUplinks, type Uplink } from '../model.ts';
import type { Scene } from './scene.ts';

export function nameLines(scene: Scene): string[] {
  const { config } = scene;
  const { domain, forward, hosts } = config.dns;
  const own = { [config.hostname]: bareIp(config.lan.address), ...hosts };
  return [
    'domain-needed',
    'bogus-priv',
    'no-poll',
    'no-resolv',
    'no-hosts',
    // A name of somebody else's domain must not lead into the LAN: a web page could reach the box by it.
    'stop-dns-rebind',
    'rebind-localhost-ok',
    ...[...new Set([...Object.keys(forward), ...config.dns['private-domains']])].map(
      (name) => `rebind-domain-ok=/${name}/`,
    ),
    // Names of the LAN: those of DHCP clients, of the box, and of dns.hosts. They are never asked of anybody else.
    `domain=${domain}`,
    `local=/${domain}/`,
    'expand-hosts',
    ...Object.entries(own).map(([name, address]) => `host-record=${name},${name}.${domain},${address}`),
    // A host that calls itself wpad would be everybody's web proxy.
    'dhcp-name-match=set:wpad,wpad',
    'dhcp-ignore-names=tag:wpad',
    ...Object.entries(forward).flatMap(([name, servers]) =>
      servers.map((server) => `server=/${name}/${server}`),
    ),
    ...resolvers(scene),
  ];
}

/**
 * Servers of the configuration by the ordinary routes, or else those of the uplinks, each by its own uplink: providers often
 * answer on their own line only.
 */
function resolvers({ config, uplinks }: Scene): string[] {
  if (config.dns.servers.length > 0) return config.dns.servers.map((server) => `server=${server}`);
  return askedUplinks(uplinks, ({ dns }) => dns).flatMap(serverLines);
}

function serverLines({ dns, device }: Uplink): string[] {
  return dns.map((server) => `server=${server}@${device}`);
}

// SPDX-License-Identifier: MIT
/** Files for helper programs, and the programs. Every value in them has been through the schema's patterns. */
import { bareIp, formatIp, maskOf, mustPrefix } from '../ipv4.ts';
import { lanDevice, type Uplink } from '../model.ts';
import type { FileItem, ServiceItem } from '../plan-types.ts';
import type { Config } from '../schema.ts';
import { nameLines } from './names.ts';
import type { Scene } from './scene.ts';
import { timeService } from './time.ts';

const DIRECTORY = '/run/plait';
const DNSMASQ_CONF = `${DIRECTORY}/dnsmasq.conf`;
const SHADOW = `${DIRECTORY}/shadow`;
const AUTHORIZED_KEYS = `${DIRECTORY}/ssh/authorized_keys`;
const UDHCPC_SCRIPT = '/usr/lib/plait/udhcpc.script';

export function files(scene: Scene): FileItem[] {
  const { admin, hostname } = scene.config;
  return [
    file(`${DIRECTORY}/hostname`, 0o644, [hostname]),
    file(`${DIRECTORY}/resolv.conf`, 0o644, ['nameserver 127.0.0.1']),
    file(DNSMASQ_CONF, 0o644, dnsmasqLines(scene)),
    { kind: 'file', path: SHADOW, mode: 0o600, content: shadowText(scene.config) },
    file(AUTHORIZED_KEYS, 0o600, admin['ssh-keys']),
  ];
}

export function services(scene: Scene): ServiceItem[] {
  return [
    { kind: 'service', name: 'dnsmasq', argv: ['dnsmasq', '-k', '-C', DNSMASQ_CONF], files: [DNSMASQ_CONF] },
    ...dropbear(scene.config),
    ...timeService(scene),
  ];
}

/**
 * What is asked for beside udhcpc's own list: classless static routes (RFC 3442) and Microsoft's older number for them,
 * since some servers name the router there only, and time servers.
 */
const REQUESTED_OPTIONS = ['121', '249', '42'];

/**
 * Asks for the uplink's lease, and gives it back never: the network stays as it is while the agent is restarted, and
 * so do its addresses.
 */
export function dhcpClientService(
  config: Config,
  { name, device, config: { address } }: Uplink,
): ServiceItem[] {
  if (address !== 'dhcp') return [];
  const options = [
    ...['-f', '-i', device, '-x', `hostname:${config.hostname}`],
    ...REQUESTED_OPTIONS.flatMap((option) => ['-O', option]),
    ...['-s', UDHCPC_SCRIPT],
  ];
  return [{ kind: 'service', name: dhcpClient(name), argv: ['udhcpc', ...options], files: [] }];
}

/** Name of the service that asks for an uplink's lease. */
export function dhcpClient(uplink: string): string {
  return `udhcpc-${uplink}`;
}

/** Only when somebody could log in by it; passwords only when there is one. */
function dropbear({ admin }: Config): ServiceItem[] {
  const password = admin['password-hash'] !== undefined;
  if (!password && admin['ssh-keys'].length === 0) return [];
  const argv = ['dropbear', '-F', '-R', '-p', '22', ...(password ? [] : ['-s'])];
  return [{ kind: 'service', name: 'dropbear', argv, files: [] }];
}

function dnsmasqLines(scene: Scene): string[] {
  const { config } = scene;
  const { address, dhcp } = config.lan;
  const lines = [
    '# Made by Plait from plait.yaml; changes here are lost.',
    `interface=${lanDevice(config)}`,
    'bind-dynamic',
    ...nameLines(scene),
  ];
  if (!dhcp) return lines;
  const { range, lease } = dhcp;
  return [
    ...lines,
    'dhcp-authoritative',
    // In memory: a client asks for its old address by itself, and the card is spared a write per lease.
    `dhcp-leasefile=${DIRECTORY}/dnsmasq.leases`,
    `dhcp-range=${range.from},${range.to},${netmask(address)},${Math.round(lease / 1000)}`,
    `dhcp-option=option:router,${bareIp(address)}`,
    `dhcp-option=option:dns-server,${bareIp(address)}`,
  ];
}

function netmask(address: string): string {
  return formatIp(maskOf(mustPrefix(address).length));
}

/** Without a hash root has no password: the serial console is open then, and dropbear refuses empty passwords. */
export function shadowText({ admin }: Config): string {
  return `root:${admin['password-hash'] ?? ''}:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n`;
}

function file(path: string, mode: number, lines: string[]): FileItem {
  return { kind: 'file', path, mode, content: lines.map((line) => `${line}\n`).join('') };
}

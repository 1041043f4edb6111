// SPDX-License-Identifier: MIT
/** Tunnels of mode `plait`, and keys of them where they have no business. */
import { fouPort, keyOf, legsOf } from '../legs.ts';
import type { Config, TunnelConfig } from '../schema.ts';
import { DIRECT } from '../units.ts';
import { OWN_UDP_PORTS } from './own-ports.ts';
import type { Report } from './report.ts';

/** Keys that only mode `plait` has. */
const PLAIT_KEYS = ['listen', 'peer', 'key', 'preshared', 'protect'] as const;
/** PLAIT_UDP_NAME_LENGTH_MAX of src/kmod/uapi/plait_udp.h. */
const LONGEST_LEG_NAME = 15;

/** Modes that protect nothing: whoever writes a key there believes otherwise. */
export function checkPlainMode(config: Config, name: string, tunnel: TunnelConfig, report: Report): void {
  const path = ['tunnels', name];
  for (const key of PLAIT_KEYS) {
    if (tunnel[key] === undefined) continue;
    const message = `is only for mode plait: mode ${tunnel.mode} protects nothing`;
    report([...path, key], tunnel[key], message, 'remove it or write mode: plait');
  }
  for (const { at, remote, port } of legsOf(config, name)) {
    if (port === undefined) continue;
    const remedy = tunnel.mode === 'fou' ? 'write port: beside mode, for both ends' : 'remove the port';
    report([...path, ...at], `${remote}:${port}`, 'names a port, which only mode plait has here', remedy);
  }
}

export function checkPlait(config: Config, name: string, tunnel: TunnelConfig, report: Report): void {
  const path = ['tunnels', name];
  checkRole(name, tunnel, report);
  if (tunnel.peer === undefined) {
    const remedy = 'add peer: and what "plaitctl key show" prints on the far end';
    report([...path, 'peer'], undefined, 'is missing', remedy);
  }
  if (tunnel.port !== undefined) {
    const remedy = 'write it behind the address in remote, or as listen on the end that answers';
    report([...path, 'port'], tunnel.port, 'is only for mode fou', remedy);
  }
  if (tunnel.answer !== undefined) {
    const remedy = 'write listen: 5050 in its place: who has the key of peer may come from anywhere';
    report([...path, 'answer'], tunnel.answer, 'is not for mode plait', remedy);
  }
  if (tunnel.buffer) {
    const remedy = 'remove it: a tunnel of mode plait puts all packets in order by itself';
    report([...path, 'buffer'], tunnel.buffer, 'is not for mode plait', remedy);
  }
  checkListen(config, name, tunnel, report);
  for (const leg of legsOf(config, name)) {
    const at = [...path, ...leg.at];
    if (leg.remote === undefined) report(at, DIRECT, 'is no leg of mode plait', 'write an address');
    if (leg.name.length > LONGEST_LEG_NAME) {
      const remedy = 'shorten the name of the uplink, to 13 characters at most';
      report(at, leg.name, `makes a leg whose name is longer than ${LONGEST_LEG_NAME} characters`, remedy);
    }
  }
}

/** One end asks, the other one answers: else neither knows what number a leg has. */
function checkRole(name: string, tunnel: TunnelConfig, report: Report): void {
  const path = ['tunnels', name];
  const opens = Object.keys(tunnel.remote ?? {}).length > 0;
  if (opens && tunnel.listen !== undefined) {
    const remedy = 'keep remote on the box that opens the tunnel, listen on the one that answers';
    report(path, tunnel, 'has both remote and listen', remedy);
  }
  if (!opens && tunnel.listen === undefined && tunnel.answer === undefined) {
    const remedy =
      'add remote: { <uplink>: <address of the far end> }, or listen: 5050 on the box that answers';
    report(path, tunnel, 'has neither remote nor listen', remedy);
  }
}

function checkListen(config: Config, name: string, tunnel: TunnelConfig, report: Report): void {
  const { listen } = tunnel;
  if (listen === undefined) return;
  const path = ['tunnels', name];
  if (Object.keys(config.uplinks).length === 0)
    report([...path, 'listen'], listen, 'has no uplink to be heard by', 'add an uplink');
  if (OWN_UDP_PORTS.includes(listen)) {
    const message = 'is used by the box itself for DNS or DHCP';
    report([...path, 'listen'], listen, message, 'choose another, such as 5050');
  }
  const forward = config.firewall.forwards.findIndex(
    ({ protocol, port }) => protocol === 'udp' && port.from <= listen && listen <= port.to,
  );
  if (forward >= 0) {
    const message = `is forwarded into the LAN by entry ${forward + 1} of firewall.forwards`;
    report([...path, 'listen'], listen, message, 'choose another port for one of the two');
  }
  for (const [other, settings] of Object.entries(config.tunnels)) {
    if (settings.mode !== 'fou' || fouPort(settings) !== listen) continue;
    const message = `is the port of tunnel ${other}, of mode fou`;
    report([...path, 'listen'], listen, message, 'choose another, such as 5050');
  }
  checkSharedPort(config, name, tunnel, report);
}

/** Tunnels that listen to one port are told apart by the far end's key, and asked for by the one key of this box. */
function checkSharedPort(config: Config, name: string, tunnel: TunnelConfig, report: Report): void {
  const path = ['tunnels', name];
  const names = Object.keys(config.tunnels);
  for (const other of names.slice(0, names.indexOf(name))) {
    const settings = config.tunnels[other];
    if (settings?.mode !== 'plait' || settings.listen !== tunnel.listen) continue;
    if (tunnel.peer !== undefined && settings.peer === tunnel.peer) {
      const message = `is the peer of tunnel ${other} already, on the same port`;
      report([...path, 'peer'], tunnel.peer, message, 'give each far end a key of its own, or another port');
    }
    if (keyOf(other, settings) !== keyOf(name, tunnel)) {
      const message = `is not the key of tunnel ${other}, which listens to the same port`;
      const remedy = `write key: ${keyOf(other, settings)}, or listen to another port`;
      report([...path, 'key'], keyOf(name, tunnel), message, remedy);
    }
  }
}

// SPDX-License-Identifier: MIT
/** Tunnels and their legs. */
import { bareIp, contains, mustIp, mustPrefix } from '../ipv4.ts';
import { largestMtu, legDevice, legsOf, MOST_LEGS } from '../legs.ts';
import type { Config, TunnelConfig } from '../schema.ts';
import { DIRECT } from '../units.ts';
import { OWN_UDP_PORTS } from './own-ports.ts';
import { checkPlainMode, checkPlait } from './plait-tunnels.ts';
import type { Path, Report } from './report.ts';
import { checkTunnelRules } from './tunnel-rules.ts';

export function checkTunnel(config: Config, name: string, tunnel: TunnelConfig, report: Report): void {
  const path = ['tunnels', name];
  if (tunnel.remote && tunnel.answer) {
    const remedy = 'keep remote on the box that opens the tunnel, answer on the one that answers';
    report(path, tunnel, 'has both remote and answer', remedy);
  }
  if (tunnel.mode === 'plait') checkPlait(config, name, tunnel, report);
  else checkPlainMode(config, name, tunnel, report);
  if (tunnel.mode !== 'plait' && legsOf(config, name).length === 0) {
    report(path, tunnel, 'has no legs', 'add remote: { <uplink>: <address of the far end> } or answer');
  }
  if (tunnel.port !== undefined && tunnel.mode === 'ipip') {
    report([...path, 'port'], tunnel.port, `is only for mode fou`, 'remove it or write mode: fou');
  }
  if (tunnel.port !== undefined && OWN_UDP_PORTS.includes(tunnel.port)) {
    report(
      [...path, 'port'],
      tunnel.port,
      'is used by the box itself for DNS or DHCP',
      'choose another, such as 5555',
    );
  }
  checkLegs(config, name, tunnel, report);
  checkWeights(config, name, tunnel, report);
  checkTunnelRules(config, name, tunnel, report);
}

function checkLegs(config: Config, name: string, tunnel: TunnelConfig, report: Report): void {
  const legs = legsOf(config, name);
  if (legs.length > MOST_LEGS) {
    report(['tunnels', name], tunnel, `has ${legs.length} legs`, `keep at most ${MOST_LEGS}`);
  }
  const known = Object.keys(config.uplinks);
  const remedy = known.length > 0 ? `write one of ${known.join(', ')}` : 'add the uplink below uplinks';
  for (const leg of legs) {
    const at = ['tunnels', name, ...leg.at];
    if (!Object.hasOwn(config.uplinks, leg.uplink)) {
      if (tunnel.answer) report([...at, 'uplink'], leg.uplink, 'is not an uplink', remedy);
      else report(at, leg.remote ?? DIRECT, 'is for an unknown uplink', remedy);
    }
    if (leg.remote === undefined) {
      checkDirect(config, leg.uplink, at, report);
      continue;
    }
    const path = tunnel.answer ? [...at, 'from'] : at;
    checkRemote(config, tunnel, path, leg.remote, report);
    checkReach(config, leg.uplink, path, leg.remote, report);
  }
}

function checkDirect(config: Config, uplinkName: string, path: Path, report: Report): void {
  const uplink = Object.hasOwn(config.uplinks, uplinkName) ? config.uplinks[uplinkName] : undefined;
  if (!uplink || uplink.address === 'dhcp' || uplink.gateway !== undefined) return;
  const message = `leads nowhere by uplink ${uplinkName}, which has no gateway`;
  report(path, DIRECT, message, 'add gateway to the uplink, or write an address');
}

function checkRemote(config: Config, tunnel: TunnelConfig, path: Path, remote: string, report: Report): void {
  const ip = mustIp(remote);
  if (contains(mustPrefix(config.lan.address), ip)) {
    report(
      path,
      remote,
      `is inside of the LAN's subnet`,
      'write the address of the other box on the uplink side',
    );
  }
  if (tunnel.address !== undefined && contains(mustPrefix(tunnel.address), ip)) {
    report(path, remote, `is inside of the tunnel's own subnet`, 'write the outer address of the other box');
  }
  for (const [name, { address }] of Object.entries(config.uplinks)) {
    if (bareIp(address) === remote) {
      report(
        path,
        remote,
        `is this box's own address on uplink ${name}`,
        'write the address of the other box',
      );
    }
  }
}

/** An uplink with a static address and no gateway reaches its own subnet only. */
function checkReach(config: Config, uplinkName: string, path: Path, remote: string, report: Report): void {
  const uplink = Object.hasOwn(config.uplinks, uplinkName) ? config.uplinks[uplinkName] : undefined;
  if (!uplink || uplink.address === 'dhcp' || uplink.gateway !== undefined) return;
  if (contains(mustPrefix(uplink.address), mustIp(remote))) return;
  const message = `cannot be reached by uplink ${uplinkName}, which has no gateway`;
  report(path, remote, message, `add gateway to the uplink, or write an address in ${uplink.address}`);
}

function checkWeights(config: Config, name: string, tunnel: TunnelConfig, report: Report): void {
  if (tunnel.weights && tunnel.answer) {
    const remedy = 'write weight into each leg of answer';
    report(['tunnels', name, 'weights'], tunnel.weights, 'is for tunnels with remote', remedy);
    return;
  }
  const legs = legsOf(config, name).map((leg) => leg.name);
  for (const [leg, weight] of Object.entries(tunnel.weights ?? {})) {
    if (!legs.includes(leg)) {
      report(
        ['tunnels', name, 'weights', leg],
        weight,
        'is for a leg that is not there',
        `the legs are: ${legs.join(', ')}`,
      );
    }
  }
}

export function checkBuffer({ buffer, tunnels }: Config, report: Report): void {
  if (buffer === undefined || buffer.all || Object.values(tunnels).some((tunnel) => tunnel.buffer)) return;
  report(['buffer'], buffer, 'is used nowhere', 'add buffer: true to a tunnel, or all: true here');
}

/**
 * The kernel tells two IP tunnels apart by their outer addresses alone, encapsulated in UDP or not. A second direct leg
 * of one tunnel by one uplink would be the first once more, and so would one of mode `plait` to one address and port.
 */
export function checkLegPairs(config: Config, report: Report): void {
  const seen = new Map<string, string>();
  for (const name of Object.keys(config.tunnels)) {
    for (const leg of legsOf(config, name)) {
      const own = config.tunnels[name]?.mode === 'plait' ? ` ${leg.port} ${name}` : '';
      const pair = `${leg.uplink} ${leg.remote ?? name}${own}`;
      const other = seen.get(pair);
      if (other !== undefined) {
        const path = ['tunnels', name, ...leg.at];
        const message = `goes by the same uplink to the same address as leg ${other}`;
        report(path, leg.remote ?? DIRECT, message, 'use another uplink or another address of the far end');
      }
      seen.set(pair, legDevice(name, leg.name));
    }
  }
}

/** A packet inside of the tunnel must fit into each leg with its outer header. */
export function checkTunnelMtus(config: Config, report: Report): void {
  for (const [name, tunnel] of Object.entries(config.tunnels)) {
    const most = largestMtu(config, name);
    if (tunnel.mtu !== undefined && most !== undefined && tunnel.mtu > most) {
      report(
        ['tunnels', name, 'mtu'],
        tunnel.mtu,
        'does not fit into its legs',
        `write ${most} or less, or leave it out`,
      );
    }
  }
}

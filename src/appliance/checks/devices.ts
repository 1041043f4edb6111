// SPDX-License-Identifier: MIT
/** Ports, and the names of devices that are made. */
import { legDevice, legsOf } from '../legs.ts';
import { portDevice } from '../model.ts';
import type { Config } from '../schema.ts';
import type { Path, Report } from './report.ts';

export function checkPorts(config: Config, report: Report): void {
  config.lan.ports.forEach((port, index) => {
    if (config.lan.ports.indexOf(port) !== index) {
      report(['lan', 'ports', index], port, 'is named twice', 'remove one of the two');
    }
  });
  const takenBy = new Map<string, string>();
  for (const [name, uplink] of Object.entries(config.uplinks)) {
    const path = ['uplinks', name, 'port'];
    const device = portDevice(uplink);
    const other = takenBy.get(device);
    if (other !== undefined) {
      const what = uplink.vlan === undefined ? 'without a VLAN' : `with VLAN ${uplink.vlan}`;
      report(path, uplink.port, `is already used ${what} by uplink ${other}`, 'choose another port or VLAN');
    }
    takenBy.set(device, name);
    if (uplink.vlan === undefined && config.lan.ports.includes(uplink.port)) {
      report(
        path,
        uplink.port,
        'is a port of the LAN',
        'choose another port, or give the uplink a VLAN on this one',
      );
    }
  }
}

const LONGEST_DEVICE_NAME = 15;
/** Devices that the kernel makes by itself, and names with a meaning of their own below /proc/sys. */
const RESERVED_NAMES = /^(lo|lan|all|default|balance|tunl0|sit0|ip6tnl0|fou|eth\d+|wlan\d+)$/;

export function checkDeviceNames(config: Config, report: Report): void {
  const owners = new Map<string, string>(config.lan.ports.map((port) => [port, 'a port of the LAN']));
  for (const [name, uplink] of Object.entries(config.uplinks)) {
    owners.set(uplink.port, `the port of uplink ${name}`);
  }
  const claim = (path: Path, name: string, device: string, owner: string) => {
    const other = owners.get(device);
    if (device.length > LONGEST_DEVICE_NAME) {
      const remedy = `shorten the names so that ${device} has at most ${LONGEST_DEVICE_NAME} characters`;
      report(path, name, `makes the device name ${device}, which is too long`, remedy);
    } else if (other !== undefined) {
      report(path, name, `makes a device ${device}, which is ${other} already`, 'rename it');
    }
    owners.set(device, owner);
  };
  for (const [name, uplink] of Object.entries(config.uplinks)) {
    // Two uplinks on the same port and VLAN are told of by checkPorts().
    const device = portDevice(uplink);
    if (uplink.vlan !== undefined && !owners.has(device))
      claim(['uplinks', name], name, device, `uplink ${name}`);
  }
  for (const name of Object.keys(config.tunnels)) {
    if (RESERVED_NAMES.test(name)) {
      report(['tunnels', name], name, 'is a name that the system uses itself', 'rename the tunnel');
    } else {
      claim(['tunnels', name], name, name, `tunnel ${name}`);
    }
    // Legs of mode plait are no devices.
    if (config.tunnels[name]?.mode === 'plait') continue;
    for (const leg of legsOf(config, name)) {
      claim(['tunnels', name, ...leg.at], leg.name, legDevice(name, leg.name), `a leg of tunnel ${name}`);
    }
  }
}

// SPDX-License-Identifier: MIT
/** A board in memory: a fake kernel, files below /proc/sys as the kernel shows them, and everything the agent asks for. */

import type { ApplyPorts } from '../../../src/agent/apply/engine.ts';
import { type ApplyRecord, emptyRecord } from '../../../src/agent/apply/record.ts';
import { parseConfig } from '../../../src/appliance/config.ts';
import { plan } from '../../../src/appliance/plan.ts';
import type { Facts, Plan } from '../../../src/appliance/plan-types.ts';
import { FakeKernel } from './fake-kernel.ts';
import { FakeFiles, FakeProcesses, FakeServices, Fault } from './fake-ports.ts';

export const PORTS = ['eth0', 'eth1', 'eth2'];

export const BRANCH = `
version: 1
hostname: branch-12
lan:
  ports: [eth0]
  address: 192.168.50.1/24
  dhcp: { range: 192.168.50.100-199, lease: 12h }
uplinks:
  dsl: { port: eth1, vlan: 5, address: dhcp, rate: { up: 1mbit, down: 16mbit } }
  cable: { port: eth1, vlan: 6, address: 203.0.113.6/29, gateway: 203.0.113.1, weight: 3 }
tunnels:
  hq:
    mode: fou
    remote: { dsl: 198.51.100.9, cable: 198.51.100.9 }
    address: 10.255.0.2/30
    routes: [10.0.0.0/16]
`;

/** The branch with its uplinks balanced by plait_balance. */
export const BALANCED = BRANCH.replace(
  'tunnels:',
  'balance: { strategy: bandwidth, from: [lan, hq], exclude: [192.0.2.128/25] }\ntunnels:',
);

/** Another LAN with a bridge, another VLAN, no tunnel: hardly anything of BRANCH can stay. */
export const OTHER = `
version: 1
hostname: other
dns: { servers: [9.9.9.9] }
lan:
  ports: [eth0, eth2]
  address: 192.168.60.1/24
uplinks:
  cable: { port: eth1, vlan: 7, address: 203.0.113.5/29, gateway: 203.0.113.1 }
`;

export const FACTS: Facts = {
  ports: PORTS,
  leases: { dsl: { address: '192.0.2.44/24', gateway: '192.0.2.1', dns: ['192.0.2.53'], seconds: 3600 } },
  deadUplinks: [],
  deadLegs: {},
};

export function planOf(text: string, facts: Facts = FACTS): Plan {
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return plan(parsed.config, facts);
}

export interface FakeBoard extends ApplyPorts {
  kernel: FakeKernel;
  files: FakeFiles;
  processes: FakeProcesses;
  services: FakeServices;
  record: ApplyRecord;
  /** Faults of everything but the kernel. */
  fault: Fault;
  logged: string[];
  /** All state of the board as one text. */
  snapshot(): string;
}

/** Settings that are there without any device. */
const SETTINGS = [...planOf(BRANCH).items, ...planOf(OTHER).items].flatMap((item) =>
  item.kind === 'sysctl' && !/\/(conf\/(?!all|default)|multipath\/)[^/]+\//.test(item.path)
    ? [item.path]
    : [],
);

export function fakeBoard(ports: readonly string[] = PORTS): FakeBoard {
  const kernel = new FakeKernel(ports);
  const fault = new Fault();
  const files = new FakeFiles({ '/proc/sys/kernel/hostname': '(none)\n' });
  for (const name of ports) files.content.set(`/sys/class/net/${name}/address`, '00:0d:b9:12:34:56\n');
  for (const path of SETTINGS) files.content.set(`/proc/sys/${path}`, '9\n');
  // Settings of a device come and go with it.
  kernel.onDevice = (name, exists, plait) => {
    const folder = '/proc/sys/net/ipv4';
    const settings = ['rp_filter', 'send_redirects'].map((setting) => `${folder}/conf/${name}/${setting}`);
    for (const path of [...settings, ...(plait ? [`${folder}/multipath/${name}/scheduler`] : [])]) {
      if (exists) files.content.set(path, '9\n');
      else files.content.delete(path);
    }
  };
  for (const { name } of kernel.links()) kernel.onDevice(name, true, false);
  const processes = new FakeProcesses();
  const services = new FakeServices();
  files.fault = fault;
  processes.fault = fault;
  services.fault = fault;
  const logged: string[] = [];
  return {
    kernel,
    files,
    processes,
    services,
    record: emptyRecord(),
    fault,
    logged,
    log: (level, text) => logged.push(`${level}: ${text}`),
    saveRecord: () => undefined,
    snapshot: () =>
      [
        kernel.snapshot(),
        JSON.stringify([...files.content].sort()),
        JSON.stringify(services.running.map(({ name, argv }) => [name, argv]).sort()),
      ].join('\n'),
  };
}

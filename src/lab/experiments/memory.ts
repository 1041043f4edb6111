// SPDX-License-Identifier: MIT
import { experiment } from '../experiment.ts';
import type { SlabCache } from '../workload/slab.ts';
import type { Workload } from '../workload/workload.ts';

type Through = 'balance' | 'weighted' | 'earliest';

const uplinks = (box: number, gateways: boolean) =>
  [1, 2].map((number) => {
    const network = `198.18.${number}`;
    const gateway = gateways ? `, gateway: ${network}.1, nat: false` : '';
    return `  up${number}: { port: eth${number}, address: ${network}.${box}/24${gateway} }`;
  });

const balancer = `version: 1
hostname: box
lan: { ports: [eth0], address: 192.168.50.1/24 }
uplinks:
${uplinks(2, true).join('\n')}
dns: { servers: [9.9.9.9] }
ntp: { servers: [] }
balance: { strategy: history }
health: { interval: 1s }
`;

const tunnelled = (scheduler: string, own: 1 | 2, other: 1 | 2) => `version: 1
hostname: box
lan: { ports: [eth0], address: 192.168.${48 + own}.1/24 }
uplinks:
${uplinks(own, false).join('\n')}
tunnels:
  hq:
    mode: ipip
    ${own === 2 ? 'remote' : 'answer'}: { up1: ${leg(1, own, other)}, up2: ${leg(2, own, other)} }
    address: 10.255.0.${own}/30
    scheduler: ${scheduler}
    buffer: true
    routes: [192.168.${48 + other}.0/24]
health: { interval: 1s }
`;

function leg(uplink: number, own: number, other: number): string {
  const remote = `198.18.${uplink}.${other}`;
  return own === 2 ? remote : `{ uplink: up${uplink}, from: ${remote} }`;
}

const balanced = `
    host:eth0=192.168.50.2/24 -- box:eth0
    box:eth1 --[ line1: 2ms ]-- isp1 -- server
    box:eth2 --[ line2: 2ms ]-- isp2 -- server`;

// Of different length, so that segments overtake each other.
const plaited = `
    host:eth0=192.168.50.2/24 -- box:eth0
    box:eth1 --[ line1: 20mbit 1ms ]-- far:eth1
    box:eth2 --[ line2: 20mbit 4ms ]-- far:eth2
    far:eth0 -- server:eth0=192.168.49.2/24`;

/** Connections at the same time; so few that no port is needed again while it waits for late packets. */
const PARALLEL = 4;
/** Connections that may be tracked; all of two minutes are, and the guest's own bound follows from its memory. */
const TRACKED = 65_536;
const BYTES = 6000;
/** What comes before the first count, so that all that is made once has been made. */
const WARM_UP = 500;
/** Seconds after which all that is remembered of a connection is to be gone: TIME_WAIT of sockets, and of the tracking. */
const REST = 240;

/** Of so many connections less than one object may stay: the rest of the kernel is not still meanwhile. */
const FEW = 20;

export default experiment({
  name: 'memory',
  title: 'What many connections leave behind in memory',
  about:
    'TCP connections opened and closed through a box, every eighth by a reset: balanced over two uplinks, or by a tunnel with the buffer and either ' +
    'scheduler. Objects of the cache of the allocator that has grown most, after all timers, against those ' +
    'before; anything that were kept of each connection would show there.',
  parameters: {
    through: ['balance', 'weighted', 'earliest'] as Through[],
    connections: [1000, 100_000],
  },
  quick: ({ through, connections }) => connections === 1000 && through !== 'earliest',
  figures: {
    grown: { unit: 'objects more in the cache that grew most', digits: 0 },
    kibibytes: { unit: 'KiB more in all caches', digits: 0 },
    tracked: { unit: 'connections tracked or watched at the end', digits: 0 },
    held: { unit: 'segments that waited in the buffer', digits: 0 },
  },
  topology: ({ through }) => (through === 'balance' ? balanced : plaited),
  boxes: ({ through }): Record<string, string> =>
    through === 'balance'
      ? { box: balancer }
      : { box: tunnelled(through, 2, 1), far: tunnelled(through, 1, 2) },
  deadline: 5000,
  play(lab, { through, connections }) {
    const boxes = through === 'balance' ? ['box'] : ['box', 'far'];
    const address = through === 'balance' ? '198.51.100.1' : lab.address('server');
    if (through === 'balance') addServer(lab, address);
    lab.root(`echo ${TRACKED} >/proc/sys/net/netfilter/nf_conntrack_max`);
    lab.shell('host', 'echo 1024 65535 >/proc/sys/net/ipv4/ip_local_port_range');
    const connect = (count: number) => {
      lab.connect({ from: 'host', to: 'server', address, count, parallel: PARALLEL, bytes: BYTES });
      lab.wait(REST);
    };
    connect(WARM_UP);
    const before = lab.slab();
    connect(connections);
    const after = lab.slab();
    const left = boxes.map((box) => lab.shell(box, COUNTS));
    return () => {
      const counts = left.flatMap((shown) => [...shown.output().matchAll(/^(\w+) (\d+)$/gm)]);
      const sum = (names: readonly string[]) =>
        counts
          .filter(([, name = '']) => names.includes(name))
          .reduce((all, [, , count]) => all + Number(count), 0);
      return { ...growth(before(), after()), tracked: sum(['tracked', 'connections']), held: sum(['held']) };
    };
  },
  goal({ grown = 0, held = 0 }, { through, connections }) {
    if (through !== 'balance' && held === 0) return 'no segment waited in the buffer';
    return grown > connections / FEW
      ? `${grown} objects were left behind by ${connections} connections`
      : undefined;
  },
});

/** TCP connections that are tracked, and the buffer's figures. */
const COUNTS =
  'echo tracked $(grep -c "^ipv4.* tcp " /proc/net/nf_conntrack || true); cat /proc/sys/net/ipv4/multipath/bufferStatistics';

/** The server has an address of its own, so that either uplink leads to it. */
function addServer(lab: Workload, address: string): void {
  lab.shell('server', `ip address add ${address}/32 dev lo`);
  for (const isp of ['isp1', 'isp2'])
    lab.shell(isp, `ip route add ${address}/32 via ${lab.address('server', `${isp}-server`)}`);
  lab.shell('server', `ip route replace 192.168.50.0/24 via ${lab.address('isp1', 'isp1-server')}`);
}

type Slab = ReadonlyMap<string, SlabCache>;

/** The debug kernel's own: it keeps the most that it ever had. */
const OF_THE_CHECKS = 'debug_objects_cache';

function growth(before: Slab, after: Slab): { grown: number; kibibytes: number } {
  const changes = [...after]
    .filter(([name]) => name !== OF_THE_CHECKS)
    .map(([name, { objects, size }]) => ({ more: objects - (before.get(name)?.objects ?? 0), size }));
  return {
    grown: Math.max(...changes.map(({ more }) => more)),
    kibibytes: changes.reduce((sum, { more, size }) => sum + more * size, 0) / 1024,
  };
}

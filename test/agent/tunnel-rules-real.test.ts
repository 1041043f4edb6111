// SPDX-License-Identifier: MIT
/**
 * Numbers of rules in the marks of packets that leave by a tunnel, on this machine's kernel: real packets through the plan's
 * own tables, seen where the tunnel's device gets them. It needs no module: a cable stands in for the tunnel.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Table } from '../../src/appliance/nft/types.ts';
import { plan } from '../../src/appliance/plan.ts';
import { factsWith, mustParse } from '../appliance/support.ts';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { type HostAgent, hostAgent } from './support/host-agent.ts';
import { Shell } from './support/shell.ts';

const CONFIG = `version: 1
lan: { ports: [eth0], address: 192.168.50.1/24 }
uplinks:
  dsl: { port: eth2, address: 192.0.2.2/24, gateway: 192.0.2.1 }
dns: { servers: [9.9.9.9] }
firewall:
  rules:
    - { from: [lan], to: [hq], action: accept }   # IPv6, which is not forwarded else
tunnels:
  hq:
    mode: ipip
    remote: { dsl: 198.51.100.9 }
    routes: [10.0.0.0/16]
    rules:
      - { to: 10.0.9.0/24, protocol: udp, ports: 5060-5090, leg: dsl }
      - { protocol: udp, ports: [3478-3481, 53], leg: dsl }
      - { dscp: ef, leg: dsl }
      - { protocol: tcp, ports: 22, leg: dsl }
      - { from: [192.168.50.7, 192.168.50.32/28], leg: dsl }
      - { to: 2001:db8:9::/48, leg: dsl }
      - { protocol: esp, leg: dsl }
${Array.from({ length: 7 }, (_, at) => `      - { to: 10.0.200.${at}, leg: dsl }\n`).join('')}      - { protocol: udp, ports: 9, leg: dsl }
`;

/** What is sent from a host of the LAN or from the box itself. */
interface Sent {
  from: 'LAN' | 'box';
  to: string;
  protocol?: 'udp' | 'tcp' | 'esp';
  port?: number;
  sourcePort?: number;
  source?: string;
  bytes?: number;
  packets?: number;
}

const SEND = `
const { to, protocol = "udp", port = 7, sourcePort = 40000, source, bytes = 100, packets = 1 } = JSON.parse(process.argv[1]);
if (protocol === "tcp") {
  require("node:net").connect({ host: to, port, localPort: sourcePort, localAddress: source }).on("error", () => {});
  setTimeout(() => process.exit(0), 200);
} else {
  const socket = require("node:dgram").createSocket(to.includes(":") ? "udp6" : "udp4");
  const next = (left) => left ? socket.send(Buffer.alloc(bytes), port, to, () => next(left - 1)) : socket.close();
  socket.bind(sourcePort, source, () => next(packets));
}`.replaceAll('\n', ' ');

/** Ports by which the sender says how its packets are to look: programs cannot say these things. */
const [EF, AF41, MARKED] = [46_046, 46_034, 7777];
const FOREIGN = 0x71020304;
const LOOKS = `table inet looks {
  chain output {
    type filter hook output priority -160;
    udp dport ${EF} ip dscp set ef
    udp dport ${EF} ip6 dscp set ef
    udp dport ${AF41} ip dscp set af41
    udp sport ${MARKED} meta mark set ${FOREIGN}
  }
}`;

/** By its number, as the device gets it; the rest of the mark; fragments. */
const SEEN = ['hq', 'eth0']
  .map((device) => {
    const numbers = Array.from({ length: 16 }, (_, at) => at);
    const counters = [...numbers.map((at) => `n${at}`), 'rest', 'parts', 'parts6'];
    return `table netdev seen_${device} {
${counters.map((name) => `  counter ${name} { }`).join('\n')}
  chain out {
    type filter hook egress device ${device} priority 0;
    meta l4proto != { tcp, udp, esp } accept
${numbers.map((at) => `    meta mark and 0xf0000000 == ${at * 0x10000000} counter name n${at}`).join('\n')}
    meta mark and 0x0fffffff == ${FOREIGN % 0x10000000} counter name rest
    ip frag-off and 0x3fff != 0 counter name parts
    exthdr frag exists counter name parts6
  }
}`;
  })
  .join('\n');

interface Scene {
  agent: HostAgent;
  shell: Shell;
  folder: string;
}

const real = suite<Scene>('rules of tunnels on a real kernel');

real.before(async (scene) => {
  await needs('nftables', 'iproute2', 'util-linux', 'socat');
  scene.agent = await hostAgent();
  scene.folder = mkdtempSync(join(tmpdir(), 'plait-rules-'));
  scene.shell = new Shell(scene.agent, scene.folder);
  for (const command of [
    'ip link set eth1 name hq',
    // Nobody answers behind it.
    'ip link set hq arp off',
    'ip link set eth0 up; ip link set hq up',
    'ip addr add 192.168.50.1/24 dev eth0; ip addr add 10.255.0.2/30 dev hq',
    'ip addr add 2001:db8:50::1/64 dev eth0 nodad; ip addr add 2001:db8:255::2/64 dev hq nodad',
    'ip route add 10.0.0.0/16 dev hq; ip route add 2001:db8::/32 dev hq',
    'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding',
    'for host in 100 7 33; do far 0 ip addr add 192.168.50.$host/24 dev far0; done',
    'far 0 ip addr add 2001:db8:50::100/64 dev far0 nodad',
    'far 0 ip route add default via 192.168.50.1; far 0 ip route add default via 2001:db8:50::1',
    `cat >"$folder/tables.json" <<'JSON'\n${JSON.stringify(tables())}\nJSON`,
    `'${scene.agent.tables}' "$folder/tables.json" | grep -F '"failures":[]'`,
    `nft -f - <<'RULES'\n${LOOKS}\n${SEEN}\nRULES`,
    `far 0 nft -f - <<'RULES'\n${LOOKS}\nRULES`,
  ])
    await scene.shell.run(command);
});
real.after(({ shell, folder }) => {
  shell.end();
  rmSync(folder, { recursive: true, force: true });
});

function tables(): Table[] {
  return plan(mustParse(CONFIG), factsWith()).items.flatMap((item) =>
    item.kind === 'table' ? [item.table] : [],
  );
}

/** What left by a device while this was sent: packets by number, and what else was seen of them. */
async function seen(shell: Shell, device: 'hq' | 'eth0', sent: Sent): Promise<Record<string, number>> {
  const { from, ...what } = sent;
  const space = from === 'LAN' ? 'far 0 ' : '';
  await shell.run(`nft reset counters table netdev seen_${device} >/dev/null`);
  const family = sent.to.includes(':') ? `IP6-SENDTO:[${sent.to}]` : `IP4-SENDTO:${sent.to}`;
  await shell.run(
    sent.protocol === 'esp'
      ? `echo 1234567890 | ${space}socat -u - ${family}:50`
      : `${space}${process.execPath} -e '${SEND}' '${JSON.stringify(what)}'`,
  );
  const listed = JSON.parse(await shell.run(`nft -j list counters table netdev seen_${device}`)) as {
    nftables: { counter?: { name: string; packets: number } }[];
  };
  const counts = listed.nftables.flatMap(({ counter }) =>
    counter === undefined || counter.packets === 0 ? [] : [[counter.name, counter.packets] as const],
  );
  return Object.fromEntries(counts);
}

const udp = (from: Sent['from'], to: string, port: number, more: Partial<Sent> = {}): Sent => {
  return { from, to, port, ...more };
};
const PHONE = '10.0.9.5';
const OTHER = '10.0.8.5';
const SIX = '2001:db8:8::5';

const CASES: [title: string, sent: Sent, wanted: Record<string, number>][] = [
  ['no rule fits', udp('LAN', OTHER, 7), { n0: 1 }],
  ['all of a rule fits, by the port there', udp('LAN', PHONE, 5060), { n1: 1 }],
  ['by the port here', udp('LAN', PHONE, 7, { sourcePort: 5090 }), { n1: 1 }],
  ['of the box itself', udp('box', PHONE, 5070), { n1: 1 }],
  ['by the port here, of the box itself', udp('box', PHONE, 7, { sourcePort: 5060 }), { n1: 1 }],
  ['a port beside the range', udp('LAN', PHONE, 5091), { n0: 1 }],
  ['another network', udp('LAN', OTHER, 5060), { n0: 1 }],
  ['another protocol', { from: 'LAN', to: PHONE, protocol: 'tcp', port: 5060 }, { n0: 1 }],
  ['the first that fits decides', udp('LAN', PHONE, 3478, { sourcePort: 5061 }), { n1: 1 }],
  ['and not the last', udp('LAN', PHONE, 9, { sourcePort: 3481 }), { n2: 1 }],
  ['one of several ports', udp('LAN', OTHER, 53), { n2: 1 }],
  ['the same of IPv6', udp('LAN', SIX, 3479), { n2: 1 }],
  ['of IPv6, of the box itself', udp('box', SIX, 7, { sourcePort: 3480 }), { n2: 1 }],
  ['a codepoint', udp('LAN', OTHER, EF), { n3: 1 }],
  ['a codepoint of IPv6', udp('LAN', SIX, EF), { n3: 1 }],
  ['a codepoint, of the box itself', udp('box', SIX, EF), { n3: 1 }],
  ['another codepoint', udp('LAN', OTHER, AF41), { n0: 1 }],
  ['TCP', { from: 'LAN', to: OTHER, protocol: 'tcp', port: 22 }, { n4: 1 }],
  ['TCP over IPv6', { from: 'box', to: SIX, protocol: 'tcp', port: 22 }, { n4: 1 }],
  ['a host of the LAN', udp('LAN', OTHER, 7, { source: '192.168.50.7' }), { n5: 1 }],
  ['a network of the LAN', udp('LAN', OTHER, 7, { source: '192.168.50.33' }), { n5: 1 }],
  ['a network of IPv6', udp('LAN', '2001:db8:9:7::1', 7), { n6: 1 }],
  ['a protocol without ports', { from: 'LAN', to: OTHER, protocol: 'esp' }, { n7: 1 }],
  ['that of IPv6', { from: 'box', to: SIX, protocol: 'esp' }, { n7: 1 }],
  ['the highest number', udp('LAN', OTHER, 9), { n15: 1 }],
  ['each packet of a connection', udp('LAN', PHONE, 5062, { packets: 20 }), { n1: 20 }],
  ['fragments, which come as such', udp('LAN', PHONE, 5063, { bytes: 4000 }), { n1: 3, parts: 3 }],
  ['fragments of the box itself', udp('box', PHONE, 5063, { bytes: 4000 }), { n1: 3, parts: 3 }],
  ['fragments of IPv6, which come as such', udp('LAN', SIX, 3478, { bytes: 4000 }), { n2: 3, parts6: 3 }],
  ['fragments of IPv6 of the box', udp('box', SIX, 3478, { bytes: 4000 }), { n2: 3, parts6: 3 }],
  ['the other bits of the mark stay', udp('box', PHONE, 5060, { sourcePort: MARKED }), { n1: 1, rest: 1 }],
  [
    'a number that somebody else wrote counts for nothing',
    udp('box', OTHER, 7, { sourcePort: MARKED }),
    { n0: 1, rest: 1 },
  ],
];

for (const [title, sent, wanted] of CASES)
  real(title, async ({ shell }) => assert.equal(await seen(shell, 'hq', sent), wanted));

real('what leaves by other devices is left alone', async ({ shell }) => {
  const sent = udp('box', '192.168.50.100', 53, { sourcePort: MARKED });
  assert.equal(await seen(shell, 'eth0', sent), { n7: 1, rest: 1 });
});

real.run();

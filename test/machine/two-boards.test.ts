// SPDX-License-Identifier: MIT
/**
 * Two boards with the shipped image, a branch and a far end, differing only in plait.yaml, and a host behind each:
 *
 *   host-a eth0 ─── eth0 branch eth1 ═══ one cable, VLAN 5 (dsl) and 6 (cable) ═══ eth1 far eth0 ─── eth0 host-b
 *     192.168.50.10    .1        198.18.5.2, 198.18.6.2        198.18.5.1, 198.18.6.1      .1    192.168.60.10
 *
 * The hosts are boards too, with a LAN only. Everything is typed on the serial consoles, as a person would.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { LegStatus, Status } from '../../src/agent/status.ts';
import { Cable, type Plug } from '../../src/machine/wiring.ts';
import { suite } from '../support/suite.ts';
import { Guest, SECONDS } from './guest.ts';
import { type ShippedImage, shippedImage } from './images.ts';
import { type Leg, parseLegs, since } from './legs.ts';

const MB = 1_000_000;
/** How often the 16 MB on host-a are sent over one connection. */
const ROUNDS = 6;
const TRANSFER = 300 * SECONDS;

/** Four emulated boards on a busy machine answer late now and then: longer than the default until a leg is dead. */
const HEALTH = 'health: { interval: 300ms, misses: 8 }\n';

const branchYaml = (mode: string) => `version: 1
hostname: branch
lan: { ports: [eth0], address: 192.168.50.1/24 }
uplinks:
  dsl: { port: eth1, vlan: 5, address: 198.18.5.2/24 }
  cable: { port: eth1, vlan: 6, address: 198.18.6.2/24, weight: 3 }
tunnels:
  hq:
    mode: ${mode}
    remote: { dsl: 198.18.5.1, cable: 198.18.6.1 }
    address: 10.255.0.2/30
    routes: [192.168.60.0/24]
${HEALTH}`;

const farYaml = (mode: string) => `version: 1
hostname: far
lan: { ports: [eth0], address: 192.168.60.1/24 }
uplinks:
  dsl: { port: eth1, vlan: 5, address: 198.18.5.1/24 }
  cable: { port: eth1, vlan: 6, address: 198.18.6.1/24 }
tunnels:
  hq:
    mode: ${mode}
    answer:
      dsl: { uplink: dsl, from: 198.18.5.2 }
      cable: { uplink: cable, from: 198.18.6.2, weight: 3 }
    address: 10.255.0.1/30
    routes: [192.168.50.0/24]
${HEALTH}`;

const hostYaml = (name: string, network: string) => `version: 1
hostname: ${name}
lan: { ports: [eth0], address: ${network}.10/24 }
`;

/**
 * The VLAN at the far side's port can be cut, both ways and silently: all packets are led to a device that swallows them. A
 * device set down is set up again by the agent. Made ready before a transfer, so that the cut itself takes no time of it.
 */
const dslAtFarPort = {
  prepare: 'ip link add sink type dummy && ip link set sink up && tc qdisc add dev eth1.5 clsact',
  cut: bothWays(
    (way) => `tc filter add ${way} protocol all u32 match u32 0 0 action mirred egress redirect dev sink`,
  ),
  mend: bothWays((way) => `tc filter del ${way}`),
};

function bothWays(command: (way: string) => string): string {
  return ['dev eth1.5 ingress', 'dev eth1.5 egress'].map(command).join(' && ');
}

interface Scene {
  image: ShippedImage;
  folder: string;
  guests: Guest[];
  hostA: Guest;
  branch: Guest;
  far: Guest;
  hostB: Guest;
}

const boards = suite<Scene>('Two boards on one cable');

boards.before(async (scene) => {
  scene.guests = [];
  scene.folder = mkdtempSync(join(tmpdir(), 'plait-cables-'));
  scene.image = await shippedImage('alix');
  const cable = (name: string): Plug => ({ to: 'cable', cable: new Cable(join(scene.folder, name)) });
  const [lanA, line, lanB] = [cable('lan-a'), cable('line'), cable('lan-b')];
  const start = async (name: string, plugs: Plug[]) => {
    const guest = await Guest.start({ name, image: scene.image, plugs });
    scene.guests.push(guest);
    return guest;
  };
  scene.branch = await start('branch', [lanA, line]);
  scene.far = await start('far', [lanB, line]);
  scene.hostA = await start('host-a', [lanA]);
  scene.hostB = await start('host-b', [lanB]);
  await Promise.all(scene.guests.map((guest) => guest.boot()));
});

boards.after(async ({ guests, folder }) => {
  for (const guest of guests) await guest.stop();
  rmSync(folder, { recursive: true, force: true });
});

boards(
  'have everything they need in plait.yaml, typed on the console',
  async ({ hostA, branch, far, hostB }) => {
    await Promise.all([
      branch.configure(branchYaml('ipip')),
      far.configure(farYaml('ipip')),
      hostA
        .configure(hostYaml('host-a', '192.168.50'))
        .then(() => hostA.ask('ip route add default via 192.168.50.1')),
      hostB
        .configure(hostYaml('host-b', '192.168.60'))
        .then(() => hostB.ask('ip route add default via 192.168.60.1')),
    ]);
    await plaited(branch);
    await plaited(far);
    await hostA.until(
      'ping -c 1 -W 2 192.168.60.10',
      (output) => output.includes(' 0% packet loss'),
      30 * SECONDS,
    );
  },
);

boards(
  'carry one connection over both lines 1:3, and over one when the other is cut (IPIP)',
  async (scene) => {
    await scene.far.ask(dslAtFarPort.prepare);
    await transfer(scene);
  },
);

boards('do the same with the tunnels in UDP (FOU)', async (scene) => {
  const { branch, far } = scene;
  await far.ask(dslAtFarPort.mend);
  await Promise.all([branch.configure(branchYaml('fou')), far.configure(farYaml('fou'))]);
  await plaited(branch);
  await plaited(far);
  await transfer(scene);
});

boards('leave most of the memory free', async ({ branch, hostA, hostB, image }) => {
  await hostA.stop();
  await hostB.stop();
  await branch.reboot();
  await plaited(branch);
  const { memory } = await branch.status();
  const used = image.board.qemu.memory - memory.availableKiB / 1024;
  const files = image.manifest.files.map(({ name, size }) => `${name} ${(size / MB).toFixed(2)} MB`);
  console.log(
    `  memory not available when idle: ${used.toFixed(1)} of ${image.board.qemu.memory} MiB (goal 48), agent ${(memory.agentKiB / 1024).toFixed(1)}`,
  );
  console.log(`  slot ${(image.manifest.slot.size / MB).toFixed(2)} MB; ${files.join(', ')}`);
  assert.ok(used <= 48, `${used.toFixed(1)} MiB are in use`);
});

boards.run();

/** Waits until both legs of the tunnel carry packets. */
async function plaited(guest: Guest): Promise<void> {
  await guest.until(
    'plaitctl status --json',
    (output) => liveLegs(output).join() === 'dsl,cable',
    60 * SECONDS,
  );
}

function liveLegs(output: string): string[] {
  return legsInStatus(output).flatMap((leg) => (leg.live ? [leg.name] : []));
}

function legsInStatus(output: string): LegStatus[] {
  return (JSON.parse(output) as Status).tunnels.flatMap((tunnel) => tunnel.legs);
}

async function transfer({ hostA, branch, far, hostB }: Scene): Promise<void> {
  const legs = async () => parseLegs(await branch.ask('ethtool -S hq'), 'hq');
  await hostA.ask('[ -s /tmp/payload ] || dd if=/dev/urandom of=/tmp/payload bs=65536 count=256');
  const all = `cat${' /tmp/payload'.repeat(ROUNDS)}`;
  const sum = await hostA.ask(`${all} | sha256sum`);
  await hostB.ask(
    'rm -f /tmp/sum; { nc -l -p 5000 | sha256sum > /tmp/sum.new; mv /tmp/sum.new /tmp/sum; } > /dev/null 2>&1 &',
  );
  await hostB.ask(`${SAMPLER} > /tmp/samples &`);

  const start = await counters(branch);
  const before = start.legs;
  const sending = hostA.shell.run(`${all} | nc 192.168.60.10 5000`, { timeout: TRANSFER });
  const early = sending.then(({ output }) =>
    Promise.reject(new Error(`the transfer ended early: ${output}`)),
  );
  const atCut = await Promise.race([sent(legs, before, 20 * MB), early]);
  early.catch(() => {});
  console.log(`  ${describe(atCut)}`);
  const ratio = packets(atCut, 'cable') / packets(atCut, 'dsl');
  await far.ask(dslAtFarPort.cut);
  await branch.until('plaitctl status --json', (output) => liveLegs(output).join() === 'cable', 30 * SECONDS);
  const left = since(before, await legs());
  assert.is((await sending).exitCode, 0);
  const end = since(before, await legs());

  assert.ok(Math.abs(ratio - 3) <= 0.03, `cable:dsl is ${ratio.toFixed(4)}, should be 3 within 1 %`);
  assert.is(packets(end, 'dsl'), packets(left, 'dsl'), 'a dead leg must carry nothing');
  assert.ok(packets(end, 'cable') > packets(left, 'cable'), 'the transfer should have gone on after the cut');
  assertSame(start, await counters(branch));
  const received = await hostB.until('cat /tmp/sum', (output) => output !== '', 30 * SECONDS);
  assert.is(received, sum);
  await hostB.ask('touch /tmp/sampled');
  console.log(`  longest stall: ${longestStall(await hostB.ask('cat /tmp/samples')).toFixed(2)} s`);
}

interface Counters {
  /** Packets sent by each leg, as `ethtool -S` tells them. */
  readonly legs: Map<string, Leg>;
  /** The same, as `plaitctl status` tells them. */
  readonly status: LegStatus[];
  /** Packets sent by the plait device, as `ip -s link` tells them. */
  readonly device: number;
}

async function counters(branch: Guest): Promise<Counters> {
  const script = 'ethtool -S hq; echo ---; plaitctl status --json; echo ---; ip -s -j link show hq';
  const [legs = '', status = '', link = ''] = (await branch.ask(script)).split('\n---\n');
  const [shown] = JSON.parse(link) as { stats64: { tx: { packets: number } } }[];
  return {
    legs: parseLegs(legs, 'hq'),
    status: legsInStatus(status),
    device: shown?.stats64.tx.packets ?? 0,
  };
}

/** `ethtool -S`, `plaitctl status` and `ip -s link` tell the same, but for what was sent while they were asked. */
function assertSame(before: Counters, now: Counters): void {
  const growth = [...since(before.legs, now.legs)];
  const total = growth.reduce((all, [, leg]) => all + leg.txPackets, 0);
  const device = now.device - before.device;
  assert.ok(Math.abs(device - total) <= 50, `ip -s link tells ${device} packets, ethtool -S ${total}`);
  for (const [name, leg] of now.legs) {
    const told = now.status.find((one) => one.name === name)?.txPackets ?? 0;
    assert.ok(
      Math.abs(told - leg.txPackets) <= 50,
      `${name}: status tells ${told} packets, ethtool -S ${leg.txPackets}`,
    );
  }
}

/** Prints uptime and received bytes every few hundredths of a second until told to stop. */
const SAMPLER =
  'rm -f /tmp/sampled; while [ ! -e /tmp/sampled ]; do read up idle < /proc/uptime; ' +
  'read rx < /sys/class/net/eth0/statistics/rx_bytes; echo $up $rx; usleep 40000; done';

/** The longest time in which less than a packet of payload came in, in seconds, within the transfer. */
function longestStall(samples: string): number {
  let longest = 0;
  let [moved, last] = [0, 0];
  for (const [, up, rx] of samples.matchAll(/^([\d.]+) (\d+)$/gm)) {
    if (Number(rx) - last < 1_000) continue;
    if (last > 0) longest = Math.max(longest, Number(up) - moved);
    [moved, last] = [Number(up), Number(rx)];
  }
  return longest;
}

/** Waits until so many bytes were sent over all legs, and gives the legs' shares of that moment. */
async function sent(
  legs: () => Promise<Map<string, Leg>>,
  before: Map<string, Leg>,
  bytes: number,
): Promise<Map<string, Leg>> {
  const end = performance.now() + TRANSFER;
  for (;;) {
    const growth = since(before, await legs());
    const total = [...growth.values()].reduce((all, leg) => all + leg.txBytes, 0);
    if (total >= bytes) return growth;
    if (performance.now() > end) throw new Error(`only ${total} bytes were sent in ${TRANSFER / SECONDS} s`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function packets(legs: Map<string, Leg>, name: string): number {
  const leg = legs.get(name);
  if (!leg) throw new Error(`there is no leg ${name}, only ${[...legs.keys()].join(', ')}`);
  return leg.txPackets;
}

function describe(legs: Map<string, Leg>): string {
  const shares = [...legs].map(
    ([name, leg]) => `${name} ${leg.txPackets} packets, ${(leg.txBytes / MB).toFixed(1)} MB`,
  );
  return `before the cut: ${shares.join('; ')}; cable:dsl = ${(packets(legs, 'cable') / packets(legs, 'dsl')).toFixed(4)}`;
}

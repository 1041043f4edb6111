// SPDX-License-Identifier: MIT
/** The real plaitd on this machine's kernel, in name spaces of its own: bridge, addresses, rules, routes, probing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Status } from '../../src/agent/status.ts';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { hostAgent } from './support/host-agent.ts';
import { Shell } from './support/shell.ts';
import { withoutModules } from './support/this-kernel.ts';

/** Patient, since a busy test machine answers late. */
const CONFIG = `version: 1
hostname: hosttest
lan: { ports: [eth0, eth2], address: 192.168.50.1/24, dhcp: { range: 192.168.50.100-199 } }
uplinks:
  cable: { port: eth1, address: 203.0.113.6/29, gateway: 203.0.113.1, dns: [203.0.113.1] }
health: { interval: 300ms, misses: 8 }
`;

interface Scene {
  folder: string;
  shell: Shell;
}

const real = suite<Scene>('plaitd on a real kernel');

real.before(async (scene) => {
  await needs('iproute2', 'nftables', 'util-linux');
  scene.folder = mkdtempSync(join(tmpdir(), 'plait-spaces-'));
  scene.shell = new Shell(await hostAgent(), scene.folder);
  await scene.shell.run(`cat >"$root/data/plait.yaml" <<'YAML'\n${withoutModules(CONFIG)}YAML`);
  await scene.shell.start();
});
real.after(({ folder, shell }) => {
  shell?.end();
  rmSync(folder, { recursive: true, force: true });
});

real('brings bridge, addresses, rules and routes up from plait.yaml', async ({ shell }) => {
  const status = await shell.until('up', ({ uplinks }) => uplinks[0]?.state === 'up');
  assert.is(status.config.source, 'confirmed', status.config.reason);
  assert.is(status.hostname, 'hosttest');
  assert.match(await shell.run('ip -4 addr show dev lan'), '192.168.50.1/24');
  assert.match(await shell.run('bridge link'), /eth0.*master lan/);
  assert.match(await shell.run('ip rule'), 'from 203.0.113.6 lookup 101');
  assert.match(await shell.run('ip route show table 101'), 'default via 203.0.113.1 dev eth1 proto 213');
  const shown = await shell.run('board plaitctl show firewall');
  assert.match(shown, 'hook input priority filter; policy drop;');
  assert.is(shown, await shell.run('nft list ruleset'));
});

real('keeps its socket to root and uses little memory', async ({ shell }) => {
  assert.is((await shell.run('stat -c %a "$root/run/plait/plaitd.sock"')).trim(), '600');
  const { memory } = await shell.status();
  assert.ok(memory.agentKiB < 12_000, `${memory.agentKiB} KiB`);
});

real('applies the same again without a change', async ({ shell }) => {
  assert.match(await shell.run('board plaitctl apply'), 'nothing had to change');
  assert.match(await shell.run('board plaitctl plan'), 'nothing would change');
});

real('goes back by itself, and keeps what is confirmed', async ({ shell }) => {
  const edit = `sed -i 's/192.168.50/192.168.51/g' "$root/data/plait.yaml"`;
  await shell.run(edit);
  assert.match(await shell.run('board plaitctl apply --confirm-within 5s'), 'changes made');
  assert.match(await shell.run('ip -4 addr show dev lan'), '192.168.51.1/24');
  await shell.until('back', ({ pending, applying }) => pending === undefined && !applying);
  assert.match(await shell.run('ip -4 addr show dev lan'), '192.168.50.1/24');
  await shell.run('board plaitctl apply && board plaitctl confirm');
  assert.match(await shell.run('ip -4 addr show dev lan'), '192.168.51.1/24');
  assert.match(await shell.run('cat "$root"/data/plait/config/*.yaml'), '192.168.51.1');
});

real('sees a silent gateway and a pulled cable, and their return', async ({ shell }) => {
  const state = ({ uplinks }: Status) => uplinks[0]?.state;
  await shell.run('far 1 ip addr del 203.0.113.1/29 dev far1');
  await shell.until('dead', (status) => state(status) === 'dead');
  await shell.run('far 1 ip addr add 203.0.113.1/29 dev far1');
  await shell.until('up again', (status) => state(status) === 'up');
  await shell.run('far 1 ip link set far1 down');
  await shell.until('without carrier', (status) => state(status) === 'no carrier');
  await shell.run('far 1 ip link set far1 up');
  await shell.until('up at last', (status) => state(status) === 'up');
});

real(
  'probes as one that knows ECN, so that a long queue marks its probes instead of dropping them',
  async ({ shell }) => {
    const [names = [], values = []] = (await shell.run('far 1 grep ^IpExt: /proc/net/netstat'))
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    const capable = Number(values[names.indexOf('InECT0Pkts')]);
    const { uplinks } = await shell.status();
    assert.ok(capable >= (uplinks[0]?.health?.received ?? Number.POSITIVE_INFINITY), `${capable} packets`);
  },
);

real('ends on SIGTERM, leaves the network alone, and a new one changes nothing', async ({ shell }) => {
  // The uplink counts as up a moment before its routes are back.
  await shell.run(
    "for i in $(seq 100); do ip route | grep -q 'metric 100 ' && break; sleep 0.1; done; ip route | grep 'metric 100 '",
  );
  const before = await shell.run('ip -4 addr; ip rule; ip route');
  await shell.run('kill $(pidof plaitd) && wait $daemon');
  assert.is(await shell.run('ip -4 addr; ip rule; ip route'), before);
  await shell.start();
  await shell.until('up', ({ uplinks }) => uplinks[0]?.state === 'up');
  assert.is(await shell.run('ip -4 addr; ip rule; ip route'), before);
});

real('ends a reset that a power cut interrupted, and one command leads back', async ({ shell }) => {
  const folder = '/data/plait/before-reset/0001-2026-12-01';
  const record = JSON.stringify({ state: 'moving', at: '2026-12-01T03:40:00.000Z', folder, released: true });
  await shell.run('kill $(pidof plaitd) && wait $daemon');
  await shell.run(`echo '${record}' >"$root/data/plait/reset.json"`);
  await shell.start();
  const { config } = await shell.until('reset', ({ config }) => config.phase === 'defaults');
  assert.match(config.reason ?? '', 'reset by the button on 2026-12-01 03:40 UTC');
  assert.is((await shell.run(`ls "$root${folder}"`)).trim(), 'config\nplait.yaml\nshadow');
  assert.is((await shell.run('ls "$root/data/plait/config"')).trim(), 'started');
  const [, path = ''] = /"plaitctl apply (\S+)"/.exec(config.reason ?? '') ?? [];
  await shell.run(`board plaitctl apply ${path} && board plaitctl confirm`);
  assert.match(await shell.run('ip -4 addr show dev lan'), '192.168.51.1/24');
});

real.run();

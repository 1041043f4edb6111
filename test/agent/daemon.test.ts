// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatBlock, parseBlock } from '../../src/agent/boot-state.ts';
import { crc32Text } from '../../src/agent/crc32.ts';
import { Refusal } from '../../src/agent/protocol.ts';
import { renderStatus } from '../../src/agent/render-status.ts';
import { statusOf } from '../../src/agent/status-of.ts';
import { type FakeAgent, fakeAgent } from './support/agent.ts';
import { BRANCH, OTHER } from './support/board.ts';

/** The branch without a DHCP uplink: all of it is up without a lease. */
const STATIC = BRANCH.replace(
  'vlan: 5, address: dhcp',
  'vlan: 5, address: 192.0.2.44/24, gateway: 192.0.2.1, dns: [192.0.2.53]',
);
/** A third uplink, on a port of its own. */
const THREE = STATIC.replace(
  'tunnels:',
  '  stick: { port: eth2, address: 198.51.100.2/24, gateway: 198.51.100.1 }\ntunnels:',
).replaceAll('198.51.100.9', '198.18.0.9');
const CONFIG = '/data/plait.yaml';

/** Texts that were confirmed, newest first. */
function confirmed(agent: FakeAgent): (string | undefined)[] {
  return storeFiles(agent).map((path) => agent.board.files.content.get(path));
}

async function booted(files: Record<string, string>): Promise<FakeAgent> {
  const agent = fakeAgent(files);
  await boot(agent);
  return agent;
}

/** Boots, and lets the first probes be answered. */
async function boot(agent: FakeAgent): Promise<void> {
  const up = agent.daemon.boot();
  await agent.clock.advance(9000);
  await up;
}

async function refused(action: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof action === 'function' ? action() : action);
  } catch (error) {
    if (error instanceof Refusal) return `${error.failure.code}: ${error.message}`;
    throw error;
  }
  throw new Error('nothing was refused');
}

function lanAddress(agent: FakeAgent): string | undefined {
  const { kernel } = agent.board;
  const named = (name: string) => kernel.links().find((link) => link.name === name);
  const lan = named('lan') ?? named('eth0');
  return kernel.addresses().find((address) => address.index === lan?.index)?.local;
}

/** Paths of the confirmed texts, newest first. */
function storeFiles(agent: FakeAgent): string[] {
  const paths = [...agent.board.files.content.keys()];
  return paths
    .filter((path) => /^\/data\/plait\/config\/\d+/.test(path))
    .sort()
    .reverse();
}

/** A text as another firmware would have confirmed it. */
function entry(sequence: number, version: string, text: string): [path: string, text: string] {
  const number = String(sequence).padStart(6, '0');
  return [`/data/plait/config/${number}-${version}-${crc32Text(text)}.yaml`, text];
}

/** Gateways of the default route for new traffic. */
function gateways(agent: FakeAgent): (string | undefined)[] {
  const route = agent.board.kernel.routes().find(({ metric, prefix }) => metric === 100 && prefix === 0);
  return (route?.nexthops ?? (route === undefined ? [] : [route])).map(({ via }) => via).sort();
}

function legs(agent: FakeAgent): string[] {
  const [hq] = agent.board.kernel.plaitLinks();
  return (hq?.legs ?? []).map(({ name, enabled }) => `${name} ${enabled ? 'on' : 'off'}`);
}

const start = suite('starting');

start('a card that never started takes the plait.yaml that was put on it', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  assert.is(agent.daemon.chosen?.source, 'confirmed');
  assert.is(lanAddress(agent), '192.168.50.1');
  assert.equal(legs(agent), ['hq.dsl on', 'hq.cable on']);
  assert.equal(confirmed(agent), [STATIC]);
});

start('without plait.yaml it comes up on safe defaults and says so on the console', async () => {
  const agent = await booted({});
  assert.is(agent.daemon.chosen?.source, 'safe defaults');
  assert.is(lanAddress(agent), '192.168.1.1');
  assert.equal(
    agent.daemon.supervisor.list().map(({ name }) => name),
    ['dnsmasq'],
  );
  assert.ok(agent.board.logged.includes('error: safe defaults: there is no /data/plait.yaml'));
});

start(
  'with a broken plait.yaml on a new card it comes up on safe defaults and names the mistake',
  async () => {
    const agent = await booted({ [CONFIG]: STATIC.replace('hostname:', 'hostnam:') });
    assert.is(lanAddress(agent), '192.168.1.1');
    assert.match(agent.daemon.chosen?.reason ?? '', /plait\.yaml cannot be used: .*hostnam/);
  },
);

start('why the data partition is missing is part of the reason', async () => {
  const agent = await booted({ '/run/plait/data-problem': 'the data partition cannot be mounted\n' });
  assert.match(agent.daemon.chosen?.reason ?? '', 'the data partition cannot be mounted');
});

for (const [what, now] of [
  ['missing', undefined],
  ['cut in the middle', STATIC.slice(0, 300)],
  ['broken', STATIC.replace('hostname:', '\thostname')],
  ['edited and not applied', OTHER],
] as const) {
  start(`a plait.yaml that is ${what} is not started from: what was confirmed is`, async () => {
    const agent = await booted({ [CONFIG]: STATIC });
    if (now === undefined) agent.board.files.content.delete(CONFIG);
    else agent.board.files.content.set(CONFIG, now);
    const again = agent.restart('power cut');
    await boot(again);
    assert.is(lanAddress(again), '192.168.50.1');
    assert.is(again.daemon.chosen?.source, 'confirmed');
    assert.is(again.daemon.lifecycle.edited, now !== undefined);
    assert.is(
      again.board.files.content.get(CONFIG),
      now ?? STATIC,
      'work is kept; a missing copy is made anew',
    );
    const told = again.board.logged.some((line) => /plait\.yaml differs from what is in use/.test(line));
    assert.is(told, now !== undefined);
    await again.clock.advance(600_000);
    assert.equal(confirmed(again), [STATIC], 'and does not become the confirmed one by itself');
  });
}

start('a step that fails once is tried again, and the configuration stays in use', async () => {
  const agent = fakeAgent({ [CONFIG]: STATIC });
  agent.board.kernel.failAt = 12;
  await boot(agent);
  assert.is(agent.daemon.chosen?.source, 'confirmed');
  assert.is(agent.daemon.failedParts.length, 0);
  assert.equal(legs(agent).sort(), ['hq.cable on', 'hq.dsl on']);
});

start('a port of an uplink that is not there is a missing uplink, and the rest comes up', async () => {
  const agent = await booted({ [CONFIG]: STATIC.replace('port: eth1, vlan: 6', 'port: eth9, vlan: 6') });
  assert.is(agent.daemon.chosen?.source, 'confirmed');
  assert.equal(legs(agent), ['hq.dsl on']);
  agent.board.kernel.addPort('eth9');
  agent.daemon.linksChanged();
  await agent.clock.advance(500);
  assert.equal(legs(agent), ['hq.dsl on', 'hq.cable on']);
});

start('without a firewall no uplink and no tunnel comes up, until it can be loaded', async () => {
  const agent = fakeAgent({ [CONFIG]: STATIC });
  agent.board.kernel.broken.add('nf_tables');
  await boot(agent);
  assert.is(lanAddress(agent), '192.168.50.1');
  assert.equal(legs(agent), []);
  assert.equal(
    agent.board.kernel.routes().filter(({ prefix }) => prefix === 0),
    [],
  );
  assert.equal(
    agent.daemon.failedParts.map(({ part }) => part),
    ['firewall'],
  );
  agent.board.kernel.broken.clear();
  await agent.clock.advance(61_000);
  assert.equal(legs(agent), ['hq.dsl on', 'hq.cable on']);
});

start('a port that the board has lost is not waited for, and the status says so', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  const again = agent.restart('power cut', ['eth0', 'eth2']);
  const up = again.daemon.boot();
  await again.clock.advance(1000);
  await up;
  assert.is(again.daemon.chosen?.source, 'confirmed');
  assert.is(lanAddress(again), '192.168.50.1');
  const status = statusOf(again.daemon, again.ports, again.board.kernel);
  assert.match(status.config.warnings.join(), 'uplinks.dsl.port "eth1" is not a port of this board');
  assert.equal(
    status.uplinks.map(({ state }) => state),
    ['missing', 'missing'],
  );
});

start('a LAN whose only port is not there is waited for, then the rest comes up without it', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  const again = agent.restart('power cut', ['eth1', 'eth2']);
  const up = again.daemon.boot();
  await again.clock.advance(2000);
  assert.is(again.daemon.chosen, undefined);
  await again.clock.advance(10_000);
  await up;
  assert.is(again.daemon.chosen?.source, 'confirmed');
  assert.equal(legs(again), ['hq.dsl on', 'hq.cable on']);
  again.board.kernel.addPort('eth0');
  again.daemon.linksChanged();
  await again.clock.advance(500);
  assert.is(lanAddress(again), '192.168.50.1');
});

const KEY = `ssh-ed25519 ${'A'.repeat(4)}${'b'.repeat(64)} admin`;
const HASH = `$6$salt$${'x'.repeat(86)}`;
const ADMIN = `admin: { ssh-keys: ["${KEY}"], password-hash: "${HASH}" }\n`;

start('safe defaults keep accounts and host name, and serve no addresses where an uplink was', async () => {
  const wan = `version: 1
hostname: branch-9
lan: { ports: [eth1], address: 192.168.50.1/24 }
uplinks: { wan: { port: eth0, address: dhcp } }
${ADMIN}`;
  const agent = await booted({ [CONFIG]: wan });
  // As a newer firmware could have written it: this one cannot use it.
  agent.board.files.content.delete(storeFiles(agent)[0] ?? '');
  agent.board.files.content.set(...entry(1, '9.0.0', wan.replace('version: 1', 'version: 2')));
  for (const ports of [['eth0', 'eth1'], ['eth0'], ['eth0', 'eth2']]) {
    const again = agent.restart('power cut', ports);
    await boot(again);
    assert.is(again.daemon.chosen?.source, 'safe defaults');
    const { content } = again.board.files;
    assert.match(content.get('/run/plait/shadow') ?? '', `root:${HASH}:`);
    assert.is(content.get('/run/plait/ssh/authorized_keys'), `${KEY}\n`);
    assert.is(content.get('/run/plait/hostname'), 'branch-9\n');
    const { lan } = again.daemon.chosen?.config ?? {};
    const expected = ports.length === 1 ? [['eth0'], undefined] : [[ports[1]], true];
    assert.equal([lan?.ports, lan?.dhcp && true], expected);
    assert.match(again.daemon.chosen?.reason ?? '', 'cannot be used');
  }
});

start('safe defaults serve addresses only where no other DHCP server answers', async () => {
  const agent = fakeAgent({});
  const { files, kernel } = agent.board;
  const serves = () => (files.content.get('/run/plait/dnsmasq.conf') ?? '').includes('dhcp-range');
  await boot(agent);
  assert.is(serves(), false);
  assert.match(agent.daemon.chosen?.reason ?? '', 'another DHCP server answers on eth0');
  // The cable goes elsewhere.
  agent.dhcpServer.answers = false;
  await agent.clock.advance(60_000);
  assert.is(serves(), false, 'the same network is not probed again');
  kernel.setCarrier('eth0', false);
  await agent.clock.advance(2000);
  kernel.setCarrier('eth0', true);
  await agent.clock.advance(8000);
  assert.is(serves(), true);
  assert.not.match(agent.daemon.chosen?.reason ?? '', 'another DHCP server');
  kernel.setCarrier('eth0', false);
  await agent.clock.advance(2000);
  assert.is(serves(), false, 'what it is plugged into next is not known yet');
  await agent.daemon.lifecycle.apply(OTHER, 60_000);
  kernel.setCarrier('eth0', true);
  await agent.clock.advance(20_000);
  assert.is(lanAddress(agent), '192.168.60.1', 'and it lets go when something is applied');
});

start('after a good minute the slot is confirmed', async () => {
  const agent = fakeAgent({
    [CONFIG]: STATIC,
    '/proc/cmdline': 'root=PARTUUID=1-02 plait.slot=b quiet\n',
    '/etc/plait/board.json': JSON.stringify({
      board: 'alix',
      disk: '/dev/sda',
      disklayout: { bootStateBlocks: [100, 104], data: { partition: 4 } },
    }),
  });
  const block = (seq: number) => Buffer.from(formatBlock({ seq, active: 'a', tries: { a: 0, b: 2 } }));
  agent.disk.set(100 * 512, block(0));
  agent.disk.set(104 * 512, block(1));
  await boot(agent);
  await agent.clock.advance(61_000);
  const written = parseBlock(Buffer.from(agent.disk.get(100 * 512) ?? []).toString());
  assert.equal(written, { seq: 2, active: 'b', tries: { a: 0, b: 3 } });
});

start.run();

const commit = suite('apply and confirm');

commit('an apply waits, and confirming keeps it for the next start', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  const result = await agent.daemon.lifecycle.apply(OTHER, 60_000);
  assert.is(result.pending, true);
  assert.is(lanAddress(agent), '192.168.60.1');
  assert.is(
    agent.board.files.content.get(CONFIG),
    STATIC,
    'plait.yaml is not touched before it is confirmed',
  );
  await agent.daemon.lifecycle.confirm();
  assert.is(agent.board.files.content.get(CONFIG), OTHER);
  assert.ok(agent.board.files.durable.includes(CONFIG));
  await agent.clock.advance(120_000);
  assert.is(lanAddress(agent), '192.168.60.1');
  const again = agent.restart('power cut');
  await boot(again);
  assert.is(lanAddress(again), '192.168.60.1');
});

commit('the login before the agent asks for the password that was confirmed last', async () => {
  const kept = (agent: FakeAgent) => agent.board.files.content.get('/data/plait/shadow')?.split('\n')[0];
  const agent = await booted({ [CONFIG]: STATIC });
  assert.is(kept(agent), 'root::19000:0:99999:7:::', 'none was asked for');
  await agent.daemon.lifecycle.apply(ADMIN + STATIC, 60_000);
  assert.is(kept(agent), 'root::19000:0:99999:7:::', 'pending, it is gone after a power cut');
  await agent.daemon.lifecycle.confirm();
  assert.is(kept(agent), `root:${HASH}:19000:0:99999:7:::`);
  assert.ok(agent.board.files.durable.includes('/data/plait/shadow'));
  const lost = agent.restart('power cut');
  for (const path of storeFiles(lost)) lost.board.files.content.set(path, 'nothing of use');
  await boot(lost);
  assert.is(kept(lost), `root:${HASH}:19000:0:99999:7:::`, 'nor does damage open the console');
});

commit('what is not confirmed in time goes back by itself', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  const before = agent.board.kernel.snapshot();
  await agent.daemon.lifecycle.apply(OTHER, 60_000);
  await agent.clock.advance(59_000);
  assert.is(lanAddress(agent), '192.168.60.1');
  assert.is(Math.round((agent.daemon.lifecycle.confirmLeft ?? 0) / 1000), 1);
  await agent.clock.advance(2000);
  assert.is(agent.board.kernel.snapshot(), before);
  assert.is(agent.daemon.chosen?.source, 'confirmed');
  assert.is(await refused(agent.daemon.lifecycle.confirm()), 'nothing: nothing waits for confirmation');
});

commit('revert goes back at once', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  await agent.daemon.lifecycle.apply(OTHER, 60_000);
  await agent.daemon.lifecycle.revert();
  assert.is(lanAddress(agent), '192.168.50.1');
  assert.is(agent.daemon.lifecycle.confirmLeft, undefined);
  assert.is(await refused(agent.daemon.lifecycle.revert()), 'nothing: nothing waits for confirmation');
});

commit('applying again while waiting still goes back to what was confirmed', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  await agent.daemon.lifecycle.apply(OTHER, 60_000);
  await agent.daemon.lifecycle.apply(OTHER.replace('192.168.60.1', '192.168.70.1'), 30_000);
  assert.is(lanAddress(agent), '192.168.70.1');
  await agent.clock.advance(31_000);
  assert.is(lanAddress(agent), '192.168.50.1');
});

for (const how of ['applied from elsewhere', 'edited in place'] as const) {
  commit(`after a power cut before confirming, the board starts as before (${how})`, async () => {
    const agent = await booted({ [CONFIG]: STATIC });
    await agent.clock.advance(5000);
    if (how === 'edited in place') agent.board.files.content.set(CONFIG, OTHER);
    await agent.daemon.lifecycle.apply(OTHER, 60_000);
    const again = agent.restart('power cut');
    await boot(again);
    assert.is(lanAddress(again), '192.168.50.1');
    assert.is(again.daemon.lifecycle.edited, how === 'edited in place');
    const third = again.restart('power cut');
    await boot(third);
    assert.is(lanAddress(third), '192.168.50.1', 'and at the start after that');
  });
}

commit('a first configuration that was never confirmed is never started from, edited or not', async () => {
  const agent = await booted({});
  agent.board.files.content.set(CONFIG, OTHER);
  await agent.daemon.lifecycle.apply(OTHER, 60_000);
  const again = agent.restart('power cut');
  await boot(again);
  assert.is(lanAddress(again), '192.168.1.1');
  assert.match(again.daemon.chosen?.reason ?? '', 'plait.yaml was never applied and confirmed');
  again.board.files.content.set(CONFIG, OTHER.replace('192.168.60.1', '192.168.61.1'));
  const third = again.restart('power cut');
  await boot(third);
  assert.is(lanAddress(third), '192.168.1.1');
});

commit('two applies that nobody confirmed and a power cut lead back to what was confirmed', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  await agent.clock.advance(20_000);
  agent.board.files.content.set(CONFIG, OTHER);
  await agent.daemon.lifecycle.apply(OTHER, 60_000);
  await agent.clock.advance(61_000);
  await agent.daemon.lifecycle.apply(OTHER.replace('192.168.60.1', '192.168.70.1'), 60_000);
  await agent.clock.advance(61_000);
  const again = agent.restart('power cut');
  await boot(again);
  await again.clock.advance(600_000);
  assert.is(lanAddress(again), '192.168.50.1');
  assert.equal(confirmed(again), [STATIC]);
});

/** Another firewall too, so that programs are run. */
const elsewhere = (lan: string) => OTHER.replace('192.168.60.1', lan).replace('vlan: 7', 'vlan: 6');

/** Begins an apply and lets time go on while its programs run. */
async function applySlowly(
  agent: FakeAgent,
  text: string,
  ms: number,
): Promise<{ result: Promise<unknown> }> {
  let release: () => void = () => undefined;
  agent.board.processes.held = new Promise((resolve) => {
    release = resolve;
  });
  const result = agent.daemon.lifecycle.apply(text, 60_000);
  await agent.clock.advance(ms);
  release();
  agent.board.processes.held = undefined;
  return { result };
}

commit('the deadline of an apply does not take back the next one that is applied meanwhile', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  await agent.daemon.lifecycle.apply(OTHER, 60_000);
  await agent.clock.advance(59_990);
  const second = await applySlowly(agent, elsewhere('192.168.70.1'), 20);
  assert.match(JSON.stringify(await second.result), '"pending":true');
  await agent.clock.advance(30_000);
  assert.is(lanAddress(agent), '192.168.70.1');
  await agent.clock.advance(31_000);
  assert.is(lanAddress(agent), '192.168.50.1');
});

commit('the deadline of an apply holds when another one fails while it passes', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  await agent.daemon.lifecycle.apply(OTHER, 60_000);
  await agent.clock.advance(59_990);
  agent.board.kernel.failAt = agent.board.kernel.changes + 1;
  const second = await applySlowly(agent, elsewhere('192.168.80.1'), 20);
  assert.match(await refused(second.result), 'failed: ');
  await agent.clock.advance(1);
  assert.is(lanAddress(agent), '192.168.50.1');
});

commit('work in plait.yaml that nobody applied is not lost by confirming something else', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  agent.board.files.content.set(CONFIG, '# half done');
  await agent.daemon.lifecycle.apply(OTHER, 60_000);
  await agent.daemon.lifecycle.confirm();
  assert.is(agent.board.files.content.get(CONFIG), '# half done');
  assert.is(agent.daemon.lifecycle.edited, true);
  assert.equal(confirmed(agent), [OTHER, STATIC]);
});

commit('what a full disk cannot keep is not confirmed, and goes back', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  await agent.daemon.lifecycle.apply(OTHER, 60_000);
  agent.board.files.full = true;
  assert.match(
    await refused(agent.daemon.lifecycle.confirm()),
    /^failed: it could not be stored: .*no space/,
  );
  assert.ok((agent.daemon.lifecycle.confirmLeft ?? 0) > 0);
  await agent.clock.advance(61_000);
  assert.is(lanAddress(agent), '192.168.50.1');
  const again = agent.restart('power cut');
  await boot(again);
  assert.is(lanAddress(again), '192.168.50.1');
});

commit('a crash of plaitd while waiting takes nothing back, and the time goes on', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  await agent.daemon.lifecycle.apply(OTHER, 60_000);
  await agent.clock.advance(20_000);
  const again = agent.restart('crash');
  await boot(again);
  assert.is(lanAddress(again), '192.168.60.1');
  assert.is(Math.round((again.daemon.lifecycle.confirmLeft ?? 0) / 1000), 31);
  await again.clock.advance(32_000);
  assert.is(lanAddress(again), '192.168.50.1');
});

for (const cut of [0, 1, 2]) {
  commit(`a power cut in the middle of confirming (write ${cut}) leaves the old or the new one`, async () => {
    const agent = await booted({ [CONFIG]: STATIC });
    await agent.clock.advance(5000);
    await agent.daemon.lifecycle.apply(OTHER, 60_000);
    agent.board.fault.failAt = agent.board.fault.acts + cut;
    await agent.daemon.lifecycle.confirm().catch(() => undefined);
    const again = agent.restart('power cut');
    await boot(again);
    const address = lanAddress(again);
    assert.ok(address === '192.168.50.1' || address === '192.168.60.1', address);
    assert.is(again.daemon.chosen?.source, 'confirmed');
  });
}

commit('a failing step undoes all, and the answer says so', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  const before = agent.board.kernel.snapshot();
  agent.board.kernel.failAt = agent.board.kernel.changes + 9;
  const answer = await refused(agent.daemon.lifecycle.apply(OTHER, 60_000));
  assert.match(answer, /^failed: .*injected failure; everything is as it was$/);
  assert.is(agent.board.kernel.snapshot(), before);
  assert.is(agent.daemon.lifecycle.confirmLeft, undefined);
});

commit('a configuration with mistakes is refused with all of them, and nothing is touched', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  const changes = agent.board.kernel.changes;
  assert.match(await refused(agent.daemon.lifecycle.apply('version: 1\nlam: 3\n', 60_000)), /^invalid: /);
  assert.is(agent.board.kernel.changes, changes);
  assert.is(agent.daemon.lifecycle.phase, 'confirmed');
});

commit('the same configuration again changes nothing and waits for nothing', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  const nothing = { changes: [], pending: false, warnings: [] };
  assert.equal(await agent.daemon.lifecycle.apply(STATIC, 60_000), nothing);
  const commented = `# checked\n${STATIC}`;
  assert.equal(await agent.daemon.lifecycle.apply(commented, 60_000), nothing);
  assert.is(agent.board.files.content.get(CONFIG), commented);
  assert.equal(confirmed(agent), [commented, STATIC]);
});

for (const [what, line] of [
  ['probes', 'health: { interval: 20ms, misses: 1 }'],
  ['an uplink without a lease', 'hostname: branch-12'],
] as const) {
  commit(
    `a configuration that differs waits for confirmation, also when no step changes (${what})`,
    async () => {
      const agent = await booted({ [CONFIG]: BRANCH });
      const text =
        what === 'probes'
          ? `${BRANCH}${line}\n`
          : BRANCH.replace('address: dhcp, rate', 'address: dhcp, mtu: 1400, rate');
      assert.is((await agent.daemon.lifecycle.apply(text, 60_000)).pending, true);
      await agent.clock.advance(61_000);
      assert.is(agent.daemon.chosen?.text, BRANCH);
    },
  );
}

commit('of a newer minor version, unknown keys are warnings; of the same version, errors', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  const odd = STATIC.replace('hostname:', 'shiny: true\nhostname:');
  assert.match(await refused(agent.daemon.lifecycle.apply(odd, 60_000)), 'is not a known key');
  const newer = await agent.daemon.lifecycle.apply(odd.replace('version: 1', 'version: 1\nminor: 7'), 60_000);
  assert.equal(
    newer.warnings.map(({ path, message }) => `${path} ${message}`),
    ['shiny is not known to this firmware (format 1, minor 0)'],
  );
});

commit('a firmware that was rolled back meets its own configuration', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  agent.board.files.content.set(...entry(2, '9.0.0', OTHER));
  const again = agent.restart('power cut');
  await boot(again);
  assert.is(lanAddress(again), '192.168.50.1');
});

commit('ending plaitd in the middle of an apply undoes it', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  const before = agent.board.kernel.snapshot();
  const applying = refused(agent.daemon.lifecycle.apply(OTHER, 60_000));
  await Promise.resolve();
  const stopping = agent.daemon.stop();
  assert.match(await applying, /cancelled|ending/);
  await stopping;
  assert.is(agent.board.kernel.snapshot(), before);
});

commit.run();

const following = suite('following the world');

following('a silent leg is left within 300 ms, and comes back', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  agent.silent.add('203.0.113.1');
  agent.silent.add('198.51.100.9');
  await agent.clock.advance(310);
  assert.equal(legs(agent), ['hq.dsl off', 'hq.cable off']);
  agent.silent.clear();
  await agent.clock.advance(600);
  assert.equal(legs(agent), ['hq.dsl on', 'hq.cable on']);
});

following('an uplink whose gateway is silent loses its share of new connections', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  const spread = () =>
    agent.board.kernel.routes().find((route) => route.metric === 100)?.nexthops?.length ?? 1;
  assert.is(spread(), 2);
  agent.silent.add('203.0.113.1');
  await agent.clock.advance(500);
  assert.is(spread(), 1);
  assert.ok(agent.daemon.facts().deadUplinks.includes('cable'));
});

following('a cable that is pulled counts at once', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  agent.board.kernel.setCarrier('eth1.6', false);
  agent.daemon.linksChanged();
  await agent.clock.advance(50);
  assert.equal(legs(agent), ['hq.dsl on', 'hq.cable off']);
  agent.board.kernel.setCarrier('eth1.6', true);
  agent.daemon.linksChanged();
  await agent.clock.advance(50);
  assert.equal(legs(agent), ['hq.dsl on', 'hq.cable on']);
});

following(
  'a device set down by hand stays down, its leg is left, and the next apply brings it up',
  async () => {
    const agent = await booted({ [CONFIG]: STATIC });
    const { kernel } = agent.board;
    const before = kernel.snapshot();
    const cable = () => kernel.links().find((link) => link.name === 'eth1.6');
    kernel.changeLink({ index: cable()?.index ?? 0, up: false });
    agent.daemon.linksChanged();
    await agent.clock.advance(500);
    assert.is((cable()?.flags ?? 0) & 1, 0);
    assert.is(agent.daemon.problem, undefined);
    assert.equal(legs(agent), ['hq.dsl on', 'hq.cable off']);
    assert.is(kernel.routes().find((route) => route.metric === 100)?.nexthops, undefined);
    await agent.daemon.lifecycle.apply(STATIC, 60_000);
    await agent.clock.advance(1000);
    assert.is(kernel.snapshot(), before);
  },
);

following('a device that vanished and came back is set up again', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  const before = agent.board.kernel.snapshot();
  const index = agent.board.kernel.links().find((link) => link.name === 'eth1.5')?.index ?? 0;
  agent.board.kernel.deleteLink(index);
  agent.daemon.linksChanged();
  await agent.clock.advance(500);
  assert.is(agent.board.kernel.snapshot(), before);
});

const BOUND = { ip: '192.0.2.44', mask: '24', router: '192.0.2.1', dns: '192.0.2.53', lease: '600' };

following('a lease brings its uplink up and its end takes it down', async () => {
  const agent = await booted({ [CONFIG]: BRANCH });
  assert.equal(legs(agent), ['hq.cable on']);
  agent.daemon.lease('eth1.5', 'bound', BOUND);
  await agent.clock.advance(100);
  assert.equal(legs(agent), ['hq.cable on', 'hq.dsl on']);
  await agent.clock.advance(601_000);
  assert.equal(legs(agent), ['hq.cable on']);
});

following('a restarted agent keeps its leases, though the new client first says it has none', async () => {
  const agent = await booted({ [CONFIG]: BRANCH });
  agent.daemon.lease('eth1.5', 'bound', BOUND);
  await agent.clock.advance(100);
  const again = agent.restart('crash');
  await boot(again);
  again.daemon.lease('eth1.5', 'deconfig', {});
  await again.clock.advance(100);
  assert.is(legs(again).length, 2);
  again.daemon.lease('eth1.5', 'deconfig', {});
  await again.clock.advance(100);
  assert.is(legs(again).length, 1);
});

following('a lease for a device of no uplink is refused', async () => {
  const agent = await booted({ [CONFIG]: BRANCH });
  assert.match(
    await refused(() => agent.daemon.lease('eth9', 'bound', BOUND)),
    'eth9 is the device of no uplink',
  );
});

following('a change that cannot be followed is tried again until it can', async () => {
  const agent = await booted({ [CONFIG]: STATIC });
  const { kernel } = agent.board;
  kernel.broken.add('eth1.5');
  agent.silent.add('203.0.113.1');
  await agent.clock.advance(400);
  assert.match(agent.daemon.failedParts.map(({ reason }) => reason).join(), 'eth1.5 is broken');
  kernel.broken.clear();
  await agent.clock.advance(6000);
  assert.equal(agent.daemon.failedParts, []);
  assert.ok(agent.daemon.facts().deadUplinks.includes('cable'));
  assert.is(kernel.routes().find((route) => route.metric === 100)?.via, '192.0.2.1');
});

following(
  'a port that is pulled out takes its uplink with it, and failover of the others goes on',
  async () => {
    const agent = await booted({ [CONFIG]: THREE });
    const { kernel } = agent.board;
    assert.equal(gateways(agent), ['192.0.2.1', '198.51.100.1', '203.0.113.1']);
    kernel.removePort('eth2');
    agent.daemon.linksChanged();
    await agent.clock.advance(500);
    assert.equal(gateways(agent), ['192.0.2.1', '203.0.113.1']);
    agent.silent.add('203.0.113.1');
    await agent.clock.advance(500);
    assert.equal(gateways(agent), ['192.0.2.1']);
    kernel.addPort('eth2');
    agent.daemon.linksChanged();
    await agent.clock.advance(500);
    assert.equal(gateways(agent), ['192.0.2.1', '198.51.100.1']);
  },
);

following(
  'an uplink of which nothing works any more is left out, and failover of the others goes on',
  async () => {
    const agent = await booted({ [CONFIG]: THREE });
    agent.board.kernel.broken.add('eth2');
    agent.silent.add('203.0.113.1');
    await agent.clock.advance(500);
    assert.equal(gateways(agent), ['192.0.2.1']);
    assert.ok(agent.daemon.failedParts.some(({ part }) => part === 'uplink stick'));
    agent.silent.clear();
    await agent.clock.advance(2000);
    assert.equal(gateways(agent), ['192.0.2.1', '203.0.113.1']);
  },
);

following(
  'while an uplink fails, an apply that does not touch it works, one that does is refused',
  async () => {
    const agent = await booted({ [CONFIG]: THREE });
    agent.board.kernel.broken.add('eth2');
    agent.silent.add('203.0.113.1');
    await agent.clock.advance(500);
    assert.is(
      (await agent.daemon.lifecycle.apply(THREE.replace('branch-12', 'other'), 60_000)).pending,
      true,
    );
    const touching = THREE.replace('198.51.100.2/24', '198.51.100.3/24');
    assert.match(await refused(agent.daemon.lifecycle.apply(touching, 60_000)), 'eth2 is broken');
  },
);

following(
  'a lease with a router that cannot be one leaves the others alone, and the status names it',
  async () => {
    const agent = await booted({ [CONFIG]: THREE.replace('198.51.100.2/24, gateway: 198.51.100.1', 'dhcp') });
    agent.daemon.lease('eth2', 'bound', { ip: '10.1.0.2', mask: '24', router: '10.1.0.255', lease: '600' });
    await agent.clock.advance(500);
    assert.equal(gateways(agent), ['192.0.2.1', '203.0.113.1']);
    assert.equal(agent.daemon.failedParts, []);
    const status = statusOf(agent.daemon, agent.ports, agent.board.kernel);
    assert.equal(status.uplinks.find(({ name }) => name === 'stick')?.refused, [
      { uplink: 'stick', what: 'router', value: '10.1.0.255', reason: 'broadcast-address' },
    ]);
    assert.match(
      renderStatus(status),
      'stick: lease: router 10.1.0.255 is the broadcast address of its subnet; not used',
    );
    agent.silent.add('203.0.113.1');
    await agent.clock.advance(500);
    assert.equal(gateways(agent), ['192.0.2.1']);
  },
);

following.run();

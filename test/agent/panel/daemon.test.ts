// SPDX-License-Identifier: MIT
/** LEDs and button of a whole agent: what it shows as things happen, and what a reset by the button leads to. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { renderStatus } from '../../../src/agent/render-status.ts';
import { serveControl } from '../../../src/agent/server.ts';
import { statusOf } from '../../../src/agent/status-of.ts';
import { type FakeAgent, fakeAgent } from '../support/agent.ts';
import { OTHER } from '../support/board.ts';
import { BUTTON_DEVICES, SysfsLeds } from '../support/fake-panel.ts';

const HASH = '$5$saltsalt$abcdefghijklmnopqrstuvwxyz0123456789./ABCDE';
const CONFIG = `${OTHER.replace('  cable:', '  dsl: { port: eth1, vlan: 8, address: 198.51.100.2/24, gateway: 198.51.100.1 }\n  cable:')}admin: { password-hash: ${HASH} }\n`;
const NAMES = ['alix:0', 'alix:1', 'alix:2'];

function scene(files: Record<string, string> = { '/data/plait.yaml': CONFIG }) {
  const agent = fakeAgent({ '/proc/bus/input/devices': BUTTON_DEVICES, ...files });
  return withLeds(agent);
}

function withLeds(agent: FakeAgent) {
  const leds = new SysfsLeds(agent.board.files, NAMES);
  return { agent, leds, shown: () => NAMES.map((name) => leds.shows(name)).join(' ') };
}

async function boot(agent: FakeAgent, ms = 9000): Promise<void> {
  const up = agent.daemon.boot();
  await agent.clock.advance(ms);
  await up;
}

const status = (agent: FakeAgent) => statusOf(agent.daemon, agent.ports, agent.board.kernel);
const panel = suite('LEDs and button of an agent');

panel('LEDs follow the start, an uplink that dies, an apply and its confirmation', async () => {
  const { agent, shown } = scene();
  const up = agent.daemon.boot();
  assert.is(shown(), '500/500 500/500 500/500');
  await agent.clock.advance(9000);
  await up;
  assert.is(shown(), 'on off on');
  agent.silent.add('203.0.113.1');
  await agent.clock.advance(10_000);
  assert.is(shown(), 'on off 500/500');
  agent.silent.add('198.51.100.1');
  await agent.clock.advance(10_000);
  assert.is(shown(), 'on on off');
  agent.silent.clear();
  await agent.clock.advance(20_000);
  assert.is(shown(), 'on off on');
  const applied = agent.daemon.lifecycle.apply(CONFIG.replace('hostname: other', 'hostname: new'), 60_000);
  await agent.clock.advance(1000);
  assert.ok((await applied).pending);
  assert.is(shown(), 'on 500/500 on');
  await agent.daemon.lifecycle.confirm();
  assert.is(shown(), 'on off on');
});

panel('a board that was never set up shows trouble', async () => {
  const { agent, shown } = scene({});
  await boot(agent);
  assert.is(agent.daemon.chosen?.source, 'safe defaults');
  assert.ok(shown().startsWith('on on '), shown());
});

panel('LED 2 blinks until a new firmware has proved good', async () => {
  const { agent, shown } = scene({
    '/data/plait.yaml': CONFIG,
    '/proc/cmdline': 'plait.slot=b\n',
    '/etc/plait/board.json': JSON.stringify({ board: 'alix' }),
  });
  await boot(agent);
  assert.is(shown(), 'on 500/500 on');
  await agent.clock.advance(60_000);
  assert.is(agent.daemon.firmware?.state, 'proved');
  assert.is(shown(), 'on off on');
});

panel('LEDs are lent by the control socket for 0 to 300 s', async () => {
  const { agent, leds } = scene();
  await boot(agent);
  const answers: string[] = [];
  let line: (text: string) => void = () => undefined;
  const sockets = {
    ...agent.ports.sockets,
    listen(_path: string, accept: Parameters<typeof agent.ports.sockets.listen>[1]) {
      ({ line } = accept({ writeLine: (text) => void answers.push(text), close: () => undefined }));
      return { close: () => undefined };
    },
  };
  serveControl(agent.daemon, { ...agent.ports, sockets }, agent.board.kernel);
  const lend = async (seconds: unknown) => {
    line(JSON.stringify({ id: 1, method: 'lend-leds', params: { seconds } }));
    await agent.clock.advance(1);
    return answers.at(-1);
  };
  for (const seconds of [-1, 301, '5', null, undefined])
    assert.match((await lend(seconds)) ?? '', '"seconds\\" must be 0 to 300');
  assert.is(await lend(300), '{"id":1,"result":{}}');
  leds.written.length = 0;
  agent.silent.add('203.0.113.1');
  await agent.clock.advance(10_000);
  assert.equal(leds.written, []);
  await lend(0);
  assert.is(leds.shows('alix:2'), '500/500');
});

panel('a LED that fails all the time keeps nobody from anything', async () => {
  const { agent, leds } = scene();
  for (const name of NAMES) leds.broken.add(name);
  await boot(agent);
  assert.is(agent.daemon.lifecycle.phase, 'confirmed');
});

panel('the button held at the start leads to a board as a new one, and one command leads back', async () => {
  const first = scene();
  await boot(first.agent);
  assert.is(first.agent.daemon.chosen?.source, 'confirmed');
  assert.match(first.agent.board.files.read('/data/plait/shadow') ?? '', HASH);

  const { agent, shown } = withLeds(first.agent.restart('power cut'));
  agent.button.atKernelStart(true);
  const up = agent.daemon.boot();
  await agent.clock.advance(4000);
  assert.is(shown(), '100/100 100/100 100/100');
  assert.is(agent.daemon.lifecycle.phase, 'starting');
  await agent.clock.advance(12_000);
  await up;
  assert.is(shown(), 'on on on');
  assert.is(agent.daemon.chosen?.source, 'safe defaults');
  assert.is(agent.daemon.chosen?.config.admin['password-hash'], undefined);
  assert.match(agent.board.files.read('/run/plait/shadow') ?? '', /^root::/);
  assert.is(agent.board.files.read('/data/plait/shadow'), undefined);
  agent.button.down = false;
  await agent.clock.advance(1000);
  assert.ok(shown().startsWith('on on '), shown());

  const text = renderStatus(status(agent));
  const [, path = ''] = /reset by the button on 2023-11-14 .*"plaitctl apply (\S+)"/.exec(text) ?? [];
  assert.is.not(path, '', text);
  const applied = agent.daemon.lifecycle.apply(agent.board.files.read(path) ?? '', 60_000);
  await agent.clock.advance(1000);
  assert.ok((await applied).pending);
  await agent.daemon.lifecycle.confirm();
  assert.is(agent.daemon.chosen?.text, CONFIG);
  assert.match(agent.board.files.read('/data/plait/shadow') ?? '', HASH);

  const later = agent.restart('power cut');
  await boot(later);
  assert.is(later.daemon.chosen?.text, CONFIG);
  assert.is(status(later).config.reason, undefined);
});

panel('an agent that is started again does not look at the button', async () => {
  const { agent } = scene();
  await boot(agent);
  const again = agent.restart('crash');
  again.button.atKernelStart(true);
  await boot(again);
  assert.is(again.button.opened, 0);
  assert.is(again.daemon.chosen?.source, 'confirmed');
});

panel.run();

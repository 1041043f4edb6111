// SPDX-License-Identifier: MIT
/** What the status tells, as fields and as text. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ControlPorts } from '../../src/agent/commands/context.ts';
import { control } from '../../src/agent/control.ts';
import type { BalanceFigures } from '../../src/agent/netlink/balance.ts';
import { renderStatus } from '../../src/agent/render-status.ts';
import type { SlotState } from '../../src/agent/slot-record.ts';
import { statusOf } from '../../src/agent/status-of.ts';
import { bitRate, table } from '../../src/agent/text-table.ts';
import { type FakeAgent, fakeAgent, noSetup } from './support/agent.ts';
import { BALANCED, BRANCH, OTHER } from './support/board.ts';

const LEASE = { ip: '192.0.2.44', mask: '24', router: '192.0.2.1', lease: '3600' };

const FIGURES: Partial<BalanceFigures> = {
  sessions: 12,
  assigned: 40,
  moved: 2,
  ended: 1,
  txBytes: 123_456,
  rxBytes: 7_654_321,
  txRate: 900_000,
  txRateAverage: 812_345,
  rxRate: 15_000_000,
  rxRateAverage: 9_900_000,
  unusedUp: 187_655,
  tcpSegments: 10_000,
  tcpRetransmitted: 31,
  retransmissionRate: 0.0031,
};

/** A branch whose uplinks are both up and have been probed. */
async function running(text: string): Promise<FakeAgent> {
  const agent = fakeAgent({ '/data/plait.yaml': text });
  agent.board.kernel.figures = FIGURES;
  const up = agent.daemon.boot();
  await agent.clock.advance(9000);
  await up;
  if (text !== OTHER) agent.daemon.lease('eth1.5', 'bound', LEASE);
  await agent.clock.advance(1000);
  return agent;
}

/** `plaitctl` talking to this daemon. */
async function plaitctl(
  agent: FakeAgent,
  ...args: string[]
): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const answer = (line: string) => {
    const { method } = JSON.parse(line) as { method: string };
    assert.is(method, 'status');
    return JSON.stringify({ id: 1, result: statusOf(agent.daemon, agent.ports, agent.board.kernel) });
  };
  const ports: ControlPorts = {
    ports: {
      ...agent.ports,
      sockets: { ...agent.ports.sockets, call: () => ({ ask: answer, close: () => undefined }) },
    },
    kernel: () => agent.board.kernel,
    setup: () => noSetup,
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    env: () => undefined,
  };
  return { code: await control(args, ports), out: out.join(''), err: err.join('') };
}

const balanced = suite('status of balanced uplinks');

balanced('the strategy and the figures of each uplink are there for machines', async () => {
  const agent = await running(BALANCED);
  const status = statusOf(agent.daemon, agent.ports, agent.board.kernel);
  assert.equal(status.balance, { strategy: 'bandwidth', deadSessions: 'move', local: true });
  assert.equal(
    status.uplinks.map(({ name, balance }) => [
      name,
      balance?.sessions,
      balance?.txRateAverage,
      balance?.live,
    ]),
    [
      ['dsl', 12, 812_345, true],
      ['cable', 12, 812_345, true],
    ],
  );
  assert.not.ok('mark' in (status.uplinks[0]?.balance ?? {}), 'settings are no figures');
});

balanced('they are there for people', async () => {
  const { out, code } = await plaitctl(await running(BALANCED), 'status');
  assert.match(
    out,
    [
      'balanced by bandwidth, rates on the average of 8 s',
      'UPLINK  SESSIONS  TX BYTES  RX BYTES  TX RATE       RX RATE     UNUSED UP     RETRANSMITTED',
      'dsl     12        123456    7654321   812.3 kbit/s  9.9 Mbit/s  187.7 kbit/s  0.31 %',
    ].join('\n'),
  );
  assert.is(code, 0);
});

balanced('show uplinks tells everything, and the same as JSON', async () => {
  const agent = await running(BALANCED);
  const { out } = await plaitctl(agent, 'show', 'uplinks');
  assert.match(
    out,
    [
      "balanced by bandwidth; sessions of dead uplinks move; the box's own traffic too",
      '',
      'uplink dsl',
      '  device          eth1.5',
      '  state           up',
      '  weight          1',
      '  backup          no',
      '  address         192.0.2.44/24',
      '  gateway         192.0.2.1',
    ].join('\n'),
  );
  assert.match(
    out,
    [
      '  used            yes',
      '  sessions        12 now; 40 began here, 2 moved here, 1 ended as it was dead',
      '  since balanced  123456 bytes sent, 7654321 received',
      '  sending         900.0 kbit/s in the last second, 812.3 kbit/s in eight',
      '  receiving       15.0 Mbit/s in the last second, 9.9 Mbit/s in eight',
      '  unused up       187.7 kbit/s',
      '  TCP             31 of 10000 segments retransmitted, 0.31 % lately',
    ].join('\n'),
  );
  assert.not.match(out, 'unused down');
  const json = JSON.parse((await plaitctl(agent, 'show', 'uplinks', '--json')).out);
  assert.is(json.balance.strategy, 'bandwidth');
  assert.is(json.uplinks[1].balance.retransmissionRate, 0.0031);
});

balanced('warns until root has a password', async () => {
  const warning = 'warning: root has no password';
  assert.match((await plaitctl(await running(BRANCH), 'status')).out, warning);
  const safe = `${BRANCH}admin: { password-hash: "$6$salt$${'x'.repeat(86)}" }\n`;
  assert.not.match((await plaitctl(await running(safe), 'status')).out, warning);
});

balanced('without balance the module is not asked, and nothing is said of it', async () => {
  const agent = await running(BRANCH);
  const { out } = await plaitctl(agent, 'status');
  assert.not.match(out, 'balanced');
  assert.match((await plaitctl(agent, 'show', 'uplinks')).out, /^connections are spread by weight\n/);
  assert.is(agent.board.kernel.balanceAsked, 0);
});

balanced('a backup is in standby while another uplink lives', async () => {
  const states = async (agent: FakeAgent) => {
    const { uplinks } = statusOf(agent.daemon, agent.ports, agent.board.kernel);
    const { out } = await plaitctl(agent, 'status');
    const shown = [...out.matchAll(/^(?:dsl|cable)(?: \(backup\))? +eth1\.\d +(\w+(?: \w+)?)/gm)];
    return uplinks.map(({ standby }, index) => [standby, shown[index]?.[1]]);
  };
  const agent = await running(BALANCED.replace('weight: 3', 'backup: true'));
  assert.equal(await states(agent), [
    [false, 'up'],
    [true, 'standby'],
  ]);
  assert.match((await plaitctl(agent, 'show', 'uplinks')).out, /^ {2}state +standby$/m);
  agent.daemon.lease('eth1.5', 'deconfig', {});
  await agent.clock.advance(1000);
  assert.equal(await states(agent), [
    [false, 'no address'],
    [false, 'up'],
  ]);
  assert.equal(await states(await running(BALANCED)), [
    [false, 'up'],
    [false, 'up'],
  ]);
});

balanced('what cannot be shown is wrong use', async () => {
  const { code, err } = await plaitctl(await running(BRANCH), 'show', 'uplink');
  assert.is(err, 'plaitctl: "uplink" cannot be shown; show config, plan, uplinks, tunnels or firewall\n');
  assert.is(code, 2);
});

balanced.run();

const legs = suite('status of legs');

const EARLIEST = BRANCH.replace('mode: fou', 'mode: fou\n    scheduler: earliest');

async function estimated(): Promise<FakeAgent> {
  const agent = await running(EARLIEST);
  agent.board.kernel.estimates = { rate: 912_000, delayMs: 10.25, inFlight: 4321, suspect: false };
  return agent;
}

legs('a scheduler that estimates has its estimates shown, beside rates that were set', async () => {
  const agent = await estimated();
  const status = statusOf(agent.daemon, agent.ports, agent.board.kernel);
  assert.equal(
    status.tunnels[0]?.legs.map(({ name, rate, estimates }) => [name, rate, estimates?.rate]),
    [
      ['dsl', 972_258, 912_000],
      ['cable', undefined, 912_000],
    ],
  );
  const { out } = await plaitctl(agent, 'status');
  assert.match(out, /^LEG .* RTT +RATE +DELAY$/m);
  assert.match(out, /^dsl +live .* 972\.3 kbit\/s +10\.3 ms$/m);
  assert.match(out, /^cable +live .* 912\.0 kbit\/s +10\.3 ms$/m);
});

legs('a leg that swallows packets is suspect', async () => {
  const agent = await estimated();
  agent.board.kernel.estimates = { inFlight: 0, suspect: true };
  assert.match((await plaitctl(agent, 'status')).out, /^dsl +suspect /m);
});

legs('show tunnels tells everything, and the same as JSON', async () => {
  const agent = await estimated();
  const { out } = await plaitctl(agent, 'show', 'tunnels');
  assert.match(out, 'tunnel hq (fou, ');
  assert.match(
    out,
    [
      'leg dsl',
      '  device      hq.dsl',
      '  state       live',
      '  uplink      dsl',
      '  remote      198.51.100.9',
      '  weight      1',
      '  rate, set   972.3 kbit/s',
      '  rate, seen  912.0 kbit/s',
      '  delay       10.3 ms',
      '  in flight   4321 bytes',
    ].join('\n'),
  );
  const { tunnels } = JSON.parse((await plaitctl(agent, 'show', 'tunnels', '--json')).out);
  assert.equal(tunnels[0].legs[1].estimates, {
    rate: 912_000,
    delayMs: 10.25,
    inFlight: 4321,
    suspect: false,
  });
});

legs('without estimates there are no columns for them', async () => {
  assert.match((await plaitctl(await running(BRANCH), 'status')).out, /^LEG .* RTT$/m);
});

const BUFFERED = BRANCH.replace('mode: fou', 'mode: fou\n    buffer: true');
const STATISTICS = '/proc/sys/net/ipv4/multipath/bufferStatistics';

legs('the counters of the receive-side buffer are those of the kernel', async () => {
  const agent = fakeAgent({ '/data/plait.yaml': BUFFERED });
  for (const [file, text] of [
    ['hq/bufferOn', '0\n'],
    ['bufferStatistics', 'connections 3\nwaiting 1\nheld 120\nordered 117\nlost 2\n'],
  ]) {
    agent.board.files.content.set(`/proc/sys/net/ipv4/multipath/${file}`, text ?? '');
  }
  const up = agent.daemon.boot();
  await agent.clock.advance(9000);
  await up;
  const status = statusOf(agent.daemon, agent.ports, agent.board.kernel);
  assert.equal(status.buffer, { connections: 3, waiting: 1, held: 120, ordered: 117, lost: 2 });
  assert.is(status.tunnels[0]?.buffer, true);
  const line = 'buffer: 3 connections, 1 packets waiting; 120 held, 117 ordered, 2 lost\n';
  for (const what of [['status'], ['show', 'tunnels']]) {
    assert.match((await plaitctl(agent, ...what)).out, line);
  }
});

legs('a buffer that nothing uses is not told of', async () => {
  const agent = await running(BRANCH);
  agent.board.files.content.set(STATISTICS, 'connections 0\n');
  assert.is(statusOf(agent.daemon, agent.ports, agent.board.kernel).buffer, undefined);
});

legs('a box without tunnels says so', async () => {
  assert.is((await plaitctl(await running(OTHER), 'show', 'tunnels')).out, 'there are no tunnels\n');
});

legs.run();

const upgrading = suite('status of an upgrade');

upgrading('tells of one that is under way, and of what is in the other slot', () => {
  const agent = fakeAgent();
  const status = statusOf(agent.daemon, agent.ports, agent.board.kernel);
  const other = (state: SlotState) => ({
    ...status,
    slot: 'a',
    firmware: { state: 'proved' as const, waitingFor: [], other: { slot: 'b', version: '2.0.0', state } },
  });
  const upgrade = { id: 3, state: 'writing', from: 'new.swu' } as const;
  assert.match(
    renderStatus({ ...status, upgrade }),
    /^upgrade 3 \(new\.swu\) is writing; "plaitctl upgrade" /m,
  );
  assert.match(
    renderStatus(other('installed')),
    /^firmware: version 2\.0\.0 in slot b starts with the next restart$/m,
  );
  assert.match(renderStatus(other('empty')), /^firmware: slot b is empty: an upgrade did not end$/m);
  assert.not.match(renderStatus(other('proved')), /firmware|upgrade/);
});

upgrading.run();

const text = suite('text for a terminal');

text('columns are as wide as their widest word', () => {
  assert.equal(table(['A', 'LONG'], [['word', 'x']]), ['A     LONG', 'word  x']);
  assert.equal(
    table(
      [],
      [
        ['a', 'b'],
        ['long', 'c'],
      ],
    ),
    ['a     b', 'long  c'],
  );
  assert.equal(table([], []), []);
});

text('rates have the unit that suits them', () => {
  assert.equal([0, 999, 1000, 1_540_000, 2e9].map(bitRate), [
    '0 bit/s',
    '999 bit/s',
    '1.0 kbit/s',
    '1.5 Mbit/s',
    '2.0 Gbit/s',
  ]);
});

text.run();

const clock = suite('status of the clock');

clock('says how sure the time is, and who is asked', async () => {
  const agent = await running(BRANCH);
  const clockOf = () => statusOf(agent.daemon, agent.ports, agent.board.kernel).clock;
  const line = async () => /^clock: .*$/m.exec((await plaitctl(agent, 'status')).out)?.[0];
  const asked = { from: 'default', servers: ['time.cloudflare.com'] };
  const time = new Date(agent.clock.wall()).toISOString();
  assert.equal(clockOf(), { time, state: 'hardware-clock', asked });
  assert.is(
    await line(),
    `clock: ${time.slice(0, 19).replace('T', ' ')} UTC, not sure: it is the hardware clock's; time.cloudflare.com (by default) is asked`,
  );

  agent.daemon.lease('eth1.5', 'bound', { ...LEASE, ntpsrv: '192.0.2.123 192.0.2.255' });
  await agent.clock.advance(1000);
  agent.daemon.clock.take({ stratum: '2', offset: '-0.0123' });
  await agent.clock.advance(90_000);
  const { time: now, ...rest } = clockOf();
  assert.equal(rest, {
    state: 'ntp',
    syncedSecondsAgo: 90,
    stratum: 2,
    offsetMs: -12.3,
    asked: { from: 'leases', servers: ['192.0.2.123'] },
  });
  assert.match(
    (await line()) ?? '',
    ' UTC, synchronised by NTP (stratum 2, offset -12.3 ms, 00:01:30 ago); 192.0.2.123 (of leases) is asked',
  );
  assert.match(
    (await plaitctl(agent, 'status')).out,
    'dsl: lease: time server 192.0.2.255 is the broadcast address',
  );
});

clock('is that of a client that begins anew when others are asked, and is saved at the end', async () => {
  const agent = await running(BRANCH);
  const state = () => statusOf(agent.daemon, agent.ports, agent.board.kernel).clock.state;
  agent.daemon.clock.take({ stratum: '2', offset: '0' });
  assert.is(state(), 'ntp');
  agent.daemon.lease('eth1.5', 'bound', { ...LEASE, ntpsrv: '192.0.2.123' });
  await agent.clock.advance(1000);
  assert.is(state(), 'ntp-lost');
  agent.board.files.content.delete('/data/plait/clock');
  const stopped = agent.daemon.stop();
  await agent.clock.advance(5000);
  await stopped;
  const saved = Number(agent.board.files.content.get('/data/plait/clock'));
  assert.ok(Math.abs(saved * 1000 - agent.clock.wall()) < 10_000, String(saved));
});

clock.run();

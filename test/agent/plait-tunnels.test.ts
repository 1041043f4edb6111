// SPDX-License-Identifier: MIT
/** A daemon with tunnels of mode `plait`: backups, handshakes, what people are told, and what nobody is. */
import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ControlPorts } from '../../src/agent/commands/context.ts';
import { control } from '../../src/agent/control.ts';
import type { UdpEvent } from '../../src/agent/netlink/plait-udp.ts';
import { statusOf } from '../../src/agent/status-of.ts';
import { keyBytes } from '../../src/appliance/keys.ts';
import { type FakeAgent, fakeAgent, noSetup } from './support/agent.ts';
import { BRANCH_KEYS, HQ_KEY, PLAIT_BRANCH, PLAIT_HUB } from './support/plait-boards.ts';

const LEASE = { ip: '192.0.2.44', mask: '24', router: '192.0.2.1', lease: '3600' };
const BACKUP = PLAIT_BRANCH.replace(
  'tunnels:',
  '  lte: { port: eth2, address: 100.64.0.9/24, gateway: 100.64.0.1, backup: true, metered: true }\ntunnels:',
).replace('cable: 198.51.100.9 }', 'cable: 198.51.100.9, lte: 198.51.100.9 }');
const USED = '00000000692c000100000002';

async function running(text: string, files: Record<string, string> = {}): Promise<FakeAgent> {
  const agent = fakeAgent({ '/data/plait.yaml': text, ...files });
  const up = agent.daemon.boot();
  await agent.clock.advance(9000);
  await up;
  if (text !== PLAIT_HUB) agent.daemon.lease('eth1.5', 'bound', LEASE);
  await agent.clock.advance(1000);
  return agent;
}

/** The far end answers by these legs, and the kernel says so. */
async function answered(agent: FakeAgent, ...live: string[]): Promise<void> {
  const { udp } = agent.board.kernel;
  udp.happen('hq', { session: 'established', agreed: 'encrypt', sessionAge: 0, freshUsed: USED });
  for (const name of live) udp.happenToLeg('hq', name, { state: 'live' });
  await told(agent, { what: 'session up', link: 0, linkName: 'hq' });
}

async function told(agent: FakeAgent, ...events: UdpEvent[]): Promise<void> {
  agent.daemon.peersChanged(events);
  await agent.clock.advance(100);
}

/** `plaitctl` talking to this daemon, with the real sum of a text. */
async function plaitctl(
  agent: FakeAgent,
  line: string,
  stdin = '',
): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: string[][] = [[], []];
  const { files } = agent.board;
  const ports: ControlPorts = {
    ports: {
      ...agent.ports,
      files: new Proxy(files, {
        get: (target, name) =>
          name === 'read'
            ? (path: string) => (path === '/proc/self/fd/0' ? stdin : target.read(path))
            : Reflect.get(target, name, target),
      }),
      processes: {
        ...agent.ports.processes,
        run: async (argv, options) => ({
          code: 0,
          stdout:
            argv[0] === 'sha256sum'
              ? `${createHash('sha256')
                  .update(options?.stdin ?? '')
                  .digest('hex')}  -\n`
              : '',
          stderr: '',
        }),
      },
      sockets: {
        ...agent.ports.sockets,
        call: () => ({
          ask: (text) => JSON.stringify({ id: 1, result: answerTo(agent, text) }),
          close: () => undefined,
        }),
      },
    },
    kernel: () => agent.board.kernel,
    setup: () => noSetup,
    out: (text) => out?.push(text),
    err: (text) => err?.push(text),
    env: () => undefined,
  };
  const code = await control(line.split(' '), ports);
  return { code, out: out?.join('') ?? '', err: err?.join('') ?? '' };
}

function answerTo(agent: FakeAgent, text: string): unknown {
  const { method, params } = JSON.parse(text) as { method: string; params: { text?: string; what?: string } };
  if (method === 'status') return statusOf(agent.daemon, agent.ports, agent.board.kernel);
  if (method === 'plan') return { changes: agent.daemon.lifecycle.preview(params.text ?? '') };
  assert.is(method, 'show');
  return { text: agent.daemon.show(params.what === 'plan' ? 'plan' : 'config') };
}

function enabled(agent: FakeAgent): string[] {
  const [hq] = agent.board.kernel.plaitLinks();
  return (hq?.legs ?? []).map((leg) => `${leg.name} ${leg.enabled ? 'on' : 'off'}`);
}

const legs = suite('legs of mode plait');

legs('are not probed by the agent', async () => {
  const agent = await running(PLAIT_BRANCH);
  assert.is(agent.board.kernel.udpPeers()[0]?.legs.length, 2);
  assert.equal(
    agent.daemon.targets().filter(({ kind }) => kind === 'leg'),
    [],
  );
});

legs('by a backup wait while another one lives, and come when none does', async () => {
  const agent = await running(BACKUP);
  assert.equal(enabled(agent), ['dsl on', 'cable on', 'lte on']);
  await answered(agent, 'dsl', 'lte');
  assert.equal(enabled(agent), ['dsl on', 'cable on', 'lte off']);
  agent.board.kernel.udp.happenToLeg('hq', 'dsl', { state: 'silent' });
  await told(agent, { what: 'leg', link: 0, linkName: 'hq' });
  assert.equal(enabled(agent), ['dsl on', 'cable on', 'lte on']);
  agent.board.kernel.udp.happenToLeg('hq', 'cable', { state: 'live' });
  await told(agent, { what: 'leg', link: 0, linkName: 'hq' });
  assert.equal(enabled(agent), ['dsl on', 'cable on', 'lte off']);
});

legs('that change make no plan where nothing waits for them', async () => {
  const agent = await running(PLAIT_BRANCH);
  await answered(agent, 'dsl', 'cable');
  const before = agent.board.kernel.changes;
  agent.board.kernel.udp.happenToLeg('hq', 'dsl', { state: 'dead' });
  await told(agent, { what: 'leg', link: 0, linkName: 'hq' });
  assert.is(agent.board.kernel.changes, before);
});

legs('and sessions that change are in the log', async () => {
  const agent = await running(PLAIT_BRANCH);
  await answered(agent, 'dsl');
  const leg = agent.board.kernel.udpPeers()[0]?.legs[0];
  assert.ok(leg);
  for (const what of ['leg', 'address', 'session down', 'unknown key'] as const)
    await told(agent, {
      what,
      link: 0,
      linkName: 'hq',
      ...(what === 'leg' || what === 'address' ? { leg } : {}),
    });
  const lines = agent.board.logged.filter((line) => line.includes('tunnel hq'));
  assert.equal(lines, [
    'notice: tunnel hq: the far end answers, there is a session',
    'info: tunnel hq, leg dsl: live',
    'info: tunnel hq, leg dsl: the far end has another address, 198.51.100.9:5050',
    'notice: tunnel hq: the far end does not answer (any more), there is no session',
    'warning: tunnel hq: somebody with an unknown key asked for a session; if it is the far end, its public key is not "peer"',
  ]);
});

legs.run();

const FRESH = '/data/plait/freshness/hq';
const fresh = suite('freshness of handshakes');

fresh('is written two hours ahead when there is a session, and again when half of that is used', async () => {
  const agent = await running(PLAIT_BRANCH);
  assert.not.ok(agent.board.files.content.has(FRESH), 'nothing was used yet');
  await answered(agent, 'dsl');
  assert.is(agent.board.files.content.get(FRESH), '00000000692c1c2100000002\n');
  assert.ok(agent.board.files.durable.includes(FRESH));
  const writes = () => agent.board.files.durable.filter((path) => path === FRESH).length;
  await agent.clock.advance(3 * 3600_000);
  assert.is(writes(), 1, 'what is ahead still is');
  agent.board.kernel.udp.happen('hq', { freshUsed: '00000000692c0e1200000000' });
  await agent.clock.advance(10 * 60_000);
  assert.is(writes(), 2);
  assert.is(agent.board.files.content.get(FRESH), '00000000692c2a3200000000\n');
});

fresh('carries over, and ends at the largest number', async () => {
  for (const [used, written] of [
    ['00000000ffffffffffffffff', '0000000100001c1fffffffff'],
    ['ffffffffffffffff00000000', 'f'.repeat(24)],
  ] as const) {
    const agent = await running(PLAIT_BRANCH);
    agent.board.kernel.udp.happen('hq', { session: 'established', freshUsed: used });
    await told(agent, { what: 'session up', link: 0, linkName: 'hq' });
    assert.is(agent.board.files.content.get(FRESH), `${written}\n`);
  }
});

fresh('of a full card is told of once, and tried again', async () => {
  const agent = await running(PLAIT_BRANCH);
  agent.board.files.full = true;
  await answered(agent, 'dsl');
  await agent.clock.advance(3600_000);
  const warnings = agent.board.logged.filter((line) => line.includes('what handshakes of hq have used'));
  assert.is(warnings.length, 1);
  agent.board.files.full = false;
  await agent.clock.advance(10 * 60_000);
  assert.is(agent.board.files.content.get(FRESH), '00000000692c1c2100000002\n');
});

fresh('is given to the kernel at the next start', async () => {
  const agent = await running(PLAIT_BRANCH);
  await answered(agent, 'dsl');
  const after = agent.restart('power cut');
  const up = after.daemon.boot();
  await after.clock.advance(9000);
  await up;
  assert.match(after.board.kernel.udp.requests[0] ?? '', /^PEER_SET hq .*freshFloor/);
});

fresh.run();

const status = suite('status of tunnels of mode plait');

async function busy(): Promise<FakeAgent> {
  const agent = await running(PLAIT_BRANCH);
  await answered(agent, 'dsl', 'cable');
  const { udp } = agent.board.kernel;
  udp.happen('hq', { sessionAge: 61, badPackets: 3, replayed: 1, held: 40, lost: 5, expired: 2, late: 1 });
  udp.happenToLeg('hq', 'dsl', {
    rttMs: 18.25,
    behindMs: 0,
    lossPpm: 1200,
    pathMtu: 1492,
    pathMtuProbes: 13,
    observed: { address: '203.0.113.9', port: 40_112 },
  });
  udp.happenToLeg('hq', 'cable', {
    state: 'silent',
    rttMs: 40,
    behindMs: 11.5,
    observed: { address: '203.0.113.6', port: 40_113 },
  });
  return agent;
}

status('tells session, legs, and how the far end sees them', async () => {
  const { out, code } = await plaitctl(await busy(), 'status');
  const at = out.indexOf('tunnel hq');
  assert.is(
    out.slice(at),
    [
      'tunnel hq (plait, weighted): up',
      'session: encrypted, keys of 61 s ago; 3 bad packets',
      'LEG    STATE   WEIGHT  REMOTE             TX PACKETS  TX BYTES  RX PACKETS  RX BYTES  RTT      BEHIND   LOSS    PATH MTU',
      'dsl    live    1       198.51.100.9:5050  0           0         0           0         18.3 ms  0.0 ms   0.12 %  1492',
      'cable  silent  3       198.51.100.9:5050  0           0         0           0         40.0 ms  11.5 ms  0.00 %  -',
      'dsl: behind NAT as 203.0.113.9:40112',
      '',
    ].join('\n'),
  );
  assert.is(code, 0);
});

status('of one tunnel tells all of it', async () => {
  const agent = await busy();
  const { out } = await plaitctl(agent, 'status hq');
  for (const line of [
    /^ {2}session +encrypted, keys of 61 s ago; 3 bad packets$/m,
    /^ {2}refused +3 bad packets, 1 replayed$/m,
    /^ {2}order +40 waited for earlier ones; 5 lost, 2 waited in vain, 1 late$/m,
    /^ {2}seen as +203\.0\.113\.9:40112, behind NAT$/m,
    /^ {2}behind +11\.5 ms the fastest leg$/m,
  ])
    assert.match(out, line);
  assert.match(out, `its public key  ${HQ_KEY}`);
  const json = JSON.parse((await plaitctl(agent, 'status hq --json')).out);
  assert.equal(
    [
      json.peer.session,
      json.peer.agreed,
      json.peer.sessionAgeSeconds,
      json.peer.problems,
      json.legs[1].udp.state,
    ],
    ['established', 'encrypt', 61, [], 'silent'],
  );
  assert.equal(json.legs[0].udp.observed, { address: '203.0.113.9', port: 40_112 });
});

const RULED = `${PLAIT_BRANCH}    scheduler: duplicate
    rules:
      - { to: 10.0.9.0/24, protocol: udp, ports: [5060-5090, 7000], leg: dsl, order: no, copies: 1 }
      - { dscp: ef, leg: [dsl, cable], else: drop }
`;

status('tells what became of the packets of each rule', async () => {
  const agent = await running(RULED);
  await answered(agent, 'dsl', 'cable');
  const { ruled } = agent.board.kernel;
  ruled.count('hq', 0x10000000, { packets: 8124, elsewhere: 12, dropped: 3 });
  ruled.count('hq', 0, { packets: 70, copied: 69 });
  const { out } = await plaitctl(agent, 'status');
  assert.is(
    out.slice(out.indexOf('RULE')),
    [
      'RULE  PACKETS OF                             SENT BY                             PACKETS  ELSEWHERE  COPIED  DROPPED',
      '1     to 10.0.9.0/24, udp 5060-5090 or 7000  dsl, else any; in no order          8124     12         0       3',
      '2     dscp ef                                dsl, cable, else dropped; 2 copies  0        0          0       0',
      '-     all others                             any leg; 2 copies                   70       0          69      0',
      '',
    ].join('\n'),
  );
  const json = JSON.parse((await plaitctl(agent, 'status hq --json')).out);
  const [first, , others] = json.rules;
  assert.equal(first, {
    number: 1,
    match: 'to 10.0.9.0/24, udp 5060-5090 or 7000',
    legs: ['dsl'],
    else: 'any',
    order: false,
    copies: 1,
    counters: { packets: 8124, elsewhere: 12, copied: 0, dropped: 3 },
  });
  assert.equal([others.number, others.match, others.counters.copied], [0, 'all others', 69]);
  assert.is(json.scheduler, 'weighted', 'what the kernel has');
  agent.board.kernel.scheduler = 'earliest';
  assert.is(JSON.parse((await plaitctl(agent, 'status hq --json')).out).scheduler, 'duplicate');
  const detail = (await plaitctl(agent, 'show tunnels')).out;
  assert.match(
    detail,
    'rule 1: to 10.0.9.0/24, udp 5060-5090 or 7000\n  sent by  dsl, else any; in no order\n',
  );
  assert.match(
    detail,
    '  sent     8124 packets, 12 of them by other legs, 0 in two copies\n  dropped  3 packets\n',
  );
  assert.match(detail, 'rule for all others\n');
  assert.match(
    (await plaitctl(agent, 'show plan')).out,
    'leg rules of hq by marks 0xf0000000\n    mark 0x10000000: legs dsl else any in no order\n',
  );
  assert.equal(JSON.parse((await plaitctl(agent, 'status --json')).out).tunnels[0].rules.length, 3);
});

status('tells that a module is too old for rules; the tunnel is up without', async () => {
  const agent = fakeAgent({ '/data/plait.yaml': RULED });
  agent.board.kernel.ruled.known = false;
  const up = agent.daemon.boot();
  await agent.clock.advance(9000);
  await up;
  agent.daemon.lease('eth1.5', 'bound', LEASE);
  await agent.clock.advance(1000);
  await answered(agent, 'dsl', 'cable');
  const { out } = await plaitctl(agent, 'status');
  assert.match(
    out,
    'rules hq: add leg rules of hq by marks 0xf0000000: the module plait_link of this kernel is too old',
  );
  assert.match(out, /tunnel hq .*: up\n/);
  assert.match(out, /^2 +dscp ef .* - +- +- +-$/m);
  assert.match((await plaitctl(agent, 'show tunnels')).out, /rule 2: dscp ef\n.*\n {2}state +not set\n/);
  agent.board.kernel.ruled.known = true;
  await agent.clock.advance(60_000);
  assert.equal(JSON.parse((await plaitctl(agent, 'status --json')).out).failedParts, []);
  assert.equal(agent.board.kernel.ruled.requests, ['hq 3 rules']);
});

status('of a tunnel that is not there is a failure', async () => {
  const { err, code } = await plaitctl(await busy(), 'status qh');
  assert.equal([err, code], ['plaitctl: there is no tunnel "qh"; there are hq\n', 1]);
});

status('says what is wrong, a sentence each', async () => {
  const agent = await running(PLAIT_BRANCH);
  assert.match((await plaitctl(agent, 'status')).out, 'the far end does not answer: it is not reached');
  await answered(agent, 'dsl');
  assert.not.match((await plaitctl(agent, 'status')).out, 'does not answer');
  agent.board.kernel.udp.happen('hq', { agreed: 'sign' });
  assert.match(
    (await plaitctl(agent, 'status')).out,
    'the far end has another protection set: packets have "sign", and "encrypt" is set here',
  );
});

status('of a hub tells of legs that are heard, and of strangers', async () => {
  const agent = await running(PLAIT_HUB);
  const { udp } = agent.board.kernel;
  assert.match(
    (await plaitctl(agent, 'status')).out,
    'nobody with the key of "peer" has asked at UDP port 5050 yet',
  );
  await told(agent, { what: 'unknown key', link: 0, linkName: 'b13' });
  await agent.clock.advance(30_000);
  udp.happen('b12', { session: 'established', agreed: 'encrypt', sessionAge: 2 });
  udp.hear('b12', { number: 0, name: 'leg0', remote: '192.0.2.44', port: 40_112 });
  const { out } = await plaitctl(agent, 'status');
  assert.match(out, /tunnel b12 [\s\S]*leg0 +live +1 +192\.0\.2\.44:40112/);
  assert.match(
    out,
    'somebody with an unknown key asked 30 s ago: if it is the far end, "peer" here is not its',
  );
  assert.match((await plaitctl(agent, 'status b12')).out, /number +0, of the far end/);
});

status.run();

const keys = suite('plaitctl key');

/** As `printf %s KEY | sha256sum` has it. */
function fingerprint(key: string): string {
  const sum = createHash('sha256').update(key).digest();
  return [0, 4, 8, 12, 16, 20].map((at) => String(sum.readUInt32BE(at) % 10_000).padStart(4, '0')).join(' ');
}

keys('new makes a file, and prints the public key with its fingerprint', async () => {
  const agent = fakeAgent();
  const { out, code } = await plaitctl(agent, 'key new hq');
  const secret = agent.board.files.content.get('/data/keys/hq')?.trim() ?? '';
  const publicKey = agent.board.kernel.publicKeyOf(secret);
  assert.is(
    out,
    `/data/keys/hq is made; "plaitctl apply" uses it\npublic key   ${publicKey}\nfingerprint  ${fingerprint(publicKey)}\n`,
  );
  assert.is(code, 0);
  assert.is(agent.board.files.modes.get('/data/keys/hq'), 0o600);
  assert.ok(agent.board.files.durable.includes('/data/keys/hq'));
});

keys('new does not replace one unless it is told to', async () => {
  const agent = fakeAgent();
  await plaitctl(agent, 'key new hq');
  const first = agent.board.files.content.get('/data/keys/hq');
  const { err, code } = await plaitctl(agent, 'key new hq');
  assert.equal(
    [err, code],
    ['plaitctl: there is a key /data/keys/hq, and other boxes know this one by it: say --replace\n', 1],
  );
  assert.is(agent.board.files.content.get('/data/keys/hq'), first);
  assert.is((await plaitctl(agent, 'key new --replace hq')).code, 0);
  assert.is.not(agent.board.files.content.get('/data/keys/hq'), first);
});

keys('show tells of all: own ones, preshared ones, and the far ends in use', async () => {
  const agent = await running(PLAIT_BRANCH);
  await plaitctl(agent, 'key new --preshared us');
  const { out } = await plaitctl(agent, 'key show');
  const secret = agent.board.files.content.get('/data/keys/hq')?.trim() ?? '';
  const own = agent.board.kernel.publicKeyOf(secret);
  const shared = agent.board.files.content.get('/data/keys/us.preshared')?.trim() ?? '';
  assert.match(out, `hq    key of this box  ${own}  ${fingerprint(own)}\n`);
  assert.match(out, `us    preshared key    -${' '.repeat(45)}${fingerprint(shared)}\n`);
  assert.match(out, `hq    far end          ${HQ_KEY}  ${fingerprint(HQ_KEY)}\n`);
  const json = JSON.parse((await plaitctl(agent, 'key show hq --json')).out);
  assert.equal(json.keys, [
    { name: 'hq', what: 'key of this box', publicKey: own, fingerprint: fingerprint(own) },
  ]);
  assert.match((await plaitctl(agent, `key show ${BRANCH_KEYS[0]}`)).out, fingerprint(BRANCH_KEYS[0]));
});

keys(
  'import takes a key of somebody else, warns of who may have read it, and refuses what is none',
  async () => {
    const agent = fakeAgent();
    const { files } = agent.board;
    const secret = agent.board.kernel.newKey().privateKey;
    files.content.set('/tmp/wg', `${secret}\n`);
    files.modes.set('/tmp/wg', 0o644);
    const { out, err, code } = await plaitctl(agent, 'key import /tmp/wg');
    assert.is(
      err,
      'warning: others may read /tmp/wg (mode 644): remove it, and if somebody has read it, make a new key\n',
    );
    assert.match(out, '/data/keys/wg is imported');
    assert.is(code, 0);
    assert.is(files.content.get('/data/keys/wg'), `${secret}\n`);
    files.modes.set('/tmp/wg', 0o600);
    assert.is((await plaitctl(agent, 'key import /tmp/wg other')).err, '');
    const cases: [path: string, text: string, told: RegExp][] = [
      ['/tmp/short', secret.slice(1), /does not hold a key: 32 bytes in base64/],
      ['/tmp/long', `${secret}A`, /does not hold a key/],
      ['/tmp/zeros', `${'A'.repeat(43)}=`, /a key of zeros, which is none/],
    ];
    for (const [path, text, wanted] of cases) {
      files.content.set(path, text);
      const refused = await plaitctl(agent, `key import ${path} x`);
      assert.match(refused.err, wanted);
      assert.not.match(refused.err, text.slice(0, 20));
      assert.is(refused.code, 1);
    }
    files.special.set('/tmp/wg', 'link');
    assert.match((await plaitctl(agent, 'key import /tmp/wg x')).err, '/tmp/wg is a symbolic link');
    files.special.set('/tmp/wg', 'other');
    assert.match((await plaitctl(agent, 'key import /tmp/wg x')).err, '/tmp/wg is not a regular file');
    assert.match((await plaitctl(agent, 'key import /tmp/none x')).err, 'there is no file /tmp/none');
    assert.not.ok(files.content.has('/data/keys/x'));
    assert.is((await plaitctl(agent, 'key import - x', `${secret}\n`)).code, 0);
    assert.is(files.content.get('/data/keys/x'), `${secret}\n`);
    assert.match((await plaitctl(agent, 'key import -', secret)).err, 'say what the key is to be called');
  },
);

keys('wrong use and wrong names are told', async () => {
  const agent = fakeAgent();
  for (const line of ['key', 'key new', 'key made hq', 'key import', 'key show hq x', 'key new a b'])
    assert.is((await plaitctl(agent, line)).code, 2, line);
  assert.match(
    (await plaitctl(agent, 'key new ../../etc/x')).err,
    'the name of a key is 1 to 15 small letters',
  );
  assert.match((await plaitctl(agent, 'key show --preshared')).err, '--preshared is not for key show');
  assert.match((await plaitctl(agent, 'key show nobody')).err, 'there is no key /data/keys/nobody');
  agent.board.kernel.udp.installed = false;
  assert.match((await plaitctl(agent, 'key new hq')).err, 'this kernel has no module plait_udp');
});

keys.run();

const secrets = suite('secret keys');

secrets('are in their files and nowhere else', async () => {
  const kernel = fakeAgent().board.kernel;
  const [own, shared] = [kernel.newKey().privateKey, kernel.newKey().privateKey];
  const text = PLAIT_BRANCH.replace('    address: 10', '    preshared: us\n    address: 10');
  const agent = await running(text, {
    '/data/keys/hq': `${own}\n`,
    '/data/keys/us.preshared': `${shared}\n`,
  });
  await answered(agent, 'dsl', 'cable');
  assert.is(agent.board.kernel.udpPeers()[0]?.publicKey, kernel.publicKeyOf(own), 'they are in use');
  agent.board.files.content.set('/tmp/k', own);
  const printed: string[] = [];
  for (const line of [
    ...['status', 'status hq', 'status --json', 'show config', 'show plan', 'show plan --json'],
    ...['show tunnels', 'show tunnels --json', 'plan', 'plan --json', 'check', 'key show', 'key show --json'],
    ...[
      'key show hq',
      'key import /tmp/k k',
      'key import --json /tmp/k j',
      'key import /tmp/k k',
      'key new n',
      'key new --preshared p',
    ],
    ...['key import --preshared --replace /data/keys/us.preshared us', `show ${own}`, `key show ${own}x`],
  ]) {
    const { out, err } = await plaitctl(agent, line);
    assert.ok(out.length + err.length > 0, line);
    // Whoever types a key into a command has printed it himself.
    printed.push((out + err).replaceAll(`"${own}" cannot be shown`, ''));
  }
  const others = [...agent.board.files.content].filter(
    ([path]) => !path.startsWith('/data/keys/') && path !== '/tmp/k',
  );
  const all = [...printed, ...agent.board.logged, ...others.map(([path, content]) => `${path} ${content}`)];
  assert.ok(
    all.some((one) => one.startsWith('/run/plait/applied.json')),
    'the record is looked at',
  );
  const made = ['n', 'p.preshared'].map(
    (name) => agent.board.files.content.get(`/data/keys/${name}`)?.trim() ?? '',
  );
  for (const secret of [own, shared, ...made]) {
    assert.is(secret.length, 44);
    const hex = Buffer.from(keyBytes(secret) ?? []).toString('hex');
    for (const one of all) {
      assert.not.ok(one.includes(secret), one.slice(0, 300));
      assert.not.ok(one.includes(hex), one.slice(0, 300));
    }
  }
});

secrets('in plait.yaml are refused, and not repeated', async () => {
  const agent = fakeAgent();
  const own = agent.board.kernel.newKey().privateKey;
  for (const line of [`key: ${own}`, `preshared: "${own}"`, `secret: ${own}`, `protect: ${own}`]) {
    agent.board.files.content.set(
      '/data/plait.yaml',
      PLAIT_BRANCH.replace('    address: 10', `    ${line}\n    address: 10`),
    );
    for (const command of ['check', 'check --json']) {
      const { out, err, code } = await plaitctl(agent, command);
      assert.is(code, 1, line);
      assert.not.ok((out + err).includes(own), `${command}: ${line}`);
    }
  }
});

secrets.run();

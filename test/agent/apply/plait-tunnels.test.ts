// SPDX-License-Identifier: MIT
/** Tunnels of mode `plait`: what is asked of the kernel, and above all what is not. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { applyPlan, dryRun, stepText } from '../../../src/agent/apply/engine.ts';
import { keyText } from '../../../src/appliance/keys.ts';
import type { Facts } from '../../../src/appliance/plan-types.ts';
import { FACTS, type FakeBoard, fakeBoard, planOf } from '../support/board.ts';
import { BRANCH_KEYS, HQ_KEY, PLAIT_BRANCH, PLAIT_HUB } from '../support/plait-boards.ts';

const SECRET = keyText(new Uint8Array(32).fill(7));
const PRESHARED = '/data/keys/us.preshared';

/** What the family was asked for while the plan of this text was applied. */
async function requestsOf(board: FakeBoard, text: string, facts: Facts = FACTS): Promise<string[]> {
  board.kernel.udp.requests.length = 0;
  const result = await applyPlan(board, planOf(text, facts));
  assert.ok(result.ok, JSON.stringify(result));
  assert.equal(dryRun(board, planOf(text, facts)).map(stepText), [], 'nothing is left to do');
  return [...board.kernel.udp.requests];
}

async function running(text: string, facts: Facts = FACTS): Promise<FakeBoard> {
  const board = fakeBoard();
  await requestsOf(board, text, facts);
  return board;
}

function legs(board: FakeBoard, link = 'hq'): string[] {
  const peer = board.kernel.udpPeers().find(({ name }) => name === link);
  return (peer?.legs ?? []).map(({ number, name, local, remote, port }) => {
    return `${number} ${name} ${local} ${remote}:${port}`;
  });
}

const apply = suite('tunnels of mode plait');

apply('a branch gets a key, a far end and its legs, in this order', async () => {
  const board = fakeBoard();
  assert.equal(await requestsOf(board, PLAIT_BRANCH), [
    'PEER_SET hq privateKey peerKey listen protect',
    'LEG_SET hq 0 name uplink local remote port keepalive',
    'LEG_SET hq 1 name uplink local remote port keepalive',
  ]);
  assert.equal(legs(board), ['0 dsl 192.0.2.44 198.51.100.9:5050', '1 cable 203.0.113.6 198.51.100.9:5050']);
  const [peer] = board.kernel.udpPeers();
  const key = board.files.content.get('/data/keys/hq')?.trim() ?? '';
  assert.is(peer?.publicKey, board.kernel.publicKeyOf(key));
  assert.is(peer?.peerKey, HQ_KEY);
  assert.is(board.files.modes.get('/data/keys/hq'), 0o600);
  assert.ok(board.files.durable.includes('/data/keys/hq'));
  const [link] = board.kernel.plaitLinks();
  assert.equal(
    link?.legs.map(({ name, weight }) => [name, weight]),
    [
      ['dsl', 1],
      ['cable', 3],
    ],
  );
});

apply('a key that is there is used, and never written over', async () => {
  const board = fakeBoard();
  board.files.content.set('/data/keys/hq', `${SECRET}\n`);
  await requestsOf(board, PLAIT_BRANCH);
  assert.is(board.files.content.get('/data/keys/hq'), `${SECRET}\n`);
  assert.is(board.kernel.udpPeers()[0]?.publicKey, board.kernel.publicKeyOf(SECRET));
});

apply('what changes elsewhere interrupts nothing', async () => {
  const board = await running(PLAIT_BRANCH);
  for (const change of [
    (text: string) => text.replace('hostname: branch-12', 'hostname: other'),
    (text: string) => text.replace('[10.0.0.0/16]', '[10.0.0.0/16, 10.9.0.0/16]'),
    (text: string) => text.replace('10.255.0.2/30', '10.255.0.6/30'),
    (text: string) => text.replace('address: dhcp', 'address: dhcp, rate: { up: 10mbit, down: 20mbit }'),
    (text: string) => text.replace('weight: 3', 'weight: 7'),
    (text: string) => text.replace('    routes', '    mtu: 1400\n    sources: any\n    routes'),
    (text: string) => `${text}  plain: { mode: ipip, remote: { cable: 198.51.100.77 } }\n`,
    (text: string) => text.replace('    address: 10', '    scheduler: weighted\n    address: 10'),
  ]) {
    const changed = change(PLAIT_BRANCH);
    assert.is.not(changed, PLAIT_BRANCH);
    assert.equal(await requestsOf(board, changed), [], changed);
  }
});

apply('the MTU of a tunnel follows its legs, up to the limit that is set', async () => {
  const board = await running(PLAIT_BRANCH);
  const limit = () => board.kernel.links().find(({ name }) => name === 'hq')?.info;
  assert.equal(limit(), { kind: 'plait', mtuLimit: 0 });
  const limited = PLAIT_BRANCH.replace('    routes', '    mtu: 1400\n    routes');
  await requestsOf(board, limited);
  assert.equal(limit(), { kind: 'plait', mtuLimit: 1400 });
  await requestsOf(board, PLAIT_BRANCH);
  assert.equal(limit(), { kind: 'plait', mtuLimit: 0 });
});

apply('another lease changes the address of its leg, and nothing more', async () => {
  const board = await running(PLAIT_BRANCH);
  const lease = { address: '192.0.2.77/24', gateway: '192.0.2.1', dns: ['192.0.2.53'], seconds: 60 };
  assert.equal(await requestsOf(board, PLAIT_BRANCH, { ...FACTS, leases: { dsl: lease } }), [
    'LEG_SET hq 0 local',
  ]);
  assert.equal(legs(board)[0], '0 dsl 192.0.2.77 198.51.100.9:5050');
  assert.equal(await requestsOf(board, PLAIT_BRANCH, { ...FACTS, leases: {} }), ['LEG_DEL hq 0']);
  assert.equal(legs(board), ['1 cable 203.0.113.6 198.51.100.9:5050']);
});

apply('another port of the far end changes that alone', async () => {
  const board = await running(PLAIT_BRANCH);
  const changed = PLAIT_BRANCH.replace('cable: 198.51.100.9', 'cable: "198.51.100.10:5051"');
  assert.equal(await requestsOf(board, changed), ['LEG_SET hq 1 remote port']);
});

apply('without an uplink its leg goes, and one before the others does not renumber them', async () => {
  const board = await running(PLAIT_BRANCH);
  const without = PLAIT_BRANCH.replace('dsl: 198.51.100.9, ', '');
  assert.equal(await requestsOf(board, without), ['LEG_DEL hq 0']);
  assert.equal(legs(board), ['1 cable 203.0.113.6 198.51.100.9:5050']);
  // Its own number in this file is 0, that of the other one 1.
  assert.equal(
    await requestsOf(
      board,
      PLAIT_BRANCH.replace(
        '{ dsl: 198.51.100.9, cable: 198.51.100.9 }',
        '{ cable: 198.51.100.9, dsl: 198.51.100.9 }',
      ),
    ),
    ['LEG_SET hq 0 name uplink local remote port keepalive'],
  );
  assert.equal(legs(board), ['0 dsl 192.0.2.44 198.51.100.9:5050', '1 cable 203.0.113.6 198.51.100.9:5050']);
});

apply('without the tunnel its link goes with all of it, and its key stays', async () => {
  const board = await running(PLAIT_BRANCH);
  const key = board.files.content.get('/data/keys/hq');
  const without = PLAIT_BRANCH.slice(0, PLAIT_BRANCH.indexOf('tunnels:'));
  await requestsOf(board, without);
  assert.equal(board.kernel.plaitLinks(), []);
  assert.equal(board.kernel.udpPeers(), []);
  assert.equal(board.record.peers, {});
  assert.is(board.files.content.get('/data/keys/hq'), key);
  await requestsOf(board, PLAIT_BRANCH);
  assert.is(board.kernel.udpPeers()[0]?.publicKey, board.kernel.publicKeyOf((key ?? '').trim()));
});

apply('a far end that moves is followed by the kernel, and the agent does not set it back', async () => {
  const board = await running(PLAIT_BRANCH);
  board.kernel.udp.happenToLeg('hq', 'dsl', { remote: '198.51.100.200', port: 40_000 });
  assert.equal(await requestsOf(board, PLAIT_BRANCH), []);
  assert.equal(await requestsOf(board, PLAIT_BRANCH.replace('dsl: 198.51.100.9', 'dsl: 198.51.100.10')), [
    'LEG_SET hq 0 remote',
  ]);
});

apply('a metered backup is asked for seldom, and waits while another leg lives', async () => {
  const text = PLAIT_BRANCH.replace(
    'tunnels:',
    '  lte: { port: eth2, address: 100.64.0.9/24, gateway: 100.64.0.1, backup: true, metered: true }\ntunnels:',
  ).replace('cable: 198.51.100.9 }', 'cable: 198.51.100.9, lte: 198.51.100.9 }');
  const board = await running(text, { ...FACTS, deadLegs: { hq: ['dsl', 'cable', 'lte'] } });
  const peer = () => board.kernel.udpPeers()[0];
  const enabled = () => board.kernel.plaitLinks()[0]?.legs.map((leg) => leg.enabled);
  assert.equal(
    peer()?.legs.map(({ keepalive }) => keepalive),
    [1000, 1000, 15_000],
  );
  assert.equal(enabled(), [true, true, true]);
  assert.equal(await requestsOf(board, text, { ...FACTS, deadLegs: { hq: ['dsl'] } }), []);
  assert.equal(enabled(), [true, true, false]);
});

apply('protection and preshared key change in place', async () => {
  const board = await running(PLAIT_BRANCH);
  const signed = PLAIT_BRANCH.replace('    address: 10', '    protect: sign\n    address: 10');
  assert.equal(await requestsOf(board, signed), ['PEER_SET hq protect']);
  board.files.content.set(PRESHARED, SECRET);
  const shared = PLAIT_BRANCH.replace('    address: 10', '    preshared: us\n    address: 10');
  assert.equal(await requestsOf(board, shared), ['PEER_SET hq protect presharedKey']);
  assert.equal(await requestsOf(board, shared), []);
  board.files.content.set(PRESHARED, keyText(new Uint8Array(32).fill(9)));
  assert.equal(await requestsOf(board, shared), ['PEER_SET hq presharedKey']);
  assert.equal(await requestsOf(board, PLAIT_BRANCH), ['PEER_SET hq presharedKey']);
});

apply('a hub has one key for its port, and leaves legs alone that it hears', async () => {
  const board = fakeBoard();
  assert.equal(await requestsOf(board, PLAIT_HUB), [
    'PEER_SET b12 privateKey peerKey listen protect',
    'PEER_SET b13 privateKey peerKey listen protect',
  ]);
  const [first, second] = board.kernel.udpPeers();
  assert.is(first?.publicKey, second?.publicKey);
  assert.ok(board.files.content.has('/data/keys/listen-5050'));
  board.kernel.udp.hear('b12', { number: 0, name: 'leg0', remote: '192.0.2.44', port: 40_112 });
  const before = board.kernel.snapshot();
  assert.equal(await requestsOf(board, PLAIT_HUB), []);
  assert.is(board.kernel.snapshot(), before);
});

apply(
  'a hub gets another key for all of its tunnels, though the kernel takes no two at one port',
  async () => {
    const board = await running(PLAIT_HUB);
    board.files.content.set('/data/keys/listen-5050', SECRET);
    assert.equal(await requestsOf(board, PLAIT_HUB), [
      'PEER_DEL b13',
      'PEER_DEL b12',
      'PEER_SET b12 privateKey peerKey listen protect',
      'PEER_SET b13 privateKey peerKey listen protect',
    ]);
    const wanted = board.kernel.publicKeyOf(SECRET);
    assert.equal(
      board.kernel.udpPeers().map(({ publicKey }) => publicKey),
      [wanted, wanted],
    );
  },
);

apply('two tunnels of a hub may change their far ends with one another', async () => {
  const board = await running(PLAIT_HUB);
  const [a, b] = BRANCH_KEYS;
  const swapped = PLAIT_HUB.replace(a, 'x').replace(b, a).replace('x', b);
  await requestsOf(board, swapped);
  assert.equal(
    board.kernel.udpPeers().map(({ peerKey }) => peerKey),
    [b, a],
  );
});

apply('another key of a branch makes its legs anew, with their settings', async () => {
  const board = await running(PLAIT_BRANCH);
  board.files.content.set('/data/keys/hq', SECRET);
  assert.equal(await requestsOf(board, PLAIT_BRANCH), [
    'LEG_DEL hq 1',
    'LEG_DEL hq 0',
    'PEER_DEL hq',
    'PEER_SET hq privateKey peerKey listen protect',
    'LEG_SET hq 0 name uplink local remote port keepalive',
    'LEG_SET hq 1 name uplink local remote port keepalive',
  ]);
  assert.equal(
    board.kernel.plaitLinks()[0]?.legs.map(({ weight }) => weight),
    [1, 3],
  );
});

apply('what others did to a leg is mended', async () => {
  const board = await running(PLAIT_BRANCH);
  const [peer] = board.kernel.udpPeers();
  board.kernel.deleteUdpLeg(peer?.index ?? 0, 1);
  assert.equal(await requestsOf(board, PLAIT_BRANCH), [
    'LEG_SET hq 1 name uplink local remote port keepalive',
  ]);
  board.kernel.deleteUdpPeer(peer?.index ?? 0);
  await requestsOf(board, PLAIT_BRANCH);
  assert.is(legs(board).length, 2);
});

apply('what the last start used of handshakes is given to the kernel', async () => {
  const board = fakeBoard();
  board.files.content.set('/data/plait/freshness/hq', '00000000692c00010000abcd\n');
  assert.match((await requestsOf(board, PLAIT_BRANCH))[0] ?? '', 'freshFloor');
  const damaged = fakeBoard();
  damaged.files.content.set('/data/plait/freshness/hq', 'not a number');
  assert.not.match((await requestsOf(damaged, PLAIT_BRANCH))[0] ?? '', 'freshFloor');
});

apply.run();

const refused = suite('tunnels of mode plait that cannot be had');

async function reasonOf(board: FakeBoard, text: string): Promise<string> {
  const before = board.snapshot();
  const result = await applyPlan(board, planOf(text));
  assert.not.ok(result.ok);
  assert.is(board.snapshot(), before, 'everything is as it was');
  return result.ok ? '' : result.reason;
}

refused('a kernel without the module is named', async () => {
  const board = fakeBoard();
  board.kernel.udp.installed = false;
  assert.is(
    await reasonOf(board, PLAIT_BRANCH),
    'add key /data/keys/hq: this kernel has no module plait_udp, which tunnels of mode plait need',
  );
  assert.ok(board.processes.ran.includes('modprobe plait_udp'));
});

refused('the own key as that of the far end', async () => {
  const board = fakeBoard();
  board.files.content.set('/data/keys/hq', SECRET);
  const own = board.kernel.publicKeyOf(SECRET);
  assert.match(
    await reasonOf(board, PLAIT_BRANCH.replace(HQ_KEY, own)),
    `peer of tunnel hq is this box's own public key: write what "plaitctl key show" prints on the far end`,
  );
});

refused('a file that holds no key, without a word of what it holds', async () => {
  const board = fakeBoard();
  board.files.content.set('/data/keys/hq', `${SECRET.slice(1)}\n`);
  const reason = await reasonOf(board, PLAIT_BRANCH);
  assert.match(reason, '/data/keys/hq does not hold a key: 32 bytes in base64, 44 characters');
  assert.not.match(reason, SECRET.slice(1, 20));
});

refused('a preshared key that is not there', async () => {
  const shared = PLAIT_BRANCH.replace('    address: 10', '    preshared: us\n    address: 10');
  assert.match(
    await reasonOf(fakeBoard(), shared),
    `there is no preshared key ${PRESHARED}: make it on one end`,
  );
});

refused('a port that somebody else has', async () => {
  const board = fakeBoard();
  board.kernel.udp.taken.add(5050);
  assert.match(await reasonOf(board, PLAIT_HUB), 'port 5050 is in use');
});

refused('any failure on the way is undone', async () => {
  const shared = PLAIT_HUB.replaceAll('listen: 5050', 'preshared: us, protect: sign, listen: 5050');
  const changes = [
    [PLAIT_BRANCH, PLAIT_HUB],
    [PLAIT_HUB, shared],
  ].map((texts) => texts.map((text) => planOf(text)));
  for (const [from, to] of changes) {
    if (from === undefined || to === undefined) throw new Error('a change has two ends');
    let step = 0;
    for (let failed = true; failed; step++) {
      const board = fakeBoard();
      board.files.content.set(PRESHARED, SECRET);
      for (const name of ['hq', 'listen-5050']) board.files.content.set(`/data/keys/${name}`, SECRET);
      await applyPlan(board, from);
      const before = board.snapshot();
      board.kernel.failAt = board.kernel.changes + step;
      failed = !(await applyPlan(board, to)).ok;
      if (failed) assert.is(board.snapshot(), before, `failure ${step}`);
    }
    assert.ok(step > 2, 'failures were injected');
  }
});

refused.run();

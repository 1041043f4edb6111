// SPDX-License-Identifier: MIT
/** Uploads to the real agent over real sockets, in name spaces: curl as the agent tells it, bad lines, bad clients. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import type { UpgradeJob } from '../../src/agent/upgrade/job-states.ts';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { hostAgent } from './support/host-agent.ts';
import { Shell } from './support/shell.ts';
import { hostBundle, makeSlots, SLOT_LIMIT, SYSTEM } from './support/slot-spaces.ts';
import { withoutModules } from './support/this-kernel.ts';

/** Rules that open the port to the uplink, as far as they can. */
const CONFIG = `version: 1
hostname: hosttest
lan: { ports: [eth0, eth2], address: 192.168.50.1/24 }
uplinks:
  cable: { port: eth1, address: 203.0.113.6/29, gateway: 203.0.113.1, dns: [203.0.113.1] }
firewall:
  rules: [{ from: [cable], to: [box], protocol: tcp, action: accept }]
`;

/** One client is in the LAN; another, behind the uplink, sends what is for the LAN to the board. */
const CLIENTS = `
far 0 ip addr add 192.168.50.2/24 dev far0
far 1 ip route add 192.168.50.0/24 via 203.0.113.6
`;

const CLIENT = fileURLToPath(new URL('upgrade/upload/hostile-client.mjs', import.meta.url));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

interface Scene {
  folder: string;
  /** Where the bundle is, as plait-host.swu. */
  files: string;
  bundle: Buffer;
  shell: Shell;
}

/** A port that was opened, and what its user was told. */
interface Opened {
  help: string;
  token: string;
  url: string;
}

const real = suite<Scene>('uploads on a real kernel');

real.before(async (scene) => {
  await needs('iproute2', 'nftables', 'util-linux', 'curl');
  scene.folder = mkdtempSync(join(tmpdir(), 'plait-spaces-'));
  scene.files = mkdtempSync(join(tmpdir(), 'plait-upload-'));
  scene.bundle = await hostBundle();
  writeFileSync(join(scene.files, 'plait-host.swu'), scene.bundle);
  scene.shell = new Shell(await hostAgent(), scene.folder);
  await scene.shell.run(`cat >"$root/data/plait.yaml" <<'YAML'\n${withoutModules(CONFIG)}YAML`);
  await makeSlots(scene.shell, scene.bundle);
  await scene.shell.run(CLIENTS);
  await scene.shell.start();
});
real.after(({ folder, files, shell }) => {
  shell?.end();
  for (const path of [folder, files]) rmSync(path, { recursive: true, force: true });
});

/** `plaitctl upgrade --listen` as a user types it; what it says is in a file. */
async function listen({ shell, folder }: Scene): Promise<Opened> {
  // Of a test that failed.
  await shell.run('board plaitctl upgrade --close >/dev/null 2>&1; sleep 0.5');
  await shell.run(`board plaitctl upgrade --listen --reboot later >"$folder/said" 2>&1 & listener=$!`);
  await shell.run(
    'for i in $(seq 200); do grep -q "ends the waiting" "$folder/said" && break; sleep 0.1; done',
  );
  const help = await shell.run(`cat ${folder}/said`);
  const token = /Bearer ([0-9a-f]{32})'/.exec(help)?.[1] ?? '';
  const url = /url=(\S+)/.exec(help)?.[1] ?? '';
  assert.is(url, 'http://192.168.50.1:8080/upgrade', help);
  return { help, token, url };
}

async function job({ shell }: Scene): Promise<UpgradeJob> {
  return (JSON.parse(await shell.run('board plaitctl status --json')).upgrade ?? {}) as UpgradeJob;
}

/** What it said, once the command ended. */
async function ended({ shell, folder }: Scene): Promise<string> {
  await shell.run('wait $listener || true');
  return shell.run(`cat ${folder}/said`);
}

/** Both slots and the boot state. */
const written = ({ shell }: Scene) => shell.run('cat "$root"/run/plait/disk/* | sha256sum');
const agent = ({ shell }: Scene) => shell.run('pidof plaitd');

function hostile({ shell }: Scene, ...args: readonly (string | number)[]): Promise<string> {
  return shell.run(`far 0 '${process.execPath}' '${CLIENT}' ${args.join(' ')}`);
}

/** Where nobody listens, or is not let in. */
async function mustNotConnect({ shell }: Scene, from: 0 | 1, address: string): Promise<void> {
  const code = await shell.run(`far ${from} curl -s -m 2 http://${address}:8080/upgrade; echo "code $?"`);
  assert.match(code, /code (7|28)\n/, `port ${from}, ${address}`);
}

real('are taken only when they are asked for, and by the LAN only', async (scene) => {
  const { shell } = scene;
  await mustNotConnect(scene, 0, '192.168.50.1');
  assert.not.match(await shell.run('nft list ruleset'), /8080/);
  const { url, token } = await listen(scene);
  assert.is((await shell.run(`far 0 curl -s -o /dev/null -w '%{http_code}' ${url}`)).trim(), '401');
  const rules = await shell.run('nft list table inet plait_upload');
  assert.match(rules, /iifname "lan" accept\n\s+tcp dport 8080 drop/);
  for (const address of ['203.0.113.6', '192.168.50.1']) await mustNotConnect(scene, 1, address);
  assert.is(
    JSON.parse(await shell.run(`far 0 curl -s -H 'Authorization: Bearer ${token}' ${url}`)).state,
    'receiving',
  );
  await shell.run('board plaitctl upgrade --close');
  assert.match(
    await ended(scene),
    /failed: it was closed by "plaitctl upgrade --close"; nothing was changed\n$/,
  );
  await mustNotConnect(scene, 0, '192.168.50.1');
  assert.not.match(await shell.run('nft list ruleset'), /8080/);
});

real('cut at any byte, many times, go on where they ended, and become the other slot', async (scene) => {
  const { shell, files, bundle } = scene;
  const before = await written(scene);
  const { help, token, url } = await listen(scene);
  const { offsets } = JSON.parse(
    await hostile(scene, 'cuts', url, token, join(files, 'plait-host.swu'), sha256(bundle), 25, 7),
  ) as { offsets: number[] };
  assert.ok(
    offsets.every((offset, at) => offset >= (offsets[at - 1] ?? 0)),
    String(offsets),
  );
  assert.ok(new Set(offsets).size > 5, String(offsets));
  assert.is((await job(scene)).state, 'receiving');
  assert.is(await written(scene), before);
  // The commands, word by word as they are printed, but for the offset, which its reader puts in.
  const commands = help.split('\n').filter((line) => line.startsWith('  '));
  const [, offset] = /Upload-Offset: (\d+)/.exec(await inLan(scene, commands.slice(0, 3), commands[4])) ?? [];
  assert.ok(Number(offset) > 0);
  const answer = await inLan(scene, commands.slice(0, 3), commands[5]?.replace('OFFSET', offset ?? ''));
  assert.match(answer, /version 1\.0\.0, signed with key a1b2c3d4, was checked and goes into slot b/);
  assert.match(await ended(scene), /version 1\.0\.0 is in slot b; it starts with the next restart/);
  const slot = await shell.run(`head -c ${SYSTEM.length} "$root/run/plait/disk/slot-b" | sha256sum`);
  assert.match(slot, sha256(SYSTEM));
});

function inLan({ shell, files }: Scene, before: readonly string[], command = 'false'): Promise<string> {
  const script = ['set -e', `cd ${files}`, ...before, `${command} -s -m 30`].join('\n');
  return shell.run(`far 0 sh <<'END'\n${script}\nEND`);
}

real('of other bytes than were named are thrown away, and the right ones still taken', async (scene) => {
  const { shell, files, bundle } = scene;
  const before = await written(scene);
  const { help } = await listen(scene);
  const [auth = '', file = '', sum = '', put = ''] = help.split('\n').filter((line) => line.startsWith('  '));
  const wrong = [auth, file, `sum=${'0'.repeat(64)}`];
  assert.match(
    await inLan(scene, wrong, put),
    /another SHA-256 than 0{64}: [0-9a-f]{64}; nothing of it is kept/,
  );
  writeFileSync(join(files, 'big'), Buffer.alloc(SLOT_LIMIT + 1_000_001));
  assert.match(await inLan(scene, [auth, file, 'file=big', sum], put), /3\.0 MB, more than the 3\.0 MB/);
  // Not signed: refused by the checks that all bundles meet.
  const other = Buffer.from(bundle);
  other[other.length - 1000] = 1;
  writeFileSync(join(files, 'other'), other);
  assert.match(await inLan(scene, [auth, file, 'file=other', sum], put), /upgrade \d+ failed: .*damaged/);
  assert.match(await ended(scene), /damaged.*nothing was changed\n$/);
  assert.is(await written(scene), before);
  assert.is((await shell.run('ls "$root/run/plait/upgrade"')).trim(), '');
});

real('go on beside clients that hold the port, and noise ends nothing', async (scene) => {
  const { shell } = scene;
  const pid = await agent(scene);
  const before = await written(scene);
  const { help, token, url } = await listen(scene);
  await shell.run(`far 0 '${process.execPath}' '${CLIENT}' slow ${url} 60 >"$folder/slow" & slow=$!`);
  const { statuses } = JSON.parse(await hostile(scene, 'noise', url, token, 150, 3));
  assert.ok(statuses[400] > 5 && statuses[404] > 0 && statuses[200] > 0, JSON.stringify(statuses));
  await shell.run('wait $slow');
  const { longest } = JSON.parse(await shell.run('cat "$folder/slow"')) as { longest: number };
  assert.ok(longest < 30_000, `${longest} ms`);
  assert.is((await job(scene)).state, 'receiving');
  assert.is(await written(scene), before);
  const { memory } = await shell.status();
  assert.ok(memory.agentKiB < 14_000, `${memory.agentKiB} KiB`);
  const commands = help.split('\n').filter((line) => line.startsWith('  '));
  assert.match(await inLan(scene, commands.slice(0, 3), commands[3]), /was checked/);
  assert.match(await ended(scene), /is in slot b/);
  assert.is(await agent(scene), pid);
});

real('end with five wrong tokens, and no token is in the log or in a file', async (scene) => {
  const { shell } = scene;
  const before = await written(scene);
  const { token, url } = await listen(scene);
  for (let round = 0; round < 5; round++)
    await shell.run(`far 0 curl -s -m 5 -H 'Authorization: Bearer ${'0'.repeat(32)}' ${url}`);
  assert.match(await ended(scene), /5 requests had a wrong token, and uploads are closed/);
  await mustNotConnect(scene, 0, '192.168.50.1');
  assert.is(await written(scene), before);
  assert.is((await shell.run(`grep -rl ${token} "$root/run" "$root/data" || true`)).trim(), '');
});

real.run();

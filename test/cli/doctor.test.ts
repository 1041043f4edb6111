// SPDX-License-Identifier: MIT
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { packageFindings, spaceFinding } from '../../src/cli/doctor/build.ts';
import type { Finding } from '../../src/cli/doctor/check.ts';
import { kvmFinding, nodeFinding, systemFinding } from '../../src/cli/doctor/machine.ts';
import { run } from '../../src/cli/run.ts';
import { loadBoard } from '../../src/image/board.ts';
import type { HostSystem } from '../../src/image/host-packages.ts';
import { scratch } from '../image/scratch.ts';

const machine = suite('the machine');

machine('must have a Node that is new enough', () => {
  assert.equal(nodeFinding('v20.20.2', '>=20'), { check: 'node', state: 'ok', found: 'Node 20.20.2' });
  assert.is(nodeFinding('v100.0.0', '>=20').state, 'ok');
  const old = nodeFinding('v18.19.0', '>=20');
  assert.equal([old.state, old.found], ['missing', 'Node 18.19.0; 20 or newer is wanted']);
  assert.match(old.advice ?? '', 'Node 20 or newer');
});

machine('must be a Debian', async () => {
  const of = async (text: string) => {
    const file = join(scratch(), 'os-release');
    writeFileSync(file, text);
    return (await systemFinding(file)).state;
  };
  assert.is(await of('PRETTY_NAME="Debian GNU/Linux 12"\nVERSION_ID="12"\nID=debian\n'), 'ok');
  assert.is(await of('PRETTY_NAME="Debian GNU/Linux trixie/sid"\nID=debian\n'), 'ok');
  assert.is(await of('VERSION_ID="11"\nID=debian\n'), 'note');
  assert.is(await of('ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n'), 'note');
  assert.is(await of('ID=fedora\nVERSION_ID=41\n'), 'missing');
  assert.is((await systemFinding('/nowhere/os-release')).state, 'missing');
});

machine('need not have KVM', async () => {
  assert.match((await kvmFinding('/nowhere/kvm')).found, '/nowhere/kvm is not there; not needed');
  assert.match((await kvmFinding('/dev/null')).found, '/dev/null can be used');
});

machine('must have the Debian packages, or a user who may install them', async () => {
  const board = await loadBoard('alix');
  const engine = { name: 'fake', hostPackages: ['gcc', 'make'], plan: () => Promise.reject(new Error()) };
  const host = (facts: Partial<HostSystem>): HostSystem => ({
    mayInstall: true,
    installed: async (names) => names.filter((name) => name !== 'gcc'),
    rootPrefix: async () => [],
    mayRun: () => Promise.reject(new Error('nobody is asked')),
    run: () => Promise.reject(new Error('nothing is run')),
    ...facts,
  });
  const of = async (facts: Partial<HostSystem>) => (await packageFindings([board], engine, host(facts)))[0];
  assert.equal(await of({}), {
    check: 'packages',
    state: 'note',
    found: 'missing: gcc; a build installs them',
  });
  const wanted = {
    check: 'packages',
    state: 'missing',
    found: 'missing: gcc',
    advice: 'sudo apt-get install --yes --no-install-recommends gcc',
  };
  assert.equal(await of({ rootPrefix: async () => undefined }), wanted);
  assert.equal(await of({ mayInstall: false }), wanted);
  assert.is((await of({ installed: async (names) => [...names] }))?.state, 'ok');
});

machine('must have room, less for a warm build', async () => {
  const cold = join(scratch(), 'not/yet');
  assert.is((await spaceFinding(cold, async () => 5e9)).state, 'ok');
  const little = await spaceFinding(cold, async () => 1e9);
  assert.equal(
    [little.state, little.found],
    ['missing', `1.0 GB free in ${cold}; a cold build needs 4.0 GB, a warm one 600.0 MB`],
  );
});

machine.run();

const verb = suite('plait doctor');

/** As it is typed, with a cache and keys of its own. */
async function doctor(args: readonly string[], env: Record<string, string> = {}) {
  const dir = scratch();
  const places = { PLAIT_CACHE: join(dir, 'cache'), PLAIT_KEYS: join(dir, 'keys'), ...env };
  const before = { ...process.env };
  const { log } = console;
  let out = '';
  console.log = (text: string) => {
    out += text;
  };
  Object.assign(process.env, places);
  try {
    const code = await run(['doctor', '--json', ...args]);
    const exitCode = code || Number(process.exitCode ?? 0);
    const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: Finding[] };
    const of = (check: string) => findings.find((one) => one.check === check);
    return { exitCode, ok, of, places };
  } finally {
    process.exitCode = undefined;
    console.log = log;
    for (const name of Object.keys(places)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

verb('changes nothing, and says that a key will be made', async () => {
  const { of, places } = await doctor(['--offline']);
  assert.match(of('key')?.found ?? '', /no signing key in .* yet; the first build makes one/);
  assert.is(of('mirror'), undefined);
  for (const place of Object.values(places)) assert.not.ok(existsSync(place));
});

verb('gives up on a mirror that is silent, at its deadline', async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const mirror = `http://127.0.0.1:${port}/debian`;
  try {
    const { exitCode, ok, of } = await doctor(['--timeout', '1'], { PLAIT_DEBIAN_MIRROR: mirror });
    assert.equal([exitCode, ok], [1, false]);
    assert.is(of('mirror')?.found, `${mirror} does not answer within 1 s`);
    assert.match(of('mirror')?.advice ?? '', 'PLAIT_DEBIAN_MIRROR');
  } finally {
    silent.close();
  }
});

verb('tells of all that a build would refuse', async () => {
  const env = { SOURCE_DATE_EPOCH: 'yesterday', PLAIT_CACHE: '/tmp/with a blank', PLAIT_KEY: '/nowhere/key' };
  const { exitCode, of } = await doctor(['--offline'], env);
  assert.is(exitCode, 1);
  assert.match(of('date')?.found ?? '', "SOURCE_DATE_EPOCH is 'yesterday'");
  assert.match(of('space')?.found ?? '', 'has a blank in its path');
  assert.match(of('key')?.found ?? '', '/nowhere/key');
});

verb.run();

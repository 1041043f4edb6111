// SPDX-License-Identifier: MIT
/** plait check, plan and cache, as typed. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lockCache } from '../../src/image/lock.ts';
import { scratch } from '../image/scratch.ts';

const plait = fileURLToPath(new URL('../../bin/plait.mjs', import.meta.url));
const example = (name: string) =>
  fileURLToPath(new URL(`../../src/appliance/examples/${name}.yaml`, import.meta.url));
const cache = scratch();

function run(args: string[], stdin = ''): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, PLAIT_CACHE: cache }, timeout: 300_000 };
    const child = execFile('node', [plait, ...args], options, (error, out, err) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, out, err });
    });
    child.stdin?.end(stdin);
  });
}

const files = suite('plait check and plan');

files('say of a right file that it is right, and of a wrong one all that is wrong', async () => {
  assert.equal(await run(['check', '-'], 'version: 1\nlan: { ports: [eth0], address: 10.0.0.1/24 }\n'), {
    code: 0,
    out: '- is right\n',
    err: '',
  });
  const wrong = await run(['check', '-'], 'version: 1\nlann: {}\n');
  assert.equal([wrong.code, wrong.out], [1, '']);
  assert.match(wrong.err, /lan is missing/);
  assert.match(wrong.err, /line 2: lann /);
  const json = await run(['check', '--json', '-'], 'version: 1\nlann: {}\n');
  assert.equal([json.code, JSON.parse(json.out).ok, json.err], [1, false, '']);
});

files('show what a file means, with the lease that is given', async () => {
  const without = await run(['plan', example('router')]);
  assert.equal([without.code, without.err], [0, '']);
  assert.not.match(without.out, '192.0.2.77');
  const leased = await run(['plan', example('router'), '--lease', 'wan=192.0.2.77/24,192.0.2.1']);
  assert.match(leased.out, /address .*192\.0\.2\.77\/24/);
  const dead = await run(['plan', example('router'), '--dead', 'wna']);
  assert.equal([dead.code, dead.err], [2, 'plait: --dead: there is no uplink wna; uplinks: wan\n']);
});

files.run();

const cleaning = suite('plait cache');

cleaning('shows sizes by kind and removes what is old, but not while a build runs', async () => {
  const part = (name: string, days: number) => {
    const dir = join(cache, 'stages', name);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'entry.json'), 'x'.repeat(100_000));
    const used = new Date(Date.now() - days * 86_400_000);
    utimesSync(join(dir, 'entry.json'), used, used);
    return dir;
  };
  const [old, fresh] = [part('kernel-1', 40), part('kernel-2', 1)];
  const { kinds, bytes } = JSON.parse((await run(['cache', '--json'])).out);
  assert.equal([kinds[0].kind, kinds[0].parts], ['stages', 2]);
  assert.ok(bytes >= 200_000);
  assert.is((await run(['cache', 'clean'])).err, 'plait: say what to remove: --older-than 30d, or --all\n');
  const release = await lockCache(cache, 'a build', () => {});
  const refused = await run(['cache', 'clean', '--all']);
  await release();
  assert.is(refused.code, 1);
  assert.match(refused.err, 'another build uses the cache');
  assert.ok(existsSync(old));
  assert.match((await run(['cache', 'clean', '--older-than', '30d'])).out, /^removed .* in 1 parts\n$/);
  assert.equal([existsSync(old), existsSync(fresh)], [false, true]);
  await run(['cache', 'clean', '--all']);
  assert.not.ok(existsSync(fresh));
});

cleaning.run();

// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeBundle } from '../../src/image/bundle/bundle.ts';
import { signingKey } from '../../src/image/bundle/signing-key.ts';
import { scratch } from '../image/scratch.ts';

const plait = fileURLToPath(new URL('../../bin/plait.mjs', import.meta.url));

const dir = scratch();
const at = (name: string) => join(dir, name);
const key = await signingKey(dir);
const other = await signingKey(at('other'));
const bundle = await makeBundle(
  {
    board: { name: 'alix', title: 'PC Engines ALIX' },
    version: '1.2.3',
    slot: Buffer.alloc(1_200_000, 7),
    epoch: 1_700_000_000,
  },
  key,
);
const changed = Buffer.from(bundle);
changed[changed.length - 600_000] = 8;

writeFileSync(at('good.swu'), bundle);
writeFileSync(at('short.swu'), bundle.subarray(0, 5000));
writeFileSync(at('changed.swu'), changed);
writeFileSync(at('update.pem'), key.publicPem);
writeFileSync(at('other.pem'), other.publicPem);
writeFileSync(at('noise.pem'), 'nothing of the kind');

function run(...args: string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile('node', [plait, 'bundle', ...args], { cwd: dir, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr });
    });
  });
}

const verify = suite('plait bundle verify');

verify('says of a good bundle what it is', async () => {
  const { code, stdout } = await run('verify', 'good.swu', '--key', 'update.pem');
  assert.is(stdout, 'good.swu: signed with this key\nversion 1.2.3 for alix\nplait-alix.squashfs, 1.2 MB\n');
  assert.is(code, 0);
});

verify('says the same as JSON', async () => {
  const { stdout } = await run('verify', 'good.swu', '--key', 'update.pem', '--json');
  const images = [{ name: 'plait-alix.squashfs', size: 1_200_000 }];
  assert.equal(JSON.parse(stdout), { ok: true, version: '1.2.3', hardware: 'alix', images });
});

/** Expects one sentence on standard error, nothing else, and the exit code. */
function refuses(args: string[], code: number, sentence: string): void {
  verify(`${args.join(' ')}: ${sentence}`, async () => {
    const result = await run(...args);
    assert.match(result.stderr, sentence);
    assert.is(result.stderr.trimEnd().split('\n').length, 1);
    assert.is(result.stdout, '');
    assert.is(result.code, code);
  });
}

refuses(['verify', 'good.swu', '--key', 'other.pem'], 1, 'good.swu: the signature is not made with the key');
refuses(['verify', 'short.swu', '--key', 'update.pem'], 1, 'short.swu: cpio: cut short');
refuses(['verify', 'changed.swu', '--key', 'update.pem'], 1, 'wrong checksum of plait-alix.squashfs');
refuses(['verify', 'update.pem', '--key', 'update.pem'], 1, 'update.pem: cpio: no entry at offset 0');
refuses(['verify', 'none.swu', '--key', 'update.pem'], 2, 'plait: bundle: there is no file none.swu\n');
refuses(['verify', '.', '--key', 'update.pem'], 2, 'plait: bundle: . is a directory, not a file\n');
refuses(['verify', 'good.swu', '--key', 'none.pem'], 2, 'plait: --key: there is no file none.pem\n');
refuses(['verify', 'good.swu', '--key', 'noise.pem'], 2, 'noise.pem is not a public key in PEM form');
refuses(['verify', 'good.swu', '--key', 'update.key'], 2, 'update.key is a private key');
refuses(['verify', 'good.swu'], 2, "required option '--key <file>' not specified");

verify.run();

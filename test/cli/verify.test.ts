// SPDX-License-Identifier: MIT
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../../src/cli/run.ts';
import { makeBundle } from '../../src/image/bundle/bundle.ts';
import type { SigningKey } from '../../src/image/bundle/key.ts';
import { signingKey } from '../../src/image/bundle/signing-key.ts';
import { hashFile } from '../../src/image/cache.ts';
import { signStatement } from '../../src/image/provenance/dsse.ts';
import { provenance } from '../../src/image/provenance/statement.ts';
import { scratch } from '../image/scratch.ts';

const keys = scratch();
const own = await signingKey(keys);
const strange = await signingKey(scratch());

/** A directory as a build publishes it; `names` are what the provenance tells of besides its own files. */
async function published(
  key: SigningKey = own,
  bundleKey = key,
  names: readonly string[] = [],
): Promise<string> {
  const dir = scratch();
  const slot = Buffer.from('hsqs and so on');
  const board = { name: 'alix', title: 'ALIX' };
  const files = {
    'plait-alix.img': Buffer.alloc(70_000, 7),
    'plait-alix.swu': await makeBundle({ board, version: '1.2.3', slot, epoch: 1_700_000_000 }, bundleKey),
    'update.pem': key.publicPem,
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(dir, name), bytes);
  const subjects = [];
  for (const name of Object.keys(files)) subjects.push({ name, sha256: await hashFile(join(dir, name)) });
  const statement = provenance({
    ...{ board: 'alix', version: '1.2.3', engine: { name: 'debian' }, revision: 'a'.repeat(40) },
    ...{ buildId: '0123456789ab', epoch: 1, packages: [], others: [], machine: {}, keyId: 'k' },
    subjects: [...subjects, ...names.map((name) => ({ name, sha256: 'ab'.repeat(32) }))],
  });
  writeFileSync(
    join(dir, 'provenance.intoto.jsonl'),
    `${JSON.stringify(await signStatement(statement, key))}\n`,
  );
  writeFileSync(join(dir, 'manifest.json'), '{"board":"alix"}');
  mkdirSync(join(dir, 'licenses'));
  return dir;
}

/** As it is typed, with this user's keys. */
async function told(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { log } = console;
  const said = { code: 0, out: '', err: '' };
  console.log = (text: string) => {
    said.out += `${text}\n`;
  };
  process.env.PLAIT_KEYS = keys;
  try {
    said.code = await run(['verify', ...args], {
      writeErr: (text) => {
        said.err += text;
      },
    });
    return said;
  } finally {
    console.log = log;
    delete process.env.PLAIT_KEYS;
  }
}

const verb = suite('plait verify');

verb('says of each file that it is right, and what the signature does not cover', async () => {
  const { code, out, err } = await told(await published());
  assert.equal([code, err], [0, '']);
  assert.match(out, /^plait 1\.2\.3 for alix, commit aaaaaaaaaaaa$/m);
  for (const name of ['plait-alix.img', 'plait-alix.swu', 'update.pem'])
    assert.match(out, new RegExp(`^${name} +right$`, 'm'));
  for (const name of ['manifest.json', 'licenses/'])
    assert.match(out, new RegExp(`^${name} +not covered by the signature$`, 'm'));
  assert.match(out, 'update bundle: version 1.2.3 for alix, signature and hashes are right');
});

verb('takes a part of it, as somebody downloads it', async () => {
  const dir = await published();
  rmSync(join(dir, 'plait-alix.swu'));
  const { code, out } = await told(dir, '--json');
  const { ok, files } = JSON.parse(out) as { ok: boolean; files: { name: string; state: string }[] };
  assert.equal([code, ok], [0, true]);
  assert.equal(files[1], { name: 'plait-alix.swu', state: 'absent' });
  for (const name of ['plait-alix.img', 'update.pem']) rmSync(join(dir, name));
  assert.is((await told(dir)).code, 1, 'nothing that is there was checked');
});

verb('names a file that is not what was signed', async () => {
  for (const name of ['plait-alix.img', 'plait-alix.swu', 'update.pem']) {
    const dir = await published();
    appendFileSync(join(dir, name), 'x');
    const { code, out, err } = await told(dir);
    assert.match(out, new RegExp(`^${name} +ALTERED$`, 'm'));
    assert.equal([code, err], [1, `plait: ${dir} is not what was signed\n`]);
  }
});

verb('does not take a link for a file', async () => {
  const dir = await published();
  const image = join(dir, 'plait-alix.img');
  copyFileSync(image, join(dir, 'elsewhere'));
  rmSync(image);
  symlinkSync('elsewhere', image);
  assert.match((await told(dir)).out, /^plait-alix\.img +ALTERED$/m);
});

verb('believes no other key, although it lies beside the image', async () => {
  const dir = await published(strange);
  const { code, err } = await told(dir);
  assert.match(err, 'signed with none of the keys that are trusted here');
  assert.is(code, 1);
  assert.is((await told(dir, '--key', join(dir, 'update.pem'))).code, 0, 'unless it is named');
});

verb('looks into the bundle too, as the board does', async () => {
  const { code, err } = await told(await published(own, strange));
  assert.match(err, 'plait-alix.swu: the signature is not made with the key');
  assert.is(code, 1);
});

verb('refuses a provenance that was changed, is none, or leads elsewhere', async () => {
  const dir = await published();
  const file = join(dir, 'provenance.intoto.jsonl');
  const envelope = JSON.parse(readFileSync(file, 'utf8')) as { payload: string };
  const payload = Buffer.from(
    Buffer.from(envelope.payload, 'base64').toString().replace('"alix"', '"apu"'),
  ).toString('base64');
  writeFileSync(file, JSON.stringify({ ...envelope, payload }));
  assert.match((await told(dir)).err, 'or it was changed');
  for (const text of [
    '',
    '{}',
    'null',
    '[]',
    '{"payloadType":"application/vnd.in-toto+json","payload":"","signatures":[null]}',
  ]) {
    writeFileSync(file, text);
    const { code, err } = await told(dir);
    assert.equal(
      [code, err],
      [1, 'plait: the provenance is not an in-toto statement in a DSSE envelope\n'],
      text,
    );
  }
  writeFileSync(file, JSON.stringify(await signStatement({ subject: [] }, own)));
  assert.match((await told(dir)).err, 'says nothing of an image of Plait');
  assert.match(
    (await told(await published(own, own, ['../../etc/passwd']))).err,
    'names a file that cannot be one',
  );
});

verb('says what is missing where there is nothing to check, or nothing to check with', async () => {
  const empty = scratch();
  const none = await told(empty);
  assert.equal(
    [none.code, none.err],
    [2, `plait: ${empty} holds no provenance.intoto.jsonl: it is no directory of an image\n`],
  );
  process.env.PLAIT_KEYS = scratch();
  const err = { text: '' };
  const code = await run(['verify', await published()], { writeErr: (text) => (err.text += text) });
  delete process.env.PLAIT_KEYS;
  assert.is(code, 2);
  assert.match(err.text, 'name the public key of who built it by --key FILE');
});

verb.run();

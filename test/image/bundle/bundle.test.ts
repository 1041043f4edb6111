// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeBundle, verifyBundle } from '../../../src/image/bundle/bundle.ts';
import { signingKey } from '../../../src/image/bundle/signing-key.ts';
import { cpioArchive, readCpio } from '../../../src/image/cpio.ts';
import { needs } from '../needs.ts';
import { scratch } from '../scratch.ts';

await needs('cpio', 'openssl');

const keys = scratch();
const key = await signingKey(keys);
const contents = {
  board: { name: 'alix', title: 'PC Engines ALIX' },
  version: '1.2.3',
  slot: Buffer.from('hsqs and so on'),
  epoch: 1_700_000_000,
};
const bundle = await makeBundle(contents, key);

const made = suite('update bundle');

made('checks out with the public key and says what it is for', () => {
  assert.equal(verifyBundle(bundle, key.publicPem), {
    version: '1.2.3',
    hardware: 'alix',
    images: [{ name: 'plait-alix.squashfs', size: 14 }],
  });
});

made('begins with the description and its signature, as SWUpdate reads it in one pass', () => {
  const names = readCpio(bundle).map(({ name }) => name);
  assert.equal(names, ['sw-description', 'sw-description.sig', 'plait-alix.squashfs']);
});

made('has a set for each slot that names only that slot', () => {
  const text = Buffer.from(readCpio(bundle)[0]?.data ?? []).toString();
  const sets = [...text.matchAll(/(slot-[ab]): \{[\s\S]*?device = "([^"]+)"/g)].map((m) => [m[1], m[2]]);
  assert.equal(sets, [
    ['slot-a', '/run/plait/disk/slot-a'],
    ['slot-b', '/run/plait/disk/slot-b'],
  ]);
});

made('is the same bytes when made again', async () => {
  assert.ok((await makeBundle(contents, key)).equals(bundle));
});

made('is verified by openssl alone, as the README shows', () => {
  const dir = scratch();
  execFileSync('cpio', ['--extract', '--quiet'], { cwd: dir, input: bundle });
  writeFileSync(join(dir, 'update.pem'), key.publicPem);
  const argv = [
    'dgst',
    '-sha256',
    '-verify',
    'update.pem',
    '-signature',
    'sw-description.sig',
    'sw-description',
  ];
  assert.match(execFileSync('openssl', argv, { cwd: dir }).toString(), /Verified OK/);
});

made('is refused with another key, changed, incomplete or in another order', () => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
  const pem = other.export({ type: 'spki', format: 'pem' }).toString();
  assert.throws(() => verifyBundle(bundle, pem), /signature is not made with the key/);
  const [description, signature, image] = readCpio(bundle);
  if (!description || !signature || !image) throw new Error('the bundle lacks an entry');
  const again = (...entries: (typeof image)[]) => cpioArchive(entries, 'crc', 0);
  const forged = { ...image, data: Buffer.from('hsqs and so on!') };
  assert.throws(
    () => verifyBundle(again(description, signature, forged), key.publicPem),
    /is not the image that was signed/,
  );
  const text = Buffer.from(Buffer.from(description.data).toString().replace('1.2.3', '9.9.9'));
  assert.throws(
    () => verifyBundle(again({ ...description, data: text }, signature, image), key.publicPem),
    /signature/,
  );
  assert.throws(
    () => verifyBundle(again(description, signature), key.publicPem),
    /plait-alix\.squashfs is missing/,
  );
  assert.throws(
    () => verifyBundle(again(image, description, signature), key.publicPem),
    /not an update bundle/,
  );
  assert.throws(() => verifyBundle(bundle.subarray(0, 900), key.publicPem), /cut short/);
});

made.run();

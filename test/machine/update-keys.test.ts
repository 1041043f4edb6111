// SPDX-License-Identifier: MIT
/**
 * The signing key is changed over three releases. Each bundle is checked on the emulated board, by the SWUpdate and the
 * script of the shipped image, with the keys that a release of that kind has.
 */

import * as assert from 'uvu/assert';
import { makeBundle } from '../../src/image/bundle/bundle.ts';
import type { SigningKey } from '../../src/image/bundle/key.ts';
import { fingerprint, keyFiles, keysFolder } from '../../src/image/bundle/public-key.ts';
import { signingKey } from '../../src/image/bundle/signing-key.ts';
import { emulatorPackages } from '../../src/machine/firmware.ts';
import { needs } from '../image/needs.ts';
import { scratch } from '../image/scratch.ts';
import { suite } from '../support/suite.ts';
import { Guest, SECONDS } from './guest.ts';
import { type ShippedImage, shippedImage } from './images.ts';

await needs(...emulatorPackages('bios'));

const [oldKey, newKey, strange] = [await aKey(), await aKey(), await aKey()];

function aKey(): Promise<SigningKey> {
  return signingKey(scratch());
}

const changing = suite<{ image: ShippedImage; board: Guest }>('changing the signing key');

changing.before(async (scene) => {
  scene.image = await shippedImage('alix');
  scene.board = await Guest.start({ name: 'update-keys', image: scene.image, plugs: [{ to: 'nothing' }] });
  await scene.board.boot();
});
changing.after(async ({ board }) => {
  await board?.stop();
});

/** Makes the board one that runs a release which trusts these keys. */
async function runRelease(board: Guest, ...trusted: SigningKey[]): Promise<void> {
  await board.ask(`umount /${keysFolder} 2>/dev/null; rm -rf /run/keys; mkdir /run/keys`);
  for (const [name, pem] of keyFiles(trusted.map(({ publicPem }) => publicPem)))
    await board.shell.writeFile(`/run/keys/${name}`, pem);
  await board.ask(`mount -o bind /run/keys /${keysFolder}`);
}

/** What the board says of a bundle: the fingerprint of the key that it takes it by, or what is wrong. */
async function verdict(board: Guest, bundle: Buffer): Promise<string> {
  const lines = bundle.toString('base64').replace(/.{76}/g, '$&\n');
  await board.shell.writeFile('/run/update.b64', `${lines}\n`);
  await board.ask('base64 -d /run/update.b64 > /run/update.swu');
  const { output, exitCode } = await board.shell.run('/usr/lib/plait/bundle-key /run/update.swu', {
    timeout: 60 * SECONDS,
  });
  return exitCode === 0 ? output.trim().replace(`/${keysFolder}/`, '').replace('.pem', '') : output.trim();
}

function bundleOf(
  { board }: ShippedImage,
  version: string,
  key: SigningKey,
  name = board.name,
): Promise<Buffer> {
  const slot = Buffer.from(`hsqs of release ${version}`);
  return makeBundle({ board: { name, title: board.title }, version, slot, epoch: 1_700_000_000 }, key);
}

const short = ({ publicPem }: SigningKey) => fingerprint(publicPem).slice(0, 16);
const REFUSED = /is signed with none of the keys/;

changing('the image trusts the key that it was signed with', async ({ board, image }) => {
  const bundle = await bundleOf(image, '2', strange);
  assert.match(await board.ask(`ls /${keysFolder}`), /^[0-9a-f]{16}\.pem$/m);
  assert.match(await verdict(board, bundle), REFUSED);
});

changing('release 1 takes what the old key signs, and nothing of another', async ({ board, image }) => {
  await runRelease(board, oldKey);
  assert.is(await verdict(board, await bundleOf(image, '2', oldKey)), short(oldKey));
  assert.match(await verdict(board, await bundleOf(image, '3', newKey)), REFUSED);
});

changing('release 2, signed with the old key, takes what either signs', async ({ board, image }) => {
  await runRelease(board, oldKey, newKey);
  assert.is(await verdict(board, await bundleOf(image, '3', newKey)), short(newKey));
  assert.is(await verdict(board, await bundleOf(image, '2.1', oldKey)), short(oldKey));
  assert.match(await verdict(board, await bundleOf(image, '3', strange)), REFUSED);
});

changing('a bundle that is altered, or of another board, is taken with no key', async ({ board, image }) => {
  const bundle = await bundleOf(image, '3', newKey);
  for (const [from, to] of [
    ['hsqs', 'hsqx'],
    ['version = "3"', 'version = "9"'],
  ] as const) {
    const altered = Buffer.from(bundle);
    const at = altered.lastIndexOf(from);
    assert.ok(at > 0);
    altered.write(to, at);
    assert.match(await verdict(board, altered), REFUSED);
  }
  assert.match(await verdict(board, await bundleOf(image, '3', newKey, 'apu')), 'not for board alix');
});

changing(
  'release 3, signed with the new key, no longer takes what the old one signs',
  async ({ board, image }) => {
    await runRelease(board, newKey);
    assert.is(await verdict(board, await bundleOf(image, '4', newKey)), short(newKey));
    assert.match(await verdict(board, await bundleOf(image, '4', oldKey)), REFUSED);
  },
);

changing.run();

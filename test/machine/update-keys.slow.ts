// SPDX-License-Identifier: MIT
/**
 * The signing key is changed over three releases, each bundle checked by the SWUpdate and the script of the real image: the
 * 64-bit board's, whose programs run on this machine as they are.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeBundle } from '../../src/image/bundle/bundle.ts';
import { fingerprint, keyFiles, keysFolder } from '../../src/image/bundle/public-key.ts';
import { signingKey } from '../../src/image/bundle/signing-key.ts';
import { readLayout } from '../../src/image/disk/layout.ts';
import { needs } from '../image/needs.ts';
import { scratch } from '../image/scratch.ts';
import { shippedImage } from './images.ts';

await needs('util-linux');

const { board, file, manifest } = await shippedImage('apu');
const root = await unpackSlot();
const [oldKey, newKey, strange] = await Promise.all([1, 2, 3].map(() => signingKey(scratch())));
if (!oldKey || !newKey || !strange) throw new Error('keys are missing');

/** The root file system of the image's first slot. */
async function unpackSlot(): Promise<string> {
  const { partitions } = await readLayout(board);
  const slot = Buffer.alloc(manifest.slot.size);
  readSync(openSync(file, 'r'), slot, 0, slot.length, partitions['slot-a'].start * 512);
  const dir = scratch();
  writeFileSync(join(dir, 'slot'), slot);
  // Only root may make device nodes; what is checked here needs none but /dev/null.
  spawnSync('unsquashfs', ['-quiet', '-no-progress', '-dest', join(dir, 'root'), join(dir, 'slot')]);
  const made = join(dir, 'root');
  writeFileSync(join(made, 'dev/null'), '');
  chmodSync(join(made, 'tmp'), 0o777);
  return made;
}

/** Makes the image's root that of a release: the keys that it trusts. */
function runRelease(...trusted: { publicPem: string }[]): void {
  const dir = join(root, keysFolder);
  rmSync(dir, { recursive: true });
  mkdirSync(dir);
  for (const [name, pem] of keyFiles(trusted.map(({ publicPem }) => publicPem)))
    writeFileSync(join(dir, name), pem);
}

interface Contents {
  readonly version: string;
  readonly board?: string;
}

/** What the board says of a bundle: the fingerprint of the key that it takes it by, or what is wrong. */
async function verdict(key: typeof oldKey, contents: Contents, alter = (bytes: Buffer) => bytes) {
  if (!key) throw new Error('no key');
  const { version, board: name = board.name } = contents;
  const slot = Buffer.from(`hsqs of release ${version}`);
  const bundle = await makeBundle(
    { board: { name, title: board.title }, version, slot, epoch: 1_700_000_000 },
    key,
  );
  writeFileSync(join(root, 'tmp/update.swu'), alter(bundle));
  const chroot = ['chroot', root, '/usr/lib/plait/bundle-key', '/tmp/update.swu'];
  const argv = process.getuid?.() === 0 ? chroot : ['unshare', '--map-root-user', ...chroot];
  const { status, stdout, stderr } = spawnSync(argv[0] ?? '', argv.slice(1), {
    encoding: 'utf8',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    timeout: 60_000,
  });
  return status === 0 ? stdout.trim().replace(`/${keysFolder}/`, '').replace('.pem', '') : stderr.trim();
}

const short = (key: { publicPem: string }) => fingerprint(key.publicPem).slice(0, 16);

const changing = suite('changing the signing key');

changing('the image trusts the key that it was signed with', () => {
  const list = execFileSync('unsquashfs', ['-l', join(root, '../slot'), keysFolder]).toString();
  assert.match(list, new RegExp(`${keysFolder}/[0-9a-f]{16}\\.pem`));
});

changing('release 1 takes what the old key signs, and nothing of another', async () => {
  runRelease(oldKey);
  assert.is(await verdict(oldKey, { version: '2' }), short(oldKey));
  assert.match(await verdict(newKey, { version: '3' }), 'is signed with none of the keys');
  assert.match(await verdict(strange, { version: '2' }), 'is signed with none of the keys');
});

changing('release 2, signed with the old key, takes what either signs', async () => {
  runRelease(oldKey, newKey);
  assert.is(await verdict(newKey, { version: '3' }), short(newKey));
  assert.is(await verdict(oldKey, { version: '2.1' }), short(oldKey));
  assert.match(await verdict(strange, { version: '3' }), 'is signed with none of the keys');
});

changing('release 3, signed with the new key, no longer takes what the old one signs', async () => {
  runRelease(newKey);
  assert.is(await verdict(newKey, { version: '4' }), short(newKey));
  assert.match(await verdict(oldKey, { version: '4' }), 'is signed with none of the keys');
});

changing('a bundle that is altered, or of another board, is taken with no key', async () => {
  runRelease(oldKey, newKey);
  const alter = (from: string, to: string) => (bytes: Buffer) => {
    const at = bytes.lastIndexOf(from);
    assert.ok(at > 0);
    bytes.write(to, at);
    return bytes;
  };
  assert.match(
    await verdict(newKey, { version: '3' }, alter('hsqs', 'hsqx')),
    'is signed with none of the keys',
  );
  assert.match(
    await verdict(newKey, { version: '3' }, alter('version = "3"', 'version = "9"')),
    'is signed with none of the keys',
  );
  assert.match(await verdict(newKey, { version: '3', board: 'alix' }), 'not for board apu');
});

changing.run();

// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { KeyChoice } from '../../../src/image/bundle/key.ts';
import { fingerprint, keyFiles, readPublicKey, trustedKeys } from '../../../src/image/bundle/public-key.ts';
import { keyDir, keyLines, signingKey } from '../../../src/image/bundle/signing-key.ts';
import { needs } from '../needs.ts';
import { scratch } from '../scratch.ts';

await needs('softhsm2', 'openssl', 'opensc', 'libengine-pkcs11-openssl');

const data = Buffer.from('what is signed');
const pkcs8 = { type: 'pkcs8', format: 'pem' } as const;

async function refused(dir: string, message: RegExp, choice: KeyChoice = {}): Promise<void> {
  const error = await signingKey(dir, choice).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  assert.is(error?.name, 'UsageError');
  assert.match(error?.message ?? 'nothing was thrown', message);
}

/** Writes a private key as it should lie. */
function written(pem: string | Buffer): { dir: string; path: string } {
  const dir = scratch();
  const path = join(dir, 'update.key');
  writeFileSync(path, pem, { mode: 0o600 });
  return { dir, path };
}

const making = suite('a signing key of one’s own');

making('is made once, said to be new by the call that made it, and then the same', async () => {
  const dir = join(scratch(), 'keys');
  const [first, second] = [await signingKey(dir), await signingKey(dir)];
  assert.is(second.publicPem, first.publicPem);
  assert.equal([first.isNew, second.isNew], [true, false]);
  assert.is(statSync(join(dir, 'update.key')).mode & 0o777, 0o600);
  assert.is(statSync(dir).mode & 0o777, 0o700);
});

making('is told of with its fingerprint and what it means for boards in the field', async () => {
  const key = await signingKey(scratch());
  const text = keyLines(key).join('\n');
  assert.match(text, `NEW SIGNING KEY ${fingerprint(key.publicPem)}`);
  assert.match(text, /refuse this bundle/);
  assert.is(keyLines({ ...key, isNew: false }).length, 1);
});

making('is never made when one is required or named', async () => {
  const dir = scratch();
  await refused(dir, /there is no signing key .*, and none may be made/, { mustExist: true });
  await refused(dir, /there is no signing key \/nowhere\/key/, { key: '/nowhere/key' });
  assert.not(existsSync(join(dir, 'update.key')));
});

making('is one key for builds that start at the same time', async () => {
  const dir = join(scratch(), 'new');
  const [a, b] = await Promise.all([signingKey(dir), signingKey(dir)]);
  assert.is(a.publicPem, b.publicPem);
});

making('lies where the user keeps settings, outside the cache and the sources', () => {
  assert.is(keyDir({ HOME: '/home/x', XDG_CONFIG_HOME: '/home/x/conf' }), '/home/x/conf/plait/keys');
  assert.is(keyDir({ PLAIT_KEYS: '/secure' }), '/secure');
});

making.run();

const files = suite('a signing key in a file');

files('is refused when others may read it, or put another in its place', async () => {
  const dir = scratch();
  await signingKey(dir);
  chmodSync(join(dir, 'update.key'), 0o644);
  await refused(dir, /others may read the signing key \(mode 644\)/);
  chmodSync(join(dir, 'update.key'), 0o600);
  chmodSync(dir, 0o777);
  await refused(dir, /others may write to the folder of the signing key \(mode 777\)/);
  const empty = scratch();
  chmodSync(empty, 0o770);
  await refused(empty, /others may write to the folder/);
  assert.not(existsSync(join(empty, 'update.key')), 'made in a folder of everybody');
});

files('is refused when it is none that the board’s SWUpdate checks', async () => {
  await refused(
    written(generateKeyPairSync('ed25519').privateKey.export(pkcs8)).dir,
    /must be an RSA key of 2048 bits/,
  );
  const long = generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey;
  await refused(written(long.export(pkcs8)).dir, /must be an RSA key of 2048 bits/);
  await refused(written('not a key').dir, /not a private key in PEM form/);
});

files('may have a passphrase, which is asked for', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { path } = written(privateKey.export({ ...pkcs8, cipher: 'aes-256-cbc', passphrase: 'secret' }));
  const asked: string[] = [];
  const passphrase = async (what: string) => {
    asked.push(what);
    return 'secret';
  };
  const key = await signingKey(scratch(), { key: path, passphrase });
  assert.equal(asked, [path]);
  assert.ok(verify('sha256', data, key.publicPem, await key.sign(data)));
  await refused(scratch(), /encrypted; give its passphrase by PLAIT_KEY_PASSPHRASE/, { key: path });
  await refused(scratch(), /the passphrase does not open the signing key/, {
    key: path,
    passphrase: async () => 'wrong',
  });
});

files.run();

const tokens = suite('a signing key in a token');

/** A token in software, with one RSA key. */
function token(bits: number): string {
  const dir = scratch();
  const conf = join(dir, 'softhsm2.conf');
  writeFileSync(conf, `directories.tokendir = ${dir}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  const module = '/usr/lib/softhsm/libsofthsm2.so';
  process.env.SOFTHSM2_CONF = conf;
  process.env.PKCS11_MODULE_PATH = module;
  const run = (...argv: string[]) => execFileSync(argv[0] ?? '', argv.slice(1), { stdio: 'pipe' });
  run('softhsm2-util', '--init-token', '--free', '--label', 'release', '--so-pin', '0000', '--pin', '1234');
  run(
    ...['pkcs11-tool', '--module', module, '--token-label', 'release', '--login', '--pin', '1234'],
    ...['--keypairgen', '--key-type', `rsa:${bits}`, '--label', 'update', '--id', '01'],
  );
  return 'pkcs11:token=release;object=update;type=private?pin-value=1234';
}

tokens('signs the same bytes as the key would in a file, and does not show its PIN', async () => {
  const key = await signingKey(scratch(), { key: token(2048) });
  const signature = await key.sign(data);
  assert.ok(verify('sha256', data, createPublicKey(key.publicPem), signature));
  assert.ok(signature.equals(await key.sign(data)));
  assert.is(key.isNew, false);
  assert.match(key.origin, 'pin-value=…');
  assert.not.match(keyLines(key).join('\n'), '1234');
});

tokens(
  'is refused with a sentence when it is not there, its PIN is wrong, or the board cannot check it',
  async () => {
    const uri = token(2048);
    await refused(scratch(), /the key pkcs11:.*object=none.* cannot be used: /, {
      key: uri.replace('object=update', 'object=none'),
    });
    await refused(scratch(), /cannot be used: /, { key: uri.replace('1234', '9999') });
    await refused(scratch(), /must be an RSA key of 2048 bits/, { key: token(3072) });
  },
);

tokens.run();

const trusting = suite('trusted keys');

trusting('are every *.pem of their folder, checked', async () => {
  const dir = join(scratch(), 'trusted');
  assert.equal(await trustedKeys(dir), []);
  mkdirSync(dir);
  const [a, b] = [await signingKey(scratch()), await signingKey(scratch())];
  writeFileSync(join(dir, 'b.pem'), b.publicPem);
  writeFileSync(join(dir, 'a.pem'), a.publicPem);
  writeFileSync(join(dir, 'notes.txt'), 'not a key');
  assert.equal(
    (await trustedKeys(dir)).map(({ pem }) => pem),
    [a.publicPem, b.publicPem],
  );
  for (const [text, message] of [
    ['noise', /is not a public key in PEM form/],
    [readFileSync(join((await keyFolder()).dir, 'update.key'), 'utf8'), /is a private key/],
  ] as const) {
    writeFileSync(join(dir, 'c.pem'), text);
    const error = await trustedKeys(dir).then(
      () => new Error('taken'),
      (thrown: Error) => thrown,
    );
    assert.match(error.message, message);
  }
});

trusting('have the fingerprint that openssl gives', async () => {
  const { publicPem } = await signingKey(scratch());
  const der = execFileSync('openssl', ['pkey', '-pubin', '-outform', 'DER'], { input: publicPem });
  const sum = execFileSync('sha256sum', { input: der }).toString().split(' ')[0];
  assert.is(fingerprint(publicPem), sum);
});

trusting('are one file each in the image, given once or twice', async () => {
  const { publicPem } = await signingKey(scratch());
  const files = keyFiles([publicPem, publicPem]);
  assert.equal([...files], [[`${fingerprint(publicPem).slice(0, 16)}.pem`, publicPem]]);
  const path = join(scratch(), 'key.pem');
  writeFileSync(path, publicPem);
  assert.is((await readPublicKey(path)).pem, publicPem);
});

trusting.run();

async function keyFolder(): Promise<{ dir: string }> {
  const dir = scratch();
  await signingKey(dir);
  return { dir };
}

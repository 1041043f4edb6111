// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { systemPath } from '../build-machine.ts';
import { BuildError, UsageError } from '../errors.ts';
import { ensureHostPackages, thisHost } from '../host-packages.ts';
import type { SigningKey } from './key.ts';
import { bundleKeys } from './key-kind.ts';

/** Debian packages that reach a token: OpenSSL, and its engine for PKCS #11. */
const packages = ['openssl', 'libengine-pkcs11-openssl'];

/** What a token may take, with a finger on its button. */
const patience = 60_000;

/**
 * A private key in a token or a hardware security module, named by its `pkcs11:` URI (RFC 7512): the key never leaves it.
 * The PIN comes from the URI (`pin-source`, `pin-value`), the token's module from PKCS11_MODULE_PATH or p11-kit.
 */
export async function tokenKey(uri: string): Promise<SigningKey> {
  const host = thisHost(AbortSignal.timeout(600_000), () => {});
  await ensureHostPackages(packages, host, (missing) => console.error(`installing ${missing.join(' ')} …`));
  const engine = ['-engine', 'pkcs11'];
  const name = uri.replace(/([;?&]pin-value=)[^;?&]*/g, '$1…');
  const call = (args: readonly string[], input: Buffer) =>
    openssl(args, input).catch((error: Error) => {
      throw new UsageError(`the key ${name} cannot be used: ${error.message}`);
    });
  const pem = await call(['pkey', ...engine, '-inform', 'engine', '-in', uri, '-pubout'], Buffer.alloc(0));
  const key = createPublicKey(pem);
  if (!bundleKeys.fits(key)) throw new UsageError(`${name}: the signing key must be ${bundleKeys.mustBe}`);
  return {
    origin: name,
    publicPem: key.export({ type: 'spki', format: 'pem' }).toString(),
    isNew: false,
    sign: (data) => call(['dgst', '-sha256', ...engine, '-keyform', 'engine', '-sign', uri], data),
  };
}

function openssl(args: readonly string[], input: Buffer): Promise<Buffer> {
  const { PKCS11_MODULE_PATH, SOFTHSM2_CONF, HOME } = process.env;
  const env = { PATH: systemPath, LC_ALL: 'C.UTF-8', PKCS11_MODULE_PATH, SOFTHSM2_CONF, HOME };
  const child = spawn('openssl', args, { env, timeout: patience, stdio: ['pipe', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out));
      else reject(new BuildError(lastError(said) ?? `openssl ended with status ${code}`));
    });
  });
}

/** What OpenSSL says is a stack of errors, the cause last; `Engine "pkcs11" set.` is none. */
function lastError(said: string): string | undefined {
  return said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^Engine "pkcs11" set/.test(line))
    .at(0);
}

// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { BuildError } from '../errors.ts';

/** A signed text that is not to be believed. */
export class SignatureError extends BuildError {
  override name = 'SignatureError';
  /** Nothing is wrong but that the keyring lacks the key: a newer keyring may have it. */
  readonly missingKey: boolean;

  constructor(message: string, missingKey: boolean) {
    super(message);
    this.missingKey = missingKey;
  }
}

/**
 * The text that a file with an inline signature (InRelease) signs, as gpgv gives it: what stands around it is never
 * read. At least one signature must be good and made with a key of the keyring, and none bad. Throws a SignatureError.
 */
export async function readSigned(path: string, keyring: string, signal: AbortSignal): Promise<string> {
  const text = `${path}.verified`;
  const keys = `${path}.keyring`;
  try {
    const wrapped = await readFile(path, 'latin1');
    if (!/^-----BEGIN PGP SIGNED MESSAGE-----\r?\n/.test(wrapped))
      throw new SignatureError('it is not signed', false);
    await writeFile(keys, await binaryKeyring(keyring));
    judge(await gpgvStatus(path, keys, text, signal), keyring);
    return await readFile(text, 'utf8');
  } finally {
    for (const file of [text, keys]) await rm(file, { force: true });
  }
}

/** gpgv's words for machines (`doc/DETAILS` of GnuPG): one list of words a line. */
async function gpgvStatus(
  path: string,
  keyring: string,
  output: string,
  signal: AbortSignal,
): Promise<string[][]> {
  const argv = ['--status-fd', '1', '--weak-digest', 'SHA1', '--keyring', keyring, '--output', output, path];
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  // It exits non-zero for every signature whose key is unknown; the status decides.
  const asked = promisify(execFile)('gpgv', argv, { env, signal });
  const { stdout } = await asked.catch((error: { stdout?: string; code?: unknown }) => {
    if (typeof error.code !== 'number') throw error;
    return { stdout: error.stdout ?? '' };
  });
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('[GNUPG:] '))
    .map((line) => line.slice('[GNUPG:] '.length).trim().split(' '));
}

function judge(status: readonly string[][], keyring: string): void {
  const of = (word: string) => status.filter(([first]) => first === word).map(([, key = '']) => key);
  const refuse = (why: string, missingKey = false) => {
    throw new SignatureError(why, missingKey);
  };
  if (of('ERROR').length > 0 || of('PLAINTEXT').length !== 1)
    refuse('it is not one signed text and nothing else');
  if (of('BADSIG').length > 0)
    refuse(`the signature of key ${of('BADSIG')} does not fit its text: it was changed`);
  if (of('GOODSIG').length > 0 && of('VALIDSIG').length > 0) return;
  const spent = [...of('EXPKEYSIG'), ...of('REVKEYSIG'), ...of('EXPSIG')];
  if (spent.length > 0) refuse(`it is signed with a key or signature that is expired or revoked: ${spent}`);
  if (of('NO_PUBKEY').length > 0)
    refuse(`it is signed with keys that ${keyring} does not hold: ${of('NO_PUBKEY')}`, true);
  refuse('it has no signature that can be checked');
}

/** gpgv reads binary keyrings only; apt's configuration may name one in ASCII armour. */
async function binaryKeyring(path: string): Promise<Buffer> {
  const bytes = await readFile(path).catch((error: Error) => {
    throw new BuildError(`the keyring of the Debian archive cannot be read: ${error.message}`);
  });
  const armour = /^-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(?:.*: .*\r?\n)*\r?\n([\s\S]*?)^(?:=|-----END)/m;
  const body = armour.exec(bytes.toString('latin1'))?.[1];
  return body === undefined ? bytes : Buffer.from(body, 'base64');
}

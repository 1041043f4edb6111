// SPDX-License-Identifier: MIT
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { type Command, Option } from 'commander';
import type { KeyChoice } from '../image/bundle/key.ts';
import { trustedKeys } from '../image/bundle/public-key.ts';
import { keyDir, signingKey, trustedDir } from '../image/bundle/signing-key.ts';
import type { ImageKeys } from '../image/pipeline.ts';

/** What the command line says of the key that bundles are signed with. */
export interface KeyOptions {
  readonly key?: string;
  readonly requireKey?: boolean;
}

/** Gives a verb the options of the signing key. */
export function withKeyOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--key <file>',
        'the key to sign with: a PEM file, or a pkcs11: URI (default: update.key in the folder of keys)',
      ).env('PLAIT_KEY'),
    )
    .addOption(
      new Option('--require-key', 'fail when there is no signing key, instead of making one').env(
        'PLAIT_REQUIRE_KEY',
      ),
    );
}

/** Opens the signing key, and reads the public keys of those that images trust besides. */
export async function openKeys({ key, requireKey }: KeyOptions): Promise<ImageKeys> {
  const dir = keyDir();
  const trusted = await trustedKeys(trustedDir(dir));
  const choice: KeyChoice = {
    key: key || undefined,
    mustExist: requireKey === true,
    passphrase: askPassphrase,
  };
  return { key: await signingKey(dir, choice), trusted };
}

/** $PLAIT_KEY_PASSPHRASE, else what is typed on the terminal, unseen. */
export async function askPassphrase(what: string): Promise<string | undefined> {
  const given = process.env.PLAIT_KEY_PASSPHRASE;
  if (given !== undefined) return given;
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  process.stderr.write(`passphrase of ${what}: `);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: unseen, terminal: true });
  try {
    return await new Promise<string>((resolve) => lines.question('', resolve));
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

// SPDX-License-Identifier: MIT
/** `plait bundle`: what can be done with an update bundle on this machine. */
import { Command } from 'commander';
import { type BundleFacts, verifyBundle } from '../../image/bundle/bundle.ts';
import { parsePublicKey } from '../../image/bundle/public-key.ts';
import { BuildError } from '../../image/errors.ts';
import { keysCommand } from '../bundle-keys.ts';
import { readInput } from '../inputs.ts';
import { jsonOption } from '../options.ts';

interface VerifyOptions {
  /** File with the public key. */
  readonly key: string;
  readonly json: boolean;
}

/** The verb with its subcommands. */
export function command(): Command {
  const verifying = new Command('verify')
    .summary('check the signature of a bundle and the hashes of its images')
    .description('Checks the signature of a bundle and the hashes of its images.')
    .argument('<file>', 'the bundle, *.swu')
    .requiredOption('--key <file>', 'the public key that it must be signed with, in PEM form')
    .addOption(jsonOption())
    .addHelpText('after', '\nExit code: 0 it is right, 1 it is not, 2 wrong use.')
    .action(verify);
  return new Command('bundle')
    .summary('check an update bundle, list keys')
    .description('What can be done with an update bundle on this machine.')
    .addCommand(verifying)
    .addCommand(keysCommand());
}

async function verify(file: string, { key, json }: VerifyOptions): Promise<void> {
  const { pem } = parsePublicKey((await readInput('--key', key)).toString(), key);
  const facts = checked(file, await readInput('bundle', file), pem);
  console.log(json ? JSON.stringify({ ok: true, ...facts }) : factLines(file, facts).join('\n'));
}

function checked(file: string, bundle: Uint8Array, pem: string): BundleFacts {
  try {
    return verifyBundle(bundle, pem);
  } catch (error) {
    if (error instanceof BuildError) throw new BuildError(`${file}: ${error.message}`, { cause: error });
    throw error;
  }
}

function factLines(file: string, { version, hardware, images }: BundleFacts): string[] {
  const sizes = images.map(({ name, size }) => `${name}, ${(size / 1e6).toFixed(1)} MB`);
  return [`${file}: signed with this key`, `version ${version} for ${hardware}`, ...sizes];
}

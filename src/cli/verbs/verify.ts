// SPDX-License-Identifier: MIT
/** `plait verify`: whether an image is what the owner of a key has built. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { table } from '../../agent/text-table.ts';
import { fingerprint, type PublicKey, parsePublicKey } from '../../image/bundle/public-key.ts';
import { keyDir } from '../../image/bundle/signing-key.ts';
import { BuildError, UsageError } from '../../image/errors.ts';
import { type VerifiedImage, verifyImage } from '../../image/provenance/verify-image.ts';
import { imageKeys } from '../image-trust.ts';
import { mustBeFolder, readInput } from '../inputs.ts';
import { interruptible } from '../interrupt.ts';
import { boardOption, jsonOption } from '../options.ts';
import { repository } from '../project.ts';

interface VerifyOptions {
  readonly board: string;
  /** File with a public key. */
  readonly key?: string;
  readonly json: boolean;
}

export function command(): Command {
  return new Command('verify')
    .summary('check that an image is what was built and signed')
    .description(
      'Checks an image and what is beside it: the signature of the provenance, the hash of each file, the update bundle.',
    )
    .argument('[dir]', "where an image and its provenance are (default: the board's, in out/)")
    .addOption(boardOption())
    .option(
      '--key <file>',
      "the public key that must have signed, in PEM form (default: this user's own, and those trusted besides)",
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nThe update.pem beside an image proves nothing: whoever alters the one can alter the other. Take the key from a place ' +
        'that you trust.\nFiles that are not there are no fault; whatever is there must be right. Exit code: 0 it is, 1 it is not, 2 wrong use.',
    )
    .action(verify);
}

async function verify(given: string | undefined, { board, key, json }: VerifyOptions): Promise<void> {
  const dir = given === undefined ? join(repository, 'out', board) : resolve(given);
  if (given === undefined && !existsSync(dir))
    throw new UsageError(`out/${board} is not built yet. Run:\n\n  npm run image -- --board ${board}\n`);
  await mustBeFolder('dir', dir);
  const image = await verifyImage(dir, key === undefined ? await trustedHere() : [await namedKey(key)]);
  if (json) console.log(JSON.stringify(asJson(image), null, 2));
  else console.log(lines(image).join('\n'));
  if (!image.ok) throw new BuildError(`${dir} is not what was signed`);
}

async function namedKey(file: string): Promise<PublicKey> {
  return parsePublicKey((await readInput('--key', file)).toString(), file);
}

async function trustedHere(): Promise<PublicKey[]> {
  const keys = await interruptible(({ signal }) => imageKeys([], signal));
  if (keys.length === 0)
    throw new UsageError(
      `there is no signing key in ${keyDir()} to compare with; name the public key of who built it by --key FILE`,
    );
  return keys;
}

function asJson({ key, ...image }: VerifiedImage): object {
  return { ...image, key: { origin: key.origin, fingerprint: fingerprint(key.pem) } };
}

const SAID = {
  right: 'right',
  altered: 'ALTERED',
  absent: 'not here',
  unsigned: 'not covered by the signature',
} as const;

function lines({ board, version, revision, key, files, bundle }: VerifiedImage): string[] {
  return [
    `plait ${version} for ${board}${revision === undefined ? '' : `, commit ${revision.slice(0, 12)}`}`,
    `signed with ${fingerprint(key.pem).slice(0, 16)} (${key.origin})`,
    ...table(
      [],
      files.map(({ name, state }) => [name, SAID[state]]),
    ),
    ...(bundle
      ? [`update bundle: version ${bundle.version} for ${bundle.hardware}, signature and hashes are right`]
      : []),
  ];
}

// SPDX-License-Identifier: MIT
/** `plait bundle keys`: which keys this user signs with, and which ones images trust. */
import { Command } from 'commander';
import { fingerprint } from '../image/bundle/public-key.ts';
import { type KeyOptions, openKeys, withKeyOptions } from './key-options.ts';
import { jsonOption } from './options.ts';

interface ListedKey {
  readonly use: 'signs' | 'trusted';
  readonly fingerprint: string;
  readonly origin: string;
}

/** The subcommand. */
export function keysCommand(): Command {
  const verb = new Command('keys')
    .summary('list the keys that images take bundles of, with fingerprints')
    .description('Lists the key that bundles are signed with, and those that images trust besides.')
    .addOption(jsonOption());
  return withKeyOptions(verb)
    .addHelpText(
      'after',
      '\nAn image takes bundles signed with any key of this list. To have it trust one more, put the public key as a\n' +
        '*.pem file into the folder "trusted" beside update.key.',
    )
    .action(list);
}

async function list(options: KeyOptions & { readonly json: boolean }): Promise<void> {
  // A list makes nothing.
  const { key, trusted } = await openKeys({ ...options, requireKey: true });
  const keys: ListedKey[] = [
    { use: 'signs', fingerprint: fingerprint(key.publicPem), origin: key.origin },
    ...trusted.map(({ pem, origin }) => ({ use: 'trusted' as const, fingerprint: fingerprint(pem), origin })),
  ];
  if (options.json) console.log(JSON.stringify(keys));
  else
    for (const { use, fingerprint, origin } of keys)
      console.log(`${use.padEnd(7)}  ${fingerprint}  ${origin}`);
}

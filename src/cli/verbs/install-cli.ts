// SPDX-License-Identifier: MIT
/** `plait install-cli`: the command in PATH, with completion and manual pages. */
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { buildEpoch } from '../../image/checkout.ts';
import { homeDir } from '../../image/home.ts';
import { type Files, installFiles, uninstallFiles } from '../install/files.ts';
import { defaultPrefix, hints, places } from '../install/places.ts';
import { jsonOption } from '../options.ts';
import { program } from '../program.ts';
import { plaitVersion, repository } from '../project.ts';
import { commandFacts } from '../reference/facts.ts';
import { manualPages } from '../reference/man.ts';
import { completionScript, shells } from '../reference/scripts.ts';

interface InstallOptions {
  readonly prefix?: string;
  readonly uninstall: boolean;
  readonly json: boolean;
}

export function command(): Command {
  return new Command('install-cli')
    .summary('put plait into PATH, with completion and manual pages')
    .description(
      'Links this checkout as the command plait, and writes its manual pages and the completion for bash, zsh and fish.',
    )
    .option('--prefix <dir>', 'where bin/ and share/ are (default: /usr/local for root, ~/.local for others)')
    .option('--uninstall', 'remove what an installation put there', false)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nAfter an update of the checkout run it again: commands and options may be others.',
    )
    .action(install);
}

async function install({ prefix: given, uninstall, json }: InstallOptions): Promise<void> {
  const prefix = given === undefined ? defaultPrefix(homeDir()) : resolve(given);
  const files = uninstall ? await uninstallFiles(prefix) : await installFiles(prefix, await wanted());
  const todo = uninstall ? [] : hints(prefix, homeDir(), process.env);
  const did = uninstall ? 'removed' : 'installed';
  if (json) console.log(JSON.stringify({ prefix, [did]: files, hints: todo }, null, 2));
  else if (files.length === 0) console.log(`nothing of plait is in ${prefix}`);
  else console.log([`${did}:`, ...files.map((file) => `  ${file}`), ...todo].join('\n'));
}

async function wanted(): Promise<Files> {
  const facts = await commandFacts(await program());
  const pages = manualPages(facts, { version: plaitVersion(), epoch: await buildEpoch(repository) });
  const files = new Map<string, { text: string } | { link: string }>([
    [places.command, { link: join(repository, 'bin/plait.mjs') }],
  ]);
  for (const shell of shells) files.set(places.completion[shell], { text: await completionScript(shell) });
  for (const [name, text] of pages) files.set(join(places.manual, name), { text });
  return files;
}

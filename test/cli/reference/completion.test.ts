// SPDX-License-Identifier: MIT
/** Completion as it is installed, in real shells. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { program, verbNames } from '../../../src/cli/program.ts';
import { commandFacts, withSubcommands } from '../../../src/cli/reference/facts.ts';
import { run } from '../../../src/cli/run.ts';
import { listBoards } from '../../../src/image/board.ts';
import { costCases } from '../../../src/machine/cost/cases.ts';
import { needs } from '../../image/needs.ts';
import { scratch } from '../../image/scratch.ts';
import { suite } from '../../support/suite.ts';
import { type Ask, bash, fish, zsh } from './shells.ts';

await needs('bash', 'zsh', 'fish');

const prefix = scratch();
await silently(() => run(['install-cli', '--prefix', prefix]));
const commands = withSubcommands(await commandFacts(await program()));

const folder = scratch();
mkdirSync(join(folder, 'some folder'));
writeFileSync(join(folder, 'some file.yaml'), '');

/** A line, and all that is offered for it. */
const wanted: Record<string, readonly string[]> = {
  'plait ': await verbNames(),
  'plait im': ['image'],
  'plait lab ': ['list', 'run'],
  'plait lab run two-upl': ['two-uplinks'],
  'plait image --bo': ['--board'],
  'plait image --board ': await listBoards(),
  'plait image -b al': ['alix'],
  'plait image --board alix --engine ': ['auto', 'buildroot', 'debian'],
  'plait boot --firmware ': ['bios', 'efi'],
  'plait completion ': ['bash', 'fish', 'zsh'],
  'plait cost plait-2-ear': costCases
    .map(({ name }) => name)
    .filter((name) => name.startsWith('plait-2-ear')),
};

for (const [name, ask] of Object.entries({ bash, zsh, fish })) {
  const shell = suite<{ offered: ReturnType<Ask> }>(`completion in ${name}`);
  const files = ['plait check ', 'plait mirror '];
  const options = commands.map(({ words }) => `${words.join(' ')} --`);

  shell.before((scene) => {
    scene.offered = ask([...Object.keys(wanted), ...files, ...options], prefix, folder);
  });

  for (const [line, words] of Object.entries(wanted))
    shell(`'${line}' is completed`, ({ offered }) => {
      assert.equal(sorted(offered.get(line)), [...words].sort());
    });

  shell('a file is offered where one is wanted, and only folders for a folder', ({ offered }) => {
    assert.equal(sorted(offered.get('plait check ')), ['some file.yaml', 'some folder']);
    assert.equal(sorted(offered.get('plait mirror ')), ['some folder']);
  });

  for (const { words, options } of commands)
    shell(`all options of ${words.join(' ')} are known`, ({ offered }) => {
      const long = options.flatMap(({ names }) => names.filter((one) => one.startsWith('--')));
      assert.equal(sorted(offered.get(`${words.join(' ')} --`)), [...new Set(long)].sort());
    });

  shell.run();
}

const script = suite('completion in bash');

script('takes --board=alix too', () => {
  assert.equal(bash(['plait image --board=al'], prefix, folder).get('plait image --board=al'), ['alix']);
});

script.run();

/** As a person would read it: without the quotes and slashes of the shell, and without an option's equals sign. */
function sorted(words: readonly string[] = []): string[] {
  return [...new Set(words.map((word) => word.replace(/\\(.)/g, '$1').replace(/[/=]$/, '')))].sort();
}

async function silently(work: () => Promise<unknown>): Promise<void> {
  const { log } = console;
  console.log = () => {};
  try {
    await work();
  } finally {
    console.log = log;
  }
}

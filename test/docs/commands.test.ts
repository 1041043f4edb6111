// SPDX-License-Identifier: MIT
/** What the pages say to type exists: verbs, options and scripts, also where it cannot be run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { program } from '../../src/cli/program.ts';
import { repository } from '../../src/cli/project.ts';
import { allPages, type Page } from './pages.ts';

const top = await program();
const scripts = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')).scripts as object;

const commands = suite('commands');

for (const page of allPages())
  commands(`of ${page.path} exist`, () => {
    assert.equal(typedIn(page).flatMap(whatIsMissing), []);
  });

commands('that do not exist are found', () => {
  assert.equal(whatIsMissing('npx plait imgae --board alix'), ["no 'plait imgae'"]);
  assert.equal(whatIsMissing('FOO=1 plait image --bord=alix'), ["no option '--bord' of 'plait image'"]);
  assert.equal(whatIsMissing('plait bundle verfiy a.swu'), ["no 'plait bundle verfiy'"]);
  assert.equal(whatIsMissing('plait lab run x --sed 1'), ["no option '--sed' of 'plait lab run'"]);
  assert.equal(whatIsMissing('npm run imgae -- --board x'), ["no 'npm run imgae'"]);
  assert.equal(whatIsMissing('npm run image -- --bord x'), ["no option '--bord' of 'plait image'"]);
  assert.equal(whatIsMissing('cd out && plait bot # --what'), ["no 'plait bot'"]);
  assert.equal(whatIsMissing('plait power-cut check --tron 8 a b -- e2fsck -p'), [
    "no option '--tron' of 'plait power-cut check'",
  ]);
  assert.equal(whatIsMissing('sudo ls --foo'), []);
});

commands.run();

/** Lines of blocks, and code within sentences. */
function typedIn({ blocks, spans }: Page): string[] {
  const shell = blocks.filter(({ language }) => language === 'sh');
  return [...shell.flatMap(({ text }) => text.split('\n')), ...spans];
}

function whatIsMissing(line: string): string[] {
  const parts = line.replace(/(^|\s)#.*$/, '').split(/&&|\|\||[;|()]/);
  return parts.flatMap((part) => {
    const words = part
      .trim()
      .split(/\s+/)
      .filter((word) => !/^\w+=/.test(word));
    if (words[0] === 'npx') words.shift();
    if (words[0] === 'plait') return missingOfVerb(top, 'plait', words.slice(1));
    if (words[0] === 'npm' && words[1] === 'run') return missingOfScript(words.slice(2));
    return [];
  });
}

function missingOfScript(words: readonly string[]): string[] {
  const [name = '', dashes, ...rest] = words.filter((word) => word !== '--silent');
  if (name !== '' && !Object.hasOwn(scripts, name)) return [`no 'npm run ${name}'`];
  const verb = name === 'plait' ? [] : [name];
  const isVerb = name === 'plait' || top.commands.some((command) => command.name() === name);
  return dashes === '--' && isVerb ? missingOfVerb(top, 'plait', [...verb, ...rest]) : [];
}

function missingOfVerb(command: Command, typed: string, words: readonly string[]): string[] {
  const [word, ...rest] = words;
  const sub = command.commands.find((one) => one.name() === word || (word && one.aliases().includes(word)));
  if (sub) return missingOfVerb(sub, `${typed} ${word}`, rest);
  // A group wants one of its own commands; `VERB` and `…` stand for any.
  if (command.commands.length > 0 && word && /^[a-z]/.test(word) && word !== 'help')
    return [`no '${typed} ${word}'`];
  // What comes behind -- is another program's.
  const own = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  return own
    .filter((option) => option.startsWith('-'))
    .map((option) => option.replace(/=.*/, ''))
    .filter((option) => !['--help', '-h', '--version'].includes(option))
    .filter((option) => !command.options.some(({ long, short }) => [long, short].includes(option)))
    .map((option) => `no option '${option}' of '${typed}'`);
}

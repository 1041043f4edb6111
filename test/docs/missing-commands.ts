// SPDX-License-Identifier: MIT
/** Whether what a page says to type exists: of `plait`, `npm run` and `plaitctl`, with its options. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { COMMANDS } from '../../src/agent/commands/table.ts';
import { program } from '../../src/cli/program.ts';
import { repository } from '../../src/cli/project.ts';

const top = await program();
const scripts = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')).scripts as object;

/** Options that each command of plaitctl takes. */
const EVERYWHERE = ['--json', '--help', '-h'];

/** Each sentence names a verb or an option that a typed line has, and Plait has not. */
export function whatIsMissing(line: string): string[] {
  const parts = line.replace(/(^|\s)#.*$/, '').split(/&&|\|\||[;|()]/);
  return parts.flatMap((part) => {
    const words = part
      .trim()
      .split(/\s+/)
      .filter((word) => !/^\w+=/.test(word));
    if (words[0] === 'ssh')
      words.splice(0, words.indexOf('plaitctl') < 0 ? words.length : words.indexOf('plaitctl'));
    if (words[0] === 'npx') words.shift();
    if (words[0] === 'plaitctl') return missingOfBoardCommand(words.slice(1));
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

function missingOfBoardCommand(words: readonly string[]): string[] {
  const [name = '', ...rest] = words.filter((word) => !EVERYWHERE.includes(word));
  // `COMMAND` and `…` stand for any.
  if (!/^[a-z]/.test(name)) return [];
  if (name === 'help') return missingOfBoardCommand(rest);
  const command = COMMANDS[name];
  if (command === undefined) return [`no 'plaitctl ${name}'`];
  return rest
    .filter((word) => word.startsWith('--'))
    .map((option) => option.replace(/=.*/, ''))
    .filter((option) => !Object.hasOwn(command.options ?? {}, option.slice(2)))
    .map((option) => `no option '${option}' of 'plaitctl ${name}'`);
}

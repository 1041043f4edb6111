// SPDX-License-Identifier: MIT
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { linkedCommand } from '../../bin/link.mjs';
import { repository } from '../../src/cli/project.ts';
import { scratch } from '../image/scratch.ts';

/** A checkout whose command says what it was made of. */
function checkout(): string {
  const dir = join(scratch(), 'Büro #1');
  mkdirSync(join(dir, 'src/cli/verbs'), { recursive: true });
  mkdirSync(join(dir, 'node_modules'));
  writeFileSync(join(dir, 'src/cli/words.ts'), "export const word: string = 'first';\n");
  writeFileSync(join(dir, 'src/cli/verbs/one.ts'), "export const verb = 'one';\n");
  writeFileSync(
    join(dir, 'src/cli/main.ts'),
    [
      "import { word } from './words.ts';",
      'export const said: string = word;',
      'export const place = import.meta.url;',
      'export const verb = async (name: string) => (await import(`./verbs/${name}.ts`)).verb;',
    ].join('\n'),
  );
  return dir;
}

interface Command {
  readonly said: string;
  readonly place: string;
  verb(name: string): Promise<string>;
}

async function load(dir: string): Promise<Command> {
  const file = await linkedCommand(dir);
  assert.ok(file);
  return (await import(pathToFileURL(file).href)) as Command;
}

function homeOf(dir: string): string {
  const top = join(dir, 'node_modules/.cache/plait');
  return join(top, readdirSync(top)[0] ?? '');
}

const linking = suite('linkedCommand');

linking('gives a command whose modules know where their sources are', async () => {
  const dir = checkout();
  const { said, place, verb } = await load(dir);
  assert.is(said, 'first');
  assert.is(place, pathToFileURL(join(dir, 'src/cli/main.ts')).href);
  assert.is(await verb('one'), 'one');
});

linking('links nothing anew as long as the sources stay', async () => {
  const dir = checkout();
  const file = await linkedCommand(dir);
  const record = join(homeOf(dir), 'current.json');
  const before = statSync(record).ino;
  assert.is(await linkedCommand(dir), file);
  assert.is(statSync(record).ino, before);
});

linking('sees an edit that leaves size and date as they were', async () => {
  const dir = checkout();
  const path = join(dir, 'src/cli/words.ts');
  const date = new Date('2026-01-01T00:00:00Z');
  utimesSync(path, date, date);
  await load(dir);
  writeFileSync(path, readFileSync(path, 'utf8').replace('first', 'other'));
  utimesSync(path, date, date);
  assert.is((await load(dir)).said, 'other');
});

linking('sees a file that takes the place of another', async () => {
  const dir = checkout();
  await load(dir);
  const path = join(dir, 'src/cli/words.ts');
  writeFileSync(`${path}.new`, readFileSync(path, 'utf8').replace('first', 'other'));
  renameSync(`${path}.new`, path);
  assert.is((await load(dir)).said, 'other');
});

linking('sees a verb that is added', async () => {
  const dir = checkout();
  await load(dir);
  writeFileSync(join(dir, 'src/cli/verbs/two.ts'), "export const verb = 'two';\n");
  assert.is(await (await load(dir)).verb('two'), 'two');
});

linking('leaves what a command at work may still load, and removes what is a day old', async () => {
  const dir = checkout();
  const first = (await linkedCommand(dir)) ?? '';
  const path = join(dir, 'src/cli/words.ts');
  writeFileSync(path, "export const word = 'second';\n");
  const second = (await linkedCommand(dir)) ?? '';
  assert.ok(existsSync(first));
  const old = new Date(Date.now() - 25 * 3600 * 1000);
  for (const file of [first, second]) utimesSync(dirname(file), old, old);
  // Using it is what keeps it.
  await linkedCommand(dir);
  writeFileSync(path, "export const word = 'third';\n");
  await linkedCommand(dir);
  assert.not(existsSync(first));
  assert.ok(existsSync(second));
});

linking('gives nothing where nothing can be kept', async () => {
  const dir = checkout();
  writeFileSync(join(dir, 'node_modules/.cache'), '');
  assert.is(await linkedCommand(dir), undefined);
});

linking('leaves it to the loader to say what is wrong with the sources', async () => {
  const dir = checkout();
  writeFileSync(join(dir, 'src/cli/words.ts'), 'export const word = ;\n');
  assert.is(await linkedCommand(dir), undefined);
});

linking('can link this checkout', async () => {
  assert.match((await linkedCommand(`${repository}/`)) ?? '', /\/main\.js$/);
});

linking.run();

// SPDX-License-Identifier: MIT
/** Manual pages, as man(1) shows them and as two other people's programs judge them. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { program, verbNames } from '../../../src/cli/program.ts';
import { commandFacts, withSubcommands } from '../../../src/cli/reference/facts.ts';
import { manualPages } from '../../../src/cli/reference/man.ts';
import { needs } from '../../image/needs.ts';
import { scratch } from '../../image/scratch.ts';

await needs('groff', 'man-db', 'mandoc');

const facts = await commandFacts(await program());
const pages = manualPages(facts, { version: '1.2.3', epoch: 1_767_225_600 });
const dir = scratch();
for (const [name, text] of pages) writeFileSync(join(dir, name), text);

function output(program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8', MANWIDTH: '200', MAN_KEEP_FORMATTING: '' },
  });
  assert.is(error, undefined);
  assert.is(`${stderr}${status === 0 ? '' : `${program} ended with ${status}\n${stdout}`}`, '');
  return stdout;
}

const manual = suite('manual pages');

manual('are one for plait and one for each verb', async () => {
  const names = (await verbNames()).map((name) => `plait-${name}.1`);
  assert.equal([...pages.keys()].sort(), ['plait.1', ...names].sort());
});

manual('have no fault that mandoc knows', () => {
  output('mandoc', '-T', 'lint', '-W', 'warning', ...[...pages.keys()].map((name) => join(dir, name)));
});

manual('have no fault that groff knows', () => {
  for (const name of pages.keys()) output('groff', '-man', '-ww', '-z', join(dir, name));
});

for (const command of [facts, ...facts.commands])
  manual(`${command.words.join('-')} tells all that help tells`, () => {
    const shown = output(
      'man',
      '--warnings',
      '--local-file',
      join(dir, `${command.words.join('-')}.1`),
    ).replace(/\s+/g, ' ');
    const told = command === facts ? [command] : withSubcommands(command);
    for (const { description, options, arguments: args, notes } of told)
      for (const text of [
        description,
        ...options.flatMap(({ term, description }) => `${term} ${description}`),
        ...args.map(({ name, description }) => `${name} ${description}`),
        ...notes.split('\n'),
      ])
        assert.ok(shown.includes(text.replace(/\s+/g, ' ').trim()), `${text}\nis not in\n${shown}`);
    assert.match(shown, 'plait 1.2.3 2026-01-01');
  });

manual('keeps what troff would take for a command', () => {
  const odd = { ...facts, commands: [], description: ".so /etc/passwd\\n it's 'odd' \\fBtoo" };
  const [[, page] = ['', '']] = manualPages(odd, { version: '1', epoch: 0 });
  writeFileSync(join(dir, 'odd.1'), page);
  assert.match(output('man', '--warnings', '--local-file', join(dir, 'odd.1')), odd.description);
});

manual.run();

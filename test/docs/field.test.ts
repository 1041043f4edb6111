// SPDX-License-Identifier: MIT
/**
 * docs/field.md was written by test/machine/whole-life.slow.ts on some earlier day. Here it is looked at whether it still
 * fits: the story that the slow test plays now, the commands that there are, and the messages that are printed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { repository } from '../../src/cli/project.ts';
import { ANSWERS, FAR_YAML, linesOf, story, TUNNEL, versionsAfter } from '../machine/field/story.ts';
import { whatIsMissing } from './missing-commands.ts';
import { parsePage } from './pages.ts';
import { Printed } from './printed.ts';

const PATH = 'docs/field.md';
const text = readFileSync(join(repository, PATH), 'utf8');
const { blocks } = parsePage(PATH, text);
/** What getty prints. */
const FOREIGN = /^\S+ login:$/;
const AGAIN = 'run `npm run test:slow -- whole-life`, and commit what it writes';

const field = suite('docs/field.md');

field('tells the story of today, step by step', () => {
  const first = /upgraded from (\d+\.\d+\.\d+)/.exec(text)?.[1] ?? '';
  let at = 0;
  for (const line of linesOf(story(versionsAfter(first)))) {
    const found = text.indexOf(line, at);
    assert.ok(found >= 0, `${AGAIN}: what is missing, or in another place, is:\n${line}`);
    at = found + line.length;
  }
  for (const file of [ANSWERS, FAR_YAML, TUNNEL]) assert.ok(text.includes(file.trimEnd()), AGAIN);
});

field('types commands that there are', () => {
  const typed = blocks.flatMap((block) => block.text.match(/^[$#] .*$/gm) ?? []);
  assert.ok(typed.length >= 15, `${typed.length} commands`);
  assert.equal(
    typed.flatMap((line) => whatIsMissing(line.slice(2))),
    [],
    AGAIN,
  );
});

field('shows what is printed today', () => {
  const printed = new Printed();
  const shown = blocks.filter((block) => isTranscript(block.text, block.line));
  const unknown = shown
    // A message that was too long for the terminal goes on in the next line.
    .flatMap((block) => block.text.replace(/,\n {5,}/g, ', ').split('\n'))
    .filter((line) => !/^[$#] /.test(line) && !FOREIGN.test(line) && !printed.knows(line));
  assert.equal(unknown, [], AGAIN);
});

field('names no folder of the machine on which it was written', () => {
  assert.not.match(text, /\/(tmp|root|home)\/|plait-life/);
  assert.not.ok(text.includes(repository));
});

field('is not fooled by a message that changed', () => {
  const printed = new Printed(['say(`version ${version} is in slot ${slot}; the board restarts`);']);
  assert.ok(printed.knows('version 0.2.0 is in slot b; the board restarts'));
  assert.not.ok(printed.knows('version 0.2.0 is in slot b; the board is restarted'));
  assert.not.ok(printed.knows('slot b has version 0.2.0'));
});

field.run();

/** Of a command, or of the serial console. */
function isTranscript(block: string, line: number): boolean {
  const before = text.split('\n').slice(0, line - 1);
  return /^[$#] /.test(block) || before.at(-2) === '*Serial console:*';
}

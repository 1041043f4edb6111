// SPDX-License-Identifier: MIT
/** Runs what the pages tell people to type. docs/testing.md says how blocks are marked. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseConfig } from '../../src/appliance/config.ts';
import { describe } from '../../src/appliance/problems.ts';
import { repository } from '../../src/cli/project.ts';
import { needs } from '../image/needs.ts';
import { builtCheckout } from './checkout.ts';
import { allPages, type Block } from './pages.ts';

/** Milliseconds for one block, on a machine that does much else. */
const DEADLINE = 540_000;

/** Languages whose blocks are commands or configurations; others are shown, not used. */
const USED = ['sh', 'bash', 'shell', 'console', 'yaml', 'yml'];

await needs('cpio', 'openssl');
const { folder, env } = await builtCheckout();

const blocks = suite('blocks');

for (const page of allPages()) {
  for (const [at, block] of page.blocks.entries()) {
    const name = `${page.path}:${block.line}`;
    if (isRun(block)) blocks(`${name} is run`, () => checkRun(block, page.blocks[at + 1]));
    else if (block.language === 'yaml' && block.marks !== '')
      blocks(`${name} is right`, () => checkConfiguration(block));
    else if (USED.includes(block.language))
      blocks(`${name} says why it is not run`, () => {
        assert.match(
          block.marks,
          /^skip="[^"]{8,}"$/,
          'the first line must say `run`, `run=2` or `skip="reason"`',
        );
      });
    else if (block.marks === 'output')
      blocks(`${name} follows what prints it`, () => {
        assert.ok(isRun(page.blocks[at - 1]));
      });
  }
}

blocks('what a block prints is compared', () => {
  assert.ok(printed('1 of … in\n  all').test('1 of 23 in\n  all\n'));
  assert.not.ok(printed('1 of …').test('2 of 23\n'));
  assert.not.ok(printed('1 (a)').test('1 a\n'));
});

blocks.run();

function isRun(block: Block | undefined): boolean {
  return block?.language === 'sh' && /^run(=\d+)?$/.test(block.marks);
}

async function checkRun(block: Block, next: Block | undefined): Promise<void> {
  const wanted = Number(block.marks.split('=')[1] ?? 0);
  const { code, output } = await shell(block.text);
  assert.is(code, wanted, output);
  if (next?.marks === 'output') assert.match(output, printed(next.text));
}

function shell(script: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile('sh', ['-ec', script], { cwd: folder, env, timeout: DEADLINE }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, output: stdout + stderr });
    });
  });
}

function printed(text: string): RegExp {
  const parts = text.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*?')}\\s*$`);
}

/** `check`: the block is a whole file. `over=NAME`: its keys replace those of an example. */
function checkConfiguration({ marks, text }: Block): void {
  const base = /^over=([\w-]+)$/.exec(marks)?.[1];
  if (base === undefined) assert.is(marks, 'check', 'yaml is marked `check` or `over=example`');
  const parsed = parseConfig(base === undefined ? text : merged(base, text));
  assert.equal(parsed.ok ? [] : parsed.problems.map(describe), []);
}

function merged(base: string, text: string): string {
  const example = readFileSync(join(repository, `src/appliance/examples/${base}.yaml`), 'utf8');
  return dump({ ...(load(example) as object), ...(load(text) as object) });
}

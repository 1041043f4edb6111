// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.ts';
import { talkingDisk } from './boot-sector.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const plait = join(root, 'bin', 'plait.mjs');

const command = suite<{ folder: string; image: string }>('plait boot');

command.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-test-'));
  context.image = join(context.folder, 'image');
  writeFileSync(context.image, talkingDisk('plait login: '));
});
command.after(({ folder }) => rmSync(folder, { recursive: true }));

command('shows the console and switches off at the prompt after the last piped line', async ({ image }) => {
  const { code, output, errors } = await run(['--board', 'alix', '--image', image], '');
  assert.is(code, 0, errors);
  assert.is(output, 'plait login: ');
});

command('types a piped line when the prompt is shown', async ({ image }) => {
  const { code, output } = await run(['--board', 'alix', '--image', image, '--card', '64M'], 'hello\nagain');
  assert.is(code, 0);
  assert.is(output, 'plait login: hello\rplait login: again\rplait login: ');
});

command('gives the terminal back when Ctrl-] is pressed', async ({ image }) => {
  const { code, output } = await onTerminal(['--board', 'alix', '--image', image]);
  assert.match(output, 'Ctrl-] switches it off');
  assert.match(output, 'plait login: hello');
  assert.match(output, 'plait: off.');
  assert.is(code, 0);
});

for (const [title, args, wanted] of [
  ['an unknown board', ['--board', 'alixx'], "did you mean 'alix'"],
  [
    'an image that is not there',
    ['--board', 'alix', '--image', '/nowhere.img'],
    'there is no file /nowhere.img',
  ],
  ['firmware that nobody has', ['--board', 'alix', '--firmware', 'uefi'], 'Allowed choices are bios, efi'],
  [
    'firmware that the image is not for',
    ['--board', 'alix', '--firmware', 'efi'],
    'the image of alix has no boot loader for efi; its board.yaml has bios',
  ],
  ['a card size that is none', ['--board', 'alix', '--card', 'huge'], 'a number and K, M or G'],
  ['a forward that is none', ['--board', 'alix', '--forward', '22:70000'], 'two TCP ports'],
] as const) {
  command(`answers ${title} in a sentence, with exit code 2`, async () => {
    const { code, errors } = await run(args, '');
    assert.is(code, 2);
    assert.match(errors, wanted);
    assert.not.match(errors, /^\s+at /m);
  });
}

command('refuses a card too small for the image, with exit code 1', async ({ image }) => {
  const { code, errors } = await run(['--board', 'alix', '--image', image, '--card', '512K'], '');
  assert.is(code, 1);
  assert.match(errors, 'too small');
});

command.run();

interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

function run(args: readonly string[], input: string): Promise<Outcome> {
  const child = spawn('node', [plait, 'boot', ...args], { cwd: root, timeout: 60_000 });
  child.stdin.on('error', () => {});
  child.stdin.end(input === '' ? '' : `${input}\n`);
  return finished(child);
}

/** Runs the verb on a pseudo-terminal; types a word when the prompt is shown, and the escape key when it is echoed. */
function onTerminal(args: readonly string[]): Promise<Outcome> {
  const line = ['node', plait, 'boot', ...args].join(' ');
  const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    cwd: root,
    timeout: 60_000,
  });
  let shown = '';
  let typed = 0;
  const steps: [string, string][] = [
    ['plait login: ', 'hello'],
    ['plait login: hello', '\x1d'],
  ];
  child.stdout.on('data', (text: Buffer) => {
    shown += text.toString();
    const [wanted, keys] = steps[typed] ?? [];
    if (wanted !== undefined && shown.includes(wanted)) {
      typed += 1;
      child.stdin.write(keys ?? '');
    }
  });
  return finished(child);
}

function finished(child: ReturnType<typeof spawn>): Promise<Outcome> {
  let output = '';
  let errors = '';
  child.stdout?.on('data', (text: Buffer) => {
    output += text.toString();
  });
  child.stderr?.on('data', (text: Buffer) => {
    errors += text.toString();
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output, errors })));
}

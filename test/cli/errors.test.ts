// SPDX-License-Identifier: MIT
import { mkdir } from 'node:fs/promises';
import { CommanderError } from 'commander';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { reportError } from '../../src/cli/errors.ts';
import { BuildError, Interrupted, StageError, UsageError } from '../../src/image/errors.ts';

function report(error: unknown): { code: number; text: string } {
  const lines: string[] = [];
  const code = reportError(error, (line) => lines.push(line));
  return { code, text: lines.join('\n') };
}

const reporting = suite('reportError');

reporting('prints our own errors as a sentence, with the exit code of their kind', () => {
  assert.equal(report(new BuildError('the disk is full')), { code: 1, text: 'plait: the disk is full' });
  assert.equal(report(new UsageError('unknown board')), { code: 2, text: 'plait: unknown board' });
  assert.equal(report(new Interrupted('interrupted')), { code: 130, text: 'plait: interrupted' });
});

reporting("prints a failed stage's last lines, the sentence and the log's path", () => {
  const error = new StageError('kernel', new Error('make ended with status 2'), '/logs/kernel.log', [
    'a',
    'b',
  ]);
  assert.equal(report(error), {
    code: 1,
    text: [
      '  | a',
      '  | b',
      'plait: stage kernel failed: make ended with status 2',
      'plait: the whole log is /logs/kernel.log',
    ].join('\n'),
  });
});

reporting('prints what the system refused without a stack', async () => {
  const error = await mkdir('/proc/plait').catch((reason) => reason);
  assert.equal(report(error), { code: 1, text: `plait: ${error.message}` });
  assert.match(error.message, "mkdir '/proc/plait'");
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
  });
  assert.match(report(full).text, /^plait: the disk is full: /);
});

reporting('prints other errors with their stack, as the bugs they are', () => {
  const { code, text } = report(new TypeError('x is undefined'));
  assert.is(code, 1);
  assert.match(text, /this is a bug: TypeError: x is undefined\n\s+at /);
});

reporting("turns commander's errors into wrong use, and leaves asking for help alone", () => {
  assert.is(report(new CommanderError(1, 'commander.unknownOption', 'x')).code, 2);
  assert.is(report(new CommanderError(0, 'commander.helpDisplayed', 'x')).code, 0);
});

reporting.run();

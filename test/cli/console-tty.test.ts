// SPDX-License-Identifier: MIT
/** `plait console` on a terminal of its own: keys, the escape key, the log, and a terminal that is given back on every exit. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { repository } from '../../src/cli/project.ts';
import { SerialConsole } from '../../src/serial/console.ts';
import { Shell } from '../../src/serial/shell.ts';
import { pair, shell, type Wire } from '../serial/pty.ts';

interface Context {
  /** A person's terminal with a shell, and the line to a board. */
  terminal: Wire;
  line: Wire;
  person: SerialConsole;
  board: SerialConsole;
  sh: Shell;
}

const console = suite<Context>('plait console');
const WAIT = { timeout: 60_000 };
const plait = join(repository, 'bin', 'plait.mjs');

console.before.each(async (context) => {
  [context.terminal, context.line] = [await shell(), await pair()];
  context.person = await SerialConsole.open(context.terminal.path, 38400);
  context.board = await SerialConsole.open(context.line.far, 38400);
  context.sh = new Shell(context.person);
  await context.sh.waitForPrompt();
});
console.after.each(async ({ person, board, terminal, line }) => {
  await person.close();
  await board.close();
  await terminal.remove();
  await line.remove();
});

for (const [how, leave] of [
  ['the escape key', ({ person }: Context) => person.send('\x1dq')],
  ['a signal', ({ line }: Context) => signal(`console ${line.path}`)],
  ['a port that vanishes', ({ line }: Context) => line.cut()],
] as const)
  console(`gives keys to the board, and the terminal back after ${how}`, async (context) => {
    const { person, board, sh, line, terminal } = context;
    const before = await sh.ask('stty -g');
    const log = join(terminal.folder, 'console.log');
    await person.sendLine(`node ${plait} console ${line.path} --speed 38400 --log ${log}`);
    await person.expect(/Ctrl-\] and then: q leaves/, WAIT);
    await person.send('uname\r\x03');
    await board.expect('uname\r\x03', WAIT);
    await board.send('Linux\r\n');
    await person.expect(/Linux\r+\n/, WAIT);
    await leave(context);
    await person.expect('console closed.', WAIT);
    assert.is(await sh.ask('stty -g'), before);
    assert.match(readFileSync(log, 'utf8'), 'Linux');
  });

console(
  'finds the speed by itself, and shows the prompt that it found',
  async ({ person, board, line, sh }) => {
    await person.sendLine(`node ${plait} console ${line.path}`);
    await board.expect('\r', WAIT);
    await board.send('\r\nbranch login: ');
    await person.expect('speed 38400', WAIT);
    await person.expect('branch login: ', WAIT);
    await person.send('\x1dq');
    await sh.waitForPrompt();
  },
);

console('is refused where there is no terminal', async ({ sh, line }) => {
  const { output, exitCode } = await sh.run(`node ${plait} console ${line.path} </dev/null`);
  assert.is(exitCode, 2);
  assert.match(output, 'for people at a terminal');
});

console.run();

/** Ends the process with these words in its command line, as `kill` does. */
function signal(words: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const line = commandLine(pid);
    if (line.includes(words) && line.includes('plait.mjs')) process.kill(Number(pid), 'SIGTERM');
  }
}

/** Empty when the process has ended meanwhile. */
function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

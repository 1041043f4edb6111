// SPDX-License-Identifier: MIT
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SerialConsole } from '../../src/serial/console.ts';
import { ConsoleError, ConsoleTimeout } from '../../src/serial/errors.ts';
import { quote, Shell } from '../../src/serial/shell.ts';
import { readFile, sendFile } from '../../src/serial/transfer.ts';
import { failure } from '../support/failure.ts';
import { pair, shell, type Wire } from './pty.ts';

interface Context {
  wire: Wire;
  console: SerialConsole;
}

/** A line of a service of the board, which is no message of the kernel. */
const SERVICE = 'plait: safe defaults: there is no /data/plait.yaml';
const MESSAGE = '[   12.345678] e1000: eth1 NIC Link is Down\r\n';

const real = suite<Context>('Shell with a real shell behind the port');

real.before.each(async (context) => {
  context.wire = await shell();
  context.console = await SerialConsole.open(context.wire.path, 38400);
});
real.after.each(end);

real('gives output and exit code', async ({ console }) => {
  const sh = new Shell(console);
  await sh.waitForPrompt({ timeout: 10_000 });
  assert.equal(await sh.run('echo one; echo two >&2; (exit 3)'), { output: 'one\ntwo', exitCode: 3 });
  assert.equal(await sh.run('true'), { output: '', exitCode: 0 });
});

real('keeps output that has no line end, blank lines inside, or looks like a prompt', async ({ console }) => {
  const sh = new Shell(console);
  assert.is(await sh.ask(`printf 'a\\n\\n# $ > b'`), 'a\n\n# $ > b');
});

real('runs several lines, loops and here-documents, and remembers variables', async ({ console }) => {
  const sh = new Shell(console);
  await sh.ask('x=5\ncd /');
  assert.is(await sh.ask('for i in 1 2; do\n  echo $((i + x))\ndone\npwd'), '6\n7\n/');
});

real('is not confused by a command longer than the terminal is wide', async ({ console }) => {
  const sh = new Shell(console);
  const word = 'x'.repeat(400);
  await sh.ask('stty cols 40');
  assert.is(await sh.ask(`echo ${word}`), word);
});

real('works without echo', async ({ console }) => {
  const sh = new Shell(console);
  await sh.ask('stty -echo');
  assert.is(await sh.ask('echo quiet\necho still'), 'quiet\nstill');
});

real('leaves kernel messages out of the output unless told to keep them', async ({ console }) => {
  const sh = new Shell(console);
  const command = `printf 'before\\n[   12.345678] noise\\nafter\\n'`;
  assert.is(await sh.ask(command), 'before\nafter');
  assert.is(await sh.ask(command, { keepKernelMessages: true }), 'before\n[   12.345678] noise\nafter');
});

real('interrupts a command at its deadline and can go on', async ({ console }) => {
  const sh = new Shell(console);
  const error = await failure(sh.run('sleep 60', { timeout: 1_500 }));
  assert.instance(error, ConsoleTimeout);
  assert.match(error.message, 'Command "sleep 60" did not end.');
  assert.is(await sh.ask('echo alive'), 'alive');
});

real('interrupts a command when its signal aborts', async ({ console }) => {
  const sh = new Shell(console);
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 1_000);
  assert.instance(await failure(sh.run('sleep 60', { signal: stop.signal })), ConsoleError);
  assert.is(await sh.ask('echo alive', { timeout: 10_000 }), 'alive');
});

real('says which command failed and what it printed', async ({ console }) => {
  const error = await failure(new Shell(console).ask('echo reason; false'));
  assert.match(error.message, 'Command "echo reason; false" ended with exit code 1:\nreason');
});

real('writes a file byte for byte', async ({ console, wire }) => {
  const text = `# "it's" $HOME \`id\` \\ ü\nEOF\n  indented: [1, 2]\n\n${'long '.repeat(150)}\n`;
  const path = join(wire.folder, "it's here.yaml");
  await new Shell(console).writeFile(path, text);
  assert.is(readFileSync(path, 'utf8'), text);
});

real('gives the very value while a service prints on the console', async ({ console, wire }) => {
  const sh = new Shell(console);
  await sh.ask(`(while sleep 0.02; do echo '${SERVICE}'; done) & service=$!`);
  const printed = 'for i in 1 2 3 4 5; do echo $i; sleep 0.05; done';
  assert.match(await sh.ask(printed), SERVICE, 'the service does print in between');
  assert.is(await sh.value(printed), '1\n2\n3\n4\n5');
  assert.is(await sh.value(`echo wrong >&2; printf 'right\\n\\n'`), 'right');
  assert.is((await failure(sh.value('echo why; false'))).constructor, ConsoleError);
  const bytes = randomBytes(2_000);
  const path = join(wire.folder, 'bytes');
  await sendFile(sh, path, bytes);
  assert.equal(readFileSync(path), bytes);
  assert.equal(await readFile(sh, path), bytes);
  await sh.writeFile(path, 'text\n');
  assert.is(readFileSync(path, 'utf8'), 'text\n');
  await sh.ask('kill $service');
});

real('says that what is read changes, and reads again what came damaged', async ({ console, wire }) => {
  const sh = new Shell(console);
  const changing = await failure(sh.bytes('date +%N'));
  assert.match(changing.message, /date \+%N.*arrived damaged .*, 3 times/);
  // Prints 0 and 1, 2 and 3, and 3 from then on.
  const count = join(wire.folder, 'count');
  await sh.ask(
    `: >${count}; f() { n=$(wc -c <${count}); [ $n -lt 3 ] && printf x >>${count}; printf %s $n; }`,
  );
  assert.is((await sh.bytes('f')).toString(), '3');
});

real('refuses to type what cannot be typed', async ({ console }) => {
  const sh = new Shell(console);
  assert.match((await failure(sh.writeFile('/dev/null', 'a\n\tb\n'))).message, 'control character in line 2');
  assert.match((await failure(sh.run(`: ${'x'.repeat(1_100)}`))).message, 'cannot be typed');
});

real.run();

const scripted = suite<Context & { board: SerialConsole }>('Shell with a scripted board behind the port');

scripted.before.each(async (context) => {
  context.wire = await pair();
  context.console = await SerialConsole.open(context.wire.path, 38400);
  context.board = await SerialConsole.open(context.wire.far, 38400);
});
scripted.after.each(async (context) => {
  await context.board.close();
  await end(context);
});

scripted(
  'logs in with a password through kernel messages that break in anywhere',
  async ({ console, board }) => {
    const login = new Shell(console).login('root', 'secret', { timeout: 20_000 });
    await board.send(`Welcome\r\nplait lo${MESSAGE}gin: `);
    await board.expect('root\r', { timeout: 5_000 });
    await board.send(`root\r\nPass${MESSAGE}word: `);
    await board.expect('secret\r', { timeout: 5_000 });
    await board.send(`\r\n~${MESSAGE} # `);
    await answer(board, (begin, finish) => `${begin}${finish(0)}`);
    await login;
  },
);

scripted('declines the setup that a new board offers', async ({ console, board }) => {
  const login = new Shell(console).login('root', 'secret', { timeout: 20_000 });
  await board.send('plait login: ');
  await board.expect('root\r', { timeout: 5_000 });
  await board.send('root\r\nThis board is not set up yet.\r\n[setup] [n]: ');
  await board.expect('\r', { timeout: 5_000 });
  await board.send('\r\nLater: plaitctl setup\r\n~ # ');
  await answer(board, (begin, finish) => `${begin}${finish(0)}`);
  await login;
});

scripted('presses Enter when the board shows nothing by itself', async ({ console, board }) => {
  const prompt = new Shell(console).waitForPrompt({ timeout: 20_000 });
  await board.expect('\r', { timeout: 10_000 });
  await board.send('\r\n~ # ');
  await prompt;
});

scripted('says that the login was refused, or that a password is asked for', async ({ console, board }) => {
  const login = failure(new Shell(console).login('root', 'wrong', { timeout: 20_000 }));
  await board.send('plait login: ');
  await board.expect('root\r', { timeout: 5_000 });
  await board.send('Password: ');
  await board.expect('wrong\r', { timeout: 5_000 });
  await board.send('\r\nLogin incorrect\r\nplait login: ');
  const refused = await login;
  assert.match(refused.message, 'refused the login of root');
  assert.not.match(refused.message, 'wrong');

  // The prompt for it stands there by now.
  const silent = failure(new Shell(console).login('root', undefined, { timeout: 20_000 }));
  await board.expect('root\r', { timeout: 5_000 });
  await board.send('Password: ');
  await board.expect('\r', { timeout: 5_000 });
  await board.send('\r\nLogin incorrect\r\nplait login: ');
  await board.expect('root\r', { timeout: 5_000 });
  await board.send('Password: ');
  assert.match((await silent).message, 'asks for a password of root, none was given');
});

scripted('gives its name again when letters of it were lost', async ({ console, board }) => {
  const login = new Shell(console).login('root', undefined, { timeout: 20_000 });
  await board.send('plait login: ');
  await board.expect('root\r', { timeout: 5_000 });
  await board.send('oot\r\nPassword: ');
  await board.expect('\r', { timeout: 5_000 });
  await board.send('\r\nLogin incorrect\r\nplait login: ');
  await board.expect('root\r', { timeout: 5_000 });
  await board.send('\r\n~ # ');
  // Logged in: it asks whether a shell answers.
  await board.expect('printf', { timeout: 5_000 });
  login.catch(() => {});
});

scripted('gives its name again when all of it was lost', async ({ console, board }) => {
  const login = new Shell(console).login('root', undefined, { timeout: 20_000, nameLost: 300 });
  await board.send('plait login: ');
  await board.expect('root\r', { timeout: 5_000 });
  await board.expect('\r', { timeout: 5_000 });
  await board.send('\r\nplait login: ');
  await board.expect('root\r', { timeout: 5_000 });
  await board.send('root\r\n~ # ');
  await board.expect('printf', { timeout: 5_000 });
  login.catch(() => {});
});

scripted(
  'takes no message of the day that speaks of a password for the question',
  async ({ console, board }) => {
    const login = new Shell(console).login('root', undefined, { timeout: 20_000 });
    await board.send('plait login: ');
    await board.expect('root\r', { timeout: 5_000 });
    // What comes is looked at piece by piece.
    await board.send('root\r\n  WARNING: root has no password:');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await board.send(' whoever is here has the board.\r\n~ # ');
    await board.expect('printf', { timeout: 5_000 });
    login.catch(() => {});
  },
);

scripted('ends the shell', async ({ console, board }) => {
  const logout = new Shell(console).logout();
  await board.send('root@plait:~# ');
  await board.expect('exit\r', { timeout: 5_000 });
  await board.send('exit\r\n\r\nplait login: ');
  await logout;
});

scripted('gives up at the deadline when no login prompt comes', async ({ console }) => {
  const error = await failure(new Shell(console).login('root', undefined, { timeout: 300 }));
  assert.instance(error, ConsoleTimeout);
});

scripted(
  'finds output and exit code although messages break into the markers',
  async ({ console, board }) => {
    const running = new Shell(console).run('uname');
    await answer(board, (begin, finish) => {
      const close = finish(12);
      return `${begin.slice(0, 4)}${MESSAGE}${begin.slice(4)}Li${MESSAGE}nux\r\n${close.slice(0, 9)}${MESSAGE}${close.slice(9)}`;
    });
    assert.equal(await running, { output: 'Linux', exitCode: 12 });
  },
);

/** Plays the shell for one run(): reads the typed lines and sends what `print` makes of the two markers. */
async function answer(
  board: SerialConsole,
  print: (begin: string, finish: (exitCode: number) => string) => string,
): Promise<void> {
  const { groups } = await board.expect(/'@<' '([0-9a-f]+)>@'/, { timeout: 10_000 });
  await board.send('> ');
  await board.expect('"$?"\r', { timeout: 10_000 });
  await board.send(print(`@<${groups[0]}>@\r\n`, (exitCode) => `@</${groups[0]}>@:${exitCode}:\r\n# `));
}

scripted.run();

const quoting = suite('quote');

quoting('leaves plain words and quotes the rest', () => {
  assert.is(quote('/data/plait.yaml'), '/data/plait.yaml');
  assert.is(quote("it's"), `'it'\\''s'`);
  assert.is(quote(''), `''`);
});

quoting.run();

async function end({ console, wire }: Context): Promise<void> {
  await console.close();
  await wire.remove();
}

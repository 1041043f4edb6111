// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SerialConsole } from '../../src/serial/console.ts';
import { ConsoleError, ConsoleTimeout, PortGone } from '../../src/serial/errors.ts';
import { failure } from '../support/failure.ts';
import { pair, type Wire } from './pty.ts';

interface Context {
  wire: Wire;
  near: SerialConsole;
  far: SerialConsole;
}

const consoles = suite<Context>('SerialConsole');

consoles.before.each(async (context) => {
  context.wire = await pair();
  context.near = await SerialConsole.open(context.wire.path, 38400, {
    log: join(context.wire.folder, 'log', 'near.log'),
  });
  context.far = await SerialConsole.open(context.wire.far, 38400);
});

consoles.after.each(async ({ wire, near, far }) => {
  await near.close();
  await far.close();
  await wire.remove();
});

consoles('carries text both ways, and Enter as a carriage return', async ({ near, far }) => {
  await near.sendLine('hello');
  await far.expect('hello\r', { timeout: 5_000 });
  await far.send('welcome back\r\n');
  const match = await near.expect(/welcome (\w+)/, { timeout: 5_000 });
  assert.equal(match.groups, ['back']);
});

consoles('puts letters together that arrive in two halves', async ({ near, wire }) => {
  const { SerialPort } = await import('serialport');
  const raw = new SerialPort({ path: wire.far, baudRate: 38400, lock: false });
  const bytes = Buffer.from('Gerät');
  raw.write(bytes.subarray(0, 4));
  raw.drain(() => raw.write(bytes.subarray(4)));
  await near.expect('Gerät', { timeout: 5_000 });
  await new Promise((resolve) => raw.close(resolve));
});

consoles(
  'gives up at the deadline with what it waited for, the last lines and the log',
  async ({ near, far }) => {
    await far.send('memory test\r\nboot failed\r\n');
    await near.expect('memory', { timeout: 5_000 });
    await near.expect('failed\r\n', { timeout: 5_000 });
    const error = await failure(near.expect(['login: ', /# $/], { timeout: 50 }));
    assert.instance(error, ConsoleTimeout);
    assert.match(error.message, 'No "login: " or /# $/ within 0.1 s');
    assert.match(error.message, '  | memory test\n  | boot failed\n');
    assert.match(error.message, near.transcript.file ?? 'no log');
  },
);

consoles('goes on after a deadline that passed', async ({ near, far }) => {
  await failure(near.expect('x', { timeout: 20 }));
  await far.send('x');
  await near.expect('x', { timeout: 5_000 });
});

consoles('stops waiting when told by a signal, also by one that was given before', async ({ near }) => {
  const controller = new AbortController();
  const waiting = failure(near.expect('x', { timeout: 60_000, signal: controller.signal }));
  controller.abort();
  assert.match((await waiting).message, 'Stopped waiting');
  assert.match(
    (await failure(near.expect('x', { timeout: 60_000, signal: controller.signal }))).message,
    'Stopped',
  );
});

consoles('keeps everything in the log file', async ({ near, far, wire }) => {
  await far.send('first\r\nsecond\r\n');
  await near.expect('second\r\n', { timeout: 5_000 });
  await near.close();
  assert.is(readFileSync(join(wire.folder, 'log', 'near.log'), 'utf8'), 'first\r\nsecond\r\n');
});

consoles('says that the port vanished to whoever waits or sends', async ({ near, far, wire }) => {
  await far.send('last words');
  await near.expect('words', { timeout: 5_000 });
  const waiting = failure(near.expect('more', { timeout: 10_000 }));
  await wire.cut();
  const error = await waiting;
  assert.instance(error, PortGone);
  assert.match(error.message, 'vanished');
  assert.match(error.message, '| last words');
  assert.instance(await failure(near.send('x')), PortGone);
  assert.instance(await failure(near.expect('y', { timeout: 1_000 })), PortGone);
  assert.instance(await near.gone, PortGone);
});

consoles(
  'ends a wait when it is closed, closes twice and can be opened again',
  async ({ near, far, wire }) => {
    const waiting = failure(near.expect('x', { timeout: 10_000 }));
    await near.close();
    await near.close();
    assert.match((await waiting).message, 'was closed');
    const again = await SerialConsole.open(wire.path, 38400);
    await far.send('here');
    await again.expect('here', { timeout: 5_000 });
    await again.close();
  },
);

consoles('names a port that is not there', async () => {
  const error = await failure(SerialConsole.open('/dev/ttyPlait', 38400));
  assert.instance(error, ConsoleError);
  assert.match(error.message, 'Cannot open serial port /dev/ttyPlait: ');
});

consoles.run();

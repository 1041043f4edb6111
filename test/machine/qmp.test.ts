// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MachineError } from '../../src/machine/errors.ts';
import { Qmp } from '../../src/machine/qmp.ts';
import { failure } from '../support/failure.ts';

const never = new AbortController().signal;

const control = suite<{ folder: string; path: string; server?: Server }>("The emulator's control socket");

control.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-qmp-'));
  context.path = join(context.folder, 'qmp');
});
control.after.each((context) => {
  context.server?.close();
  delete context.server;
  rmSync(context.folder, { recursive: true });
});

control('is waited for until it is there', async (context) => {
  const connecting = Qmp.connect(context.path, 10_000, never);
  await sleep(200);
  context.server = greeter(context.path);
  (await connecting).close();
});

control('is waited for while its file is there and nobody listens yet', async (context) => {
  const { path } = context;
  // Who has bound it is gone without taking the file away: a connection is refused as before listen().
  const holder = spawn(process.execPath, ['-e', 'net.createServer().listen(process.argv[1])', path]);
  const gone = once(holder, 'close');
  while (!existsSync(path)) await sleep(20);
  holder.kill('SIGKILL');
  await gone;
  const late = await failure(Qmp.connect(path, 100, never));
  assert.instance(late, MachineError);
  assert.match(late.message, 'No connection to the emulator: connect ECONNREFUSED');
  const connecting = Qmp.connect(path, 10_000, never);
  await sleep(200);
  rmSync(path);
  context.server = greeter(path);
  (await connecting).close();
});

control('is waited for no longer than the emulator runs', async ({ path }) => {
  const error = await failure(Qmp.connect(path, 60_000, AbortSignal.abort()));
  assert.instance(error, MachineError);
});

control.run();

function greeter(path: string): Server {
  const server = createServer((socket) => {
    socket.write('{"QMP": {}}\n');
    socket.on('data', () => socket.write('{"return": {}}\n'));
    socket.on('error', () => {});
  });
  return server.listen(path);
}

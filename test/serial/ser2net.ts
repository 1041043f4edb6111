// SPDX-License-Identifier: MIT
/** A console server that speaks RFC 2217, by other people: Debian's ser2net on a pseudo-terminal. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { needs } from '../image/needs.ts';

export interface ConsoleServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Serves the device over TELNET with RFC 2217, or over plain TCP. Its configuration goes to `folder`. */
export async function serve(
  device: string,
  folder: string,
  protocol: 'telnet' | 'tcp',
): Promise<ConsoleServer> {
  await needs('ser2net');
  const port = await freePort();
  const accepter = protocol === 'telnet' ? 'telnet(rfc2217),tcp' : 'tcp';
  const file = join(folder, `ser2net-${port}.yaml`);
  writeFileSync(
    file,
    `connection: &board\n  accepter: ${accepter},127.0.0.1,${port}\n  connector: serialdev,${device},9600n81,local\n`,
  );
  const child = spawn('ser2net', ['-n', '-d', '-u', '-c', file], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await listening(port, child).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    port,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A port that nobody has right now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

async function listening(port: number, child: { exitCode: number | null }): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await canConnect(port))) {
    if (child.exitCode !== null) throw new Error(`ser2net ended with exit code ${child.exitCode}`);
    if (Date.now() > end) throw new Error('ser2net does not listen within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  // It gives the device free for the next one after this connection.
  await new Promise((resolve) => setTimeout(resolve, 300));
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

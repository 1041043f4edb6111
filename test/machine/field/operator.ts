// SPDX-License-Identifier: MIT
/**
 * The operator's computer: a checkout in which commands are typed as a person types them, with a way into the LAN of the
 * emulated board. Only where the way leads is different from what is typed: `ssh` takes a port of this machine.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from '../../../src/cli/project.ts';

const run = promisify(execFile);

export interface Ran {
  readonly code: number | null;
  readonly output: string;
}

export class Operator {
  /** Where commands are typed. */
  readonly folder: string;
  /** The public key that may log in. */
  readonly key: string;
  readonly #programs: string;

  /** `address` is the board's, `port` leads to its SSH. */
  static async make(folder: string, address: string, port: number): Promise<Operator> {
    const checkout = join(folder, 'checkout');
    mkdirSync(checkout);
    for (const name of readdirSync(repository))
      if (name !== '.git') symlinkSync(join(repository, name), join(checkout, name));
    const programs = join(folder, 'programs');
    mkdirSync(programs);
    const id = join(folder, 'id');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'operator@desk', '-f', id]);
    const { stdout: key } = await run('cat', [`${id}.pub`]);
    const options = [
      ...['-F', 'none', '-i', id, '-p', String(port), '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10'],
      ...['-o', `HostKeyAlias=${address}`, '-o', 'StrictHostKeyChecking=accept-new'],
      ...['-o', `UserKnownHostsFile=${join(folder, 'known_hosts')}`, '-o', 'LogLevel=ERROR'],
      // A board that loses its power says no farewell.
      ...['-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=3'],
    ];
    const script = `#!/bin/sh\n[ "$1" = root@${address} ] || { echo "no way to $1" >&2; exit 255; }\nshift\nexec /usr/bin/ssh ${options.join(' ')} root@127.0.0.1 "$@"\n`;
    writeFileSync(join(programs, 'ssh'), script, { mode: 0o755 });
    return new Operator(checkout, key.trim(), programs);
  }

  private constructor(folder: string, key: string, programs: string) {
    this.folder = folder;
    this.key = key;
    this.#programs = programs;
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Types a command. `folder`: another checkout; `seen` is told all that was printed so far. */
  type(
    command: string,
    options: { folder?: string; timeout?: number; seen?: (output: string) => void } = {},
  ): Promise<Ran> {
    const { folder = this.folder, timeout = 300_000, seen = () => {} } = options;
    const child = spawn('sh', ['-c', command], {
      cwd: folder,
      env: { ...process.env, PATH: `${this.#programs}:${process.env.PATH}` },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
        seen(output);
      });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, output }));
    });
  }

  /** Types one that must end well. */
  async must(command: string, options: { folder?: string; timeout?: number } = {}): Promise<string> {
    const { code, output } = await this.type(command, options);
    if (code !== 0) throw new Error(`${command} ended with exit code ${code}:\n${output}`);
    return output;
  }

  /** Types one again and again until its output is as wanted. */
  async until(command: string, wanted: (output: string) => boolean, timeout: number): Promise<string> {
    const end = performance.now() + timeout;
    for (;;) {
      const { output } = await this.type(command, { timeout: 30_000 });
      if (wanted(output)) return output;
      if (performance.now() > end)
        throw new Error(`after ${timeout / 1000} s, ${command} still says:\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

/** A port of this machine that nobody uses. */
export async function freePort(): Promise<number> {
  const server = createTcp();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Serves one file over HTTP, whatever is asked for; its port. */
export async function serve(file: () => Promise<Buffer>): Promise<{ port: number; server: Server }> {
  const server = createServer((_, response) => {
    file().then(
      (bytes) => response.end(bytes),
      (error: Error) => response.destroy(error),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, server };
}

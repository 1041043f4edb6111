// SPDX-License-Identifier: MIT
/** A PostgreSQL server of Debian's package, for the time of a test. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { needs } from '../../image/needs.ts';
import { scratch } from '../../image/scratch.ts';

export interface Server {
  /** URL of a fresh database. */
  fresh(): Promise<string>;
  stop(): Promise<void>;
}

/** Milliseconds until the server must answer. */
const PATIENCE = 60_000;

export async function startPostgres(): Promise<Server> {
  await needs('postgresql-15');
  const bin = (program: string) => join('/usr/lib/postgresql/15/bin', program);
  const home = scratch();
  // The server refuses to be root.
  const root = process.getuid?.() === 0;
  if (root) execFileSync('chown', ['postgres:', home]);
  else chmodSync(home, 0o700);
  const as = (argv: readonly string[]) =>
    root ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', ...argv] : argv;
  const call = (...argv: string[]) => {
    const [program = '', ...args] = as(argv);
    return execFileSync(program, args, { cwd: home, stdio: ['ignore', 'pipe', 'pipe'], timeout: PATIENCE });
  };
  const data = join(home, 'data');
  call(
    bin('initdb'),
    '--pgdata',
    data,
    '--username=factory',
    '--auth=trust',
    '--no-sync',
    '--encoding=UTF8',
    '--no-locale',
  );
  const options = ['-c', 'listen_addresses=', '-c', `unix_socket_directories=${home}`, '-c', 'fsync=off'];
  const [program = '', ...args] = as([bin('postgres'), '-D', data, ...options]);
  const server = spawn(program, args, { cwd: home, stdio: 'ignore' });
  const ended = once(server, 'exit');
  const until = Date.now() + PATIENCE;
  while (!readdirSync(home).includes('.s.PGSQL.5432') || !answers(call, bin('pg_isready'), home)) {
    if (Date.now() > until || server.exitCode !== null)
      throw new Error('the PostgreSQL server does not answer');
    await sleep(50);
  }
  let count = 0;
  return {
    async fresh() {
      const name = `test${++count}`;
      call(bin('createdb'), '--host', home, '--username=factory', name);
      return `postgres://factory@/${name}?host=${encodeURIComponent(home)}`;
    },
    async stop() {
      server.kill('SIGINT');
      await ended;
    },
  };
}

function answers(call: (...argv: string[]) => unknown, program: string, host: string): boolean {
  try {
    call(program, '--host', host, '--username=factory', '--dbname=postgres');
    return true;
  } catch {
    return false;
  }
}

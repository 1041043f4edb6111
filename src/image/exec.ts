// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { BuildError, Interrupted } from './errors.ts';
import type { Argv, ExecOptions } from './stage.ts';

export interface RunOptions extends ExecOptions {
  readonly cwd: string;
  /** The whole environment; `env` is added to it. */
  readonly base: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Gets every line of standard error, and of standard output unless `capture`. */
  readonly line: (text: string) => void;
  /** Give standard output back instead of logging it. */
  readonly capture?: boolean;
}

/**
 * Runs a program in a process group of its own and waits for it. Throws a BuildError naming program and status, or
 * Interrupted when `signal` fired; then the whole group got SIGTERM and, two seconds later, SIGKILL.
 */
export async function runProgram(argv: Argv, options: RunOptions): Promise<string> {
  const [program, ...args] = flatten(argv);
  if (program === undefined) throw new Error('runProgram: no program given');
  if (options.signal.aborted) throw new Interrupted('interrupted');
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...options.base, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const stop = killer(child.pid);
  options.signal.addEventListener('abort', stop.now, { once: true });
  const captured: Buffer[] = [];
  const out = options.capture ? undefined : lines(options.line);
  const err = lines(options.line);
  child.stdout.on('data', (data: Buffer) => (out ? out.push(data) : captured.push(data)));
  child.stderr.on('data', (data: Buffer) => err.push(data));
  // A program may end before it has read all its input; that is its own business.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  try {
    await ended(child, program);
  } catch (error) {
    if (options.signal.aborted) throw new Interrupted('interrupted', { cause: error });
    throw error;
  } finally {
    options.signal.removeEventListener('abort', stop.now);
    stop.done();
    out?.end();
    err.end();
  }
  return Buffer.concat(captured).toString('utf8');
}

export function flatten(argv: Argv): string[] {
  return argv.flatMap((item) => (typeof item === 'string' ? [item] : flatten(item)));
}

function ended(child: ReturnType<typeof spawn>, program: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? 'no such program (or working directory)' : error.message;
      reject(new BuildError(`${program}: ${why}`));
    });
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else if (signal) reject(new BuildError(`${program} was killed by ${signal}`));
      else reject(new BuildError(`${program} ended with status ${code}`));
    });
  });
}

function killer(pid: number | undefined): { now: () => void; done: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const send = (signal: NodeJS.Signals) => {
    try {
      if (pid !== undefined) process.kill(-pid, signal);
    } catch {
      // The group is gone already.
    }
  };
  return {
    now: () => {
      send('SIGTERM');
      timer = setTimeout(() => send('SIGKILL'), 2000);
    },
    done: () => {
      // The group's leader is gone; children that ignored SIGTERM would go on writing.
      if (timer) send('SIGKILL');
      clearTimeout(timer);
    },
  };
}

function lines(emit: (text: string) => void): { push(data: Buffer): void; end(): void } {
  const decoder = new TextDecoder();
  let rest = '';
  return {
    push(data) {
      const parts = (rest + decoder.decode(data, { stream: true })).split(/\r?\n/);
      rest = parts.pop() ?? '';
      for (const part of parts) emit(part);
    },
    end() {
      if (rest) emit(rest);
      rest = '';
    },
  };
}

// SPDX-License-Identifier: MIT
import type { ProcessOutput } from 'zx/core';
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
  const words = flatten(argv);
  const [program] = words;
  if (program === undefined) throw new Error('runProgram: no program given');
  // Loaded with the first program: a build that finds all in the cache runs none.
  const { $ } = await import('zx/core');
  if (options.signal.aborted) throw new Interrupted('interrupted');
  // Bash takes a socket as standard input for a remote login and would read ~/.bashrc, unless it is an inner shell.
  const env = { ...options.base, ...options.env, SHLVL: '1' };
  // `exec`: the shell, which has only quoted words to read, gives its place to the program.
  const run = $({
    cwd: options.cwd,
    env,
    detached: true,
    nothrow: true,
    quiet: true,
    prefix: 'exec ',
  })`${words}`;
  const stop = killer(run.pid);
  options.signal.addEventListener('abort', stop.now, { once: true });
  const out = options.capture ? undefined : lines(options.line);
  const err = lines(options.line);
  if (out) run.stdout.on('data', out.push);
  run.stderr.on('data', err.push);
  // A program may end before it has read all its input; that is its own business.
  run.stdin.on('error', () => {});
  run.stdin.end(options.input ?? '');
  try {
    const ended = await run;
    if (options.signal.aborted && !ended.ok) throw new Interrupted('interrupted', { cause: ended });
    if (!ended.ok) throw new BuildError(`${program} ${ending(ended, options.cwd)}`);
    return options.capture ? ended.stdout : '';
  } finally {
    options.signal.removeEventListener('abort', stop.now);
    stop.done();
    out?.end();
    err.end();
  }
}

export function flatten(argv: Argv): string[] {
  return argv.flatMap((item) => (typeof item === 'string' ? [item] : flatten(item)));
}

/** What the shell says when it cannot exec. */
const NOT_FOUND = 127;

function ending({ exitCode, signal }: ProcessOutput, cwd: string): string {
  if (signal) return `was killed by ${signal}`;
  if (exitCode === NOT_FOUND) return 'is not installed, or a program that it calls';
  // Node's own error number: not even the shell could be started.
  if (exitCode !== null && exitCode < 0) return `could not be started in ${cwd}`;
  return `ended with status ${exitCode}`;
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

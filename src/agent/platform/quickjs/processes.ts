// SPDX-License-Identifier: MIT
/** Programs: run to their end, or kept running as helpers. */
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import type { Child, Processes, RunResult } from '../../ports.ts';
import { encodeUtf8 } from '../../utf8.ts';
import type { Signals } from './children.ts';
import { clock } from './clock.ts';
import { openFile } from './descriptors.ts';
import { collect, feed, lines } from './pipes.ts';

const SIGKILL = 9;
const SIGTERM = 15;
const SIGNUM = { TERM: SIGTERM, KILL: SIGKILL } as const;
const DEFAULT_RUN_TIMEOUT = 30_000;

export function processPort(signals: Signals, daemon: boolean): Processes {
  const { listen, rest } = signals;
  let running = 0;
  // The command ends when nothing is waited for: it must not wait for signals for ever.
  const counted = async (result: Promise<RunResult>): Promise<RunResult> => {
    if (running++ === 0) listen();
    try {
      return await result;
    } finally {
      if (--running === 0) rest();
    }
  };
  return {
    run: (argv, options = {}) => {
      const result = run(signals, argv, options);
      return daemon ? result : counted(result);
    },
    start: (argv, on) => start(signals, argv, on),
  };
}

function run(
  { children }: Signals,
  argv: readonly string[],
  { stdin = '', timeout = DEFAULT_RUN_TIMEOUT }: { stdin?: string; timeout?: number },
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const { pid, input, output, errors } = spawnWithPipes(argv);
    feed(input, encodeUtf8(stdin));
    const stdout = collect(output);
    const stderr = collect(errors);
    let late = false;
    const timer = clock.after(timeout, () => {
      late = true;
      os.kill(pid, SIGKILL);
    });
    children.set(pid, (code) => {
      timer.cancel();
      const result = { code, stdout: stdout(), stderr: stderr() };
      if (late) reject(new Error(`${argv[0]} did not end within ${timeout / 1000} s`));
      else resolve(result);
    });
  });
}

/** Our ends of the pipes to a program; throws when it cannot be started. */
function spawnWithPipes(argv: readonly string[]): {
  pid: number;
  input: number;
  output: number;
  errors: number;
} {
  const ends = [native.pipe(), native.pipe(), native.pipe()] as const;
  const [input, output, errors] = ends;
  let pid: number;
  try {
    pid = native.spawn([...argv], {
      stdin: input[0],
      stdout: output[1],
      stderr: errors[1],
      deathSignal: SIGTERM,
    });
  } catch (error) {
    for (const fd of ends.flat()) os.close(fd);
    throw error;
  }
  for (const fd of [input[0], output[1], errors[1]]) os.close(fd);
  return { pid, input: input[1], output: output[0], errors: errors[0] };
}

function start(
  { children }: Signals,
  argv: readonly string[],
  on: { line(text: string): void; exit(code: number): void },
): Child {
  const [read, write] = native.pipe();
  const nothing = openFile('/dev/null', os.O_RDONLY);
  let pid: number;
  try {
    pid = native.spawn([...argv], {
      stdin: nothing,
      stdout: write,
      stderr: write,
      // Not SIGTERM: when the agent crashes, a DHCP client must not give its lease back.
      deathSignal: SIGKILL,
      session: 1,
    });
  } catch (error) {
    os.close(read);
    throw error;
  } finally {
    os.close(write);
    os.close(nothing);
  }
  lines(read, on.line);
  children.set(pid, on.exit);
  return { pid, signal: (name) => void os.kill(pid, SIGNUM[name]) };
}

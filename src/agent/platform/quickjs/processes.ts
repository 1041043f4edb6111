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

export function processPort({ children, listen, rest }: Signals, daemon: boolean): Processes {
  let running = 0;
  const began = () => {
    if (!daemon && running++ === 0) listen();
  };
  // The command ends when nothing is waited for: it must not wait for signals for ever.
  const ended = () => {
    if (!daemon && --running === 0) rest();
  };

  const run = (
    argv: readonly string[],
    options: { stdin?: string; timeout?: number } = {},
  ): Promise<RunResult> =>
    new Promise((resolve, reject) => {
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
        reject(error);
        return;
      }
      began();
      for (const fd of [input[0], output[1], errors[1]]) os.close(fd);
      feed(input[1], encodeUtf8(options.stdin ?? ''));
      const stdout = collect(output[0]);
      const stderr = collect(errors[0]);
      const timeout = options.timeout ?? DEFAULT_RUN_TIMEOUT;
      let late = false;
      const timer = clock.after(timeout, () => {
        late = true;
        os.kill(pid, SIGKILL);
      });
      children.set(pid, (code) => {
        timer.cancel();
        ended();
        const result = { code, stdout: stdout(), stderr: stderr() };
        if (late) reject(new Error(`${argv[0]} did not end within ${timeout / 1000} s`));
        else resolve(result);
      });
    });

  const start = (
    argv: readonly string[],
    on: { line(text: string): void; exit(code: number): void },
  ): Child => {
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
  };

  return { run, start };
}

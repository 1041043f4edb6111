// SPDX-License-Identifier: MIT
/**
 * The programs that do an upgrade's work, beside the agent: it goes on probing while they run, and they end with it. They yield to
 * everything else on the board. What comes from outside is never part of what a shell reads.
 */
import type { Ports, RunResult } from '../ports.ts';

export type ProgramPorts = Pick<Ports, 'clock' | 'files' | 'processes'>;

/** Told of bytes done. */
export type Progress = (done: number) => void;

/** They yield to everything else. */
export const GENTLY = ['nice', '-n', '10'];
const LOOK = 500;
/** A program that moves no byte for so long (ms) is given up. */
const STALL = 60_000;
/** Reads all of a bundle, a few times at most, on the slowest board. */
const LONGEST_READ = 5 * 60_000;

/** Runs a program that reads; its output is the answer. */
export function run({ processes }: ProgramPorts, argv: readonly string[]): Promise<RunResult> {
  return processes.run([...GENTLY, ...argv], { timeout: LONGEST_READ });
}

/** A file, where in it the part begins (from 1), how long it is. */
const HASH_PART = 'tail -c "+$2" "$1" | head -c "$3" | sha256sum';

/** The output is the SHA-256 of a part of a file, and more. */
export function hashPart(
  ports: ProgramPorts,
  path: string,
  offset: number,
  size: number,
): Promise<RunResult> {
  return run(ports, ['sh', '-c', HASH_PART, 'sh', path, String(offset + 1), String(size)]);
}

/** How a copy ended. `stalled`: it was given up, since nothing moved any more. */
export interface CopyResult {
  code: number;
  /** What it said last. */
  said: string;
  stalled: boolean;
}

/** Runs a program that copies; `position` says how many bytes it has done, as long as that can be had. */
export function copy(
  { processes, clock, files }: ProgramPorts,
  argv: readonly string[],
  progress: Progress,
  position: (pid: number) => number | undefined = (pid) => outputPosition(files, pid),
): Promise<CopyResult> {
  return new Promise((resolve, reject) => {
    let said = '';
    let stalled = false;
    let last = { done: 0, at: clock.monotonic() };
    let timer = clock.after(LOOK, look);
    const child = start();

    function start() {
      try {
        return processes.start([...GENTLY, ...argv], {
          line: (text) => {
            said = text;
          },
          exit: (code) => {
            timer.cancel();
            resolve({ code, said, stalled });
          },
        });
      } catch (error) {
        timer.cancel();
        reject(error);
        return undefined;
      }
    }

    function look(): void {
      if (child === undefined) return;
      const done = position(child.pid) ?? last.done;
      const at = clock.monotonic();
      if (done !== last.done) {
        last = { done, at };
        progress(done);
      }
      if (at - last.at < STALL) {
        timer = clock.after(LOOK, look);
        return;
      }
      stalled = true;
      child.signal('KILL');
    }
  });
}

/** Where a program's standard output is in its file: dd makes that of what it writes to. */
function outputPosition(files: ProgramPorts['files'], pid: number): number | undefined {
  try {
    const position = /^pos:\s*(\d+)$/m.exec(files.read(`/proc/${pid}/fdinfo/1`) ?? '')?.[1];
    return position === undefined ? undefined : Number(position);
  } catch {
    return undefined;
  }
}

// SPDX-License-Identifier: MIT
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileName } from './cache.ts';
import type { StageLog } from './stage.ts';

/** A stage's log file. Each line is on disk at once, so that the tail after a crash is the true one. */
export interface LogFile extends StageLog {
  /** The last `count` lines. */
  tail(count: number): string[];
  close(): void;
}

/** Opens `<dir>/<stage>.log` anew; `listen` also gets every line (--verbose). */
export async function openLog(dir: string, stage: string, listen?: (text: string) => void): Promise<LogFile> {
  await mkdir(dir, { recursive: true });
  const path = join(dir, `${fileName(stage)}.log`);
  const file = openSync(path, 'w');
  return {
    path,
    line(text) {
      writeOrLose(file, `${text}\n`);
      listen?.(text);
    },
    tail: (count) => readFileSync(path, 'utf8').trimEnd().split('\n').slice(-count),
    close: () => closeSync(file),
  };
}

/** On a full disk the stage itself fails and says so; its log must not get in the way. */
function writeOrLose(file: number, text: string): void {
  try {
    writeSync(file, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

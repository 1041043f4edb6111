// SPDX-License-Identifier: MIT
import { BuildError, Interrupted, StageError, UsageError } from '../image/errors.ts';

/** 0 fine, 1 failure, 2 wrong use, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 130;

/** Prints an error as people want it, our own as a sentence and others with their stack, and gives the exit code. */
export function reportError(error: unknown, print: (text: string) => void = console.error): ExitCode {
  if (isCommander(error)) {
    // Commander has printed its sentence, or the help that was asked for.
    return error.exitCode === 0 ? 0 : 2;
  }
  if (error instanceof StageError) {
    for (const line of error.tail) print(`  | ${line}`);
    print(`plait: ${error.message}`);
    print(`plait: the whole log is ${error.log}`);
    return 1;
  }
  if (error instanceof Interrupted) {
    print(`plait: ${error.message}`);
    return 130;
  }
  if (error instanceof UsageError) {
    print(`plait: ${error.message}`);
    return 2;
  }
  if (error instanceof BuildError) {
    print(`plait: ${error.message}`);
    return 1;
  }
  if (isSystemError(error)) {
    print(`plait: ${error.code === 'ENOSPC' ? `the disk is full: ${error.message}` : error.message}`);
    return 1;
  }
  print(`plait: this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 1;
}

function isCommander(error: unknown): error is { code: string; exitCode: number } {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.');
}

/** What the system refused to a file or program: `EACCES: permission denied, mkdir '/x'` says it all. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

// SPDX-License-Identifier: MIT
import { BuildError, Interrupted, StageError, UsageError } from '../image/errors.ts';

/** 0 fine, 1 failure, 2 wrong use, 130 interrupted; others are a verb's own, and stand in its help. */
export type ExitCode = number;

/** A failure that scripts can tell from others by its exit code. */
export class CodedError extends BuildError {
  override name = 'CodedError';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Prints an error as people want it, our own as a sentence and others with their stack, and returns the exit code. */
export function reportError(error: unknown, print: (text: string) => void = console.error): ExitCode {
  for (const line of errorLines(error)) print(line);
  return exitCodeOf(error);
}

export function exitCodeOf(error: unknown): ExitCode {
  if (isCommander(error)) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Interrupted) return 130;
  if (error instanceof CodedError) return error.exitCode;
  return error instanceof UsageError ? 2 : 1;
}

function errorLines(error: unknown): string[] {
  // Commander has printed its sentence, or the help that was asked for.
  if (isCommander(error)) return [];
  if (error instanceof StageError) {
    const tail = error.tail.map((line) => `  | ${line}`);
    return [...tail, `plait: ${error.message}`, `plait: the whole log is ${error.log}`];
  }
  if (error instanceof UsageError || error instanceof BuildError) return [`plait: ${error.message}`];
  if (isSystemError(error))
    return [`plait: ${error.code === 'ENOSPC' ? `the disk is full: ${error.message}` : error.message}`];
  return [`plait: this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
}

function isCommander(error: unknown): error is { code: string; exitCode: number } {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.');
}

/** What the system refused to a file or program: `EACCES: permission denied, mkdir '/x'` says it all. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

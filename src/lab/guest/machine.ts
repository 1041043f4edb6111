// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildError } from '../../image/errors.ts';
import { runProgram } from '../../image/exec.ts';
import type { GuestOptions } from './guest.ts';
import { qemuProgram } from './qemu.ts';
import { umlProgram } from './uml.ts';
import { findWarning } from './warnings.ts';

/** Why a guest gave no result; `console` is where its console log is. */
export class GuestError extends BuildError {
  override name = 'GuestError';
  readonly console: string;

  constructor(message: string, console: string) {
    super(`${message}; its console log is ${console}`);
    this.console = console;
  }
}

/**
 * Runs a guest to its end. Throws a GuestError when it panics, hangs, warns or gives no result, and Interrupted when
 * `signal` fires; no process of it is left in any case.
 */
export async function runGuest(options: GuestOptions): Promise<void> {
  const console = join(options.folder, 'console.log');
  const said: string[] = [];
  const late = AbortSignal.timeout(options.deadline * 1000);
  try {
    const { argv, base } =
      options.guest === 'uml' ? await umlProgram(options, console) : qemuProgram(options, console);
    await runProgram(argv, {
      cwd: options.folder,
      base,
      signal: AbortSignal.any([options.signal, late]),
      line: (text) => said.push(text),
    });
  } catch (error) {
    if (options.signal.aborted) throw error;
    if (late.aborted) throw new GuestError(`the guest had not ended after ${options.deadline} s`, console);
    throw new GuestError(
      await reason(
        console,
        `the guest ended badly (${[(error as Error).message, ...said.slice(-3)].join('; ')})`,
      ),
      console,
    );
  }
  await checkEnd(options.folder, console);
}

async function checkEnd(folder: string, console: string): Promise<void> {
  const said = await reason(console, '');
  if (said !== '') throw new GuestError(said, console);
  const status = await readFile(join(folder, 'status'), 'utf8').catch(() => undefined);
  if (status === undefined) throw new GuestError('the guest gave no result', console);
  if (status.trim() !== 'ok') throw new GuestError(status.trim(), console);
}

async function reason(console: string, otherwise: string): Promise<string> {
  const warning = findWarning(await readFile(console, 'utf8').catch(() => ''));
  return warning === undefined ? otherwise : `the guest's kernel said: ${warning}`;
}

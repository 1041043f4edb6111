// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { UsageError } from './errors.ts';
import { UNDATED_EPOCH } from './stage.ts';

/** The build's date in seconds: $SOURCE_DATE_EPOCH, else the date of the checkout's commit, else a fixed one. */
export async function buildEpoch(checkout: string, env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const given = env.SOURCE_DATE_EPOCH;
  if (given !== undefined) {
    if (!/^\d{1,10}$/.test(given)) {
      throw new UsageError(`SOURCE_DATE_EPOCH is '${given}'; it must be a number of seconds since 1970`);
    }
    return Number(given);
  }
  return Number(await git(checkout, ['log', '-1', '--format=%ct'])) || UNDATED_EPOCH;
}

/** What git says, without the line's end; empty when there is no git or no repository. */
async function git(checkout: string, args: readonly string[]): Promise<string> {
  const asked = promisify(execFile)('git', ['-C', checkout, ...args]);
  const { stdout } = await asked.catch(() => ({ stdout: '' }));
  return stdout.trim();
}

// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BuildError, UsageError } from './errors.ts';
import { exists } from './exists.ts';
import { UNDATED_EPOCH } from './stage.ts';

/** A squashfs keeps seconds in 32 bits. */
const lastEpoch = 2 ** 32 - 1;
/** mke2fs takes 0 for "now". */
const firstEpoch = 1;

/**
 * The build's date in seconds: $SOURCE_DATE_EPOCH, else the date of the checkout's commit, else, without a repository,
 * a fixed one. Throws a UsageError for a date that file systems cannot keep.
 */
export async function buildEpoch(checkout: string, env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const given = env.SOURCE_DATE_EPOCH;
  if (given === undefined || given === '') {
    const date = await git(checkout, ['log', '-1', '--format=%ct']);
    return date === undefined ? UNDATED_EPOCH : Number(date);
  }
  const epoch = Number(given);
  if (!/^\d{1,10}$/.test(given) || epoch < firstEpoch || epoch > lastEpoch)
    throw new UsageError(
      `SOURCE_DATE_EPOCH is '${given}'; it must be a number of seconds since 1970, from ${firstEpoch} to ${lastEpoch} ` +
        `(2106), the last that a squashfs can keep`,
    );
  return epoch;
}

/** The commit that is built, `-dirty` when files differ from it; nothing without a repository. */
export async function buildRevision(checkout: string): Promise<string | null> {
  const described = ['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
  return (await git(checkout, described)) ?? null;
}

/**
 * What git says of the checkout, without the line's end; nothing when it is no repository. Throws a BuildError when git
 * cannot read it: an image with another date than the commit's would be taken for the same one.
 */
async function git(checkout: string, args: readonly string[]): Promise<string | undefined> {
  if (!(await exists(`${checkout}/.git`))) return undefined;
  // A repository of another owner, as in containers, is only read. A hook's GIT_DIR names some other one.
  const safe = ['-c', `safe.directory=${checkout}`, '-c', 'core.fsmonitor=false', '--no-optional-locks'];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  try {
    const { stdout } = await promisify(execFile)('git', [...safe, '-C', checkout, ...args], { env });
    return stdout.trim();
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
    const why = code === 'ENOENT' ? 'git is not installed' : stderr?.trim().split('\n')[0] || message;
    throw new BuildError(
      `the date of the commit in ${checkout} cannot be read: ${why}. Mend that, or give the date by SOURCE_DATE_EPOCH`,
      { cause: error },
    );
  }
}

// SPDX-License-Identifier: MIT
/** Installs a bundle on a board from its shell: into its memory, then by `plaitctl upgrade`, which is followed to its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { UpgradeJob } from '../agent/upgrade/job-states.ts';
import { ConsoleError, ConsoleTimeout } from './errors.ts';
import { quote, type Shell } from './shell.ts';
import { dropUpload, type Upload, type UploadOptions, upload } from './upload/upload.ts';

/** Bytes that the agent has room for beside a slot's image, in its own copy of the bundle. */
const OVERHEAD = 1_000_000;
/** Milliseconds between looks at the upgrade. */
const LOOK = 1_000;
/** Milliseconds that checking, writing and reading back may take on a slow card. */
const UPGRADE = 900_000;
/** Milliseconds until a board that restarts has said so. */
const RESTART = 15_000;
/** Exit codes of plaitctl: done, and another upgrade is under way. */
const [DONE, BUSY] = [0, 3];

export interface UpgradeOptions extends Omit<UploadOptions, 'beside'> {
  readonly allowOlder: boolean;
  /** Restart the board when the new version is installed. */
  readonly restart: boolean;
}

export interface BoardUpgrade {
  /** `refused`: nothing was changed. `busy`: another upgrade is under way, and the bundle stays in the board's memory. */
  readonly outcome: 'installed' | 'refused' | 'failed' | 'busy';
  /** What plaitctl printed last. */
  readonly message: string;
  /** As plaitctl tells it; absent: it was not taken. */
  readonly job?: UpgradeJob;
  /** Why the board was not restarted although it was to. */
  readonly notRestarted?: string;
  readonly restarted: boolean;
  readonly upload: Pick<Upload, 'found' | 'speed'>;
}

/** @throws as upload(); ConsoleError when the upgrade came to no end */
export async function upgradeBoard(
  shell: Shell,
  bundle: Buffer,
  options: UpgradeOptions,
): Promise<BoardUpgrade> {
  const { say, signal, allowOlder, restart } = options;
  const sent = await upload(shell, bundle, { ...options, beside: bundle.length + OVERHEAD });
  say('The bundle is in the memory of the board, which installs it ...');
  // A restart by plaitctl itself could be faster than the answer.
  const words = ['plaitctl', 'upgrade', '--reboot', 'later', ...(allowOlder ? ['--allow-older'] : []), '-'];
  const { code, said } = await runAside(shell, sent, words.join(' '), { say, ...(signal && { signal }) });
  const message = said.at(-1) ?? `plaitctl ended with exit code ${code}`;
  const { found, speed } = sent;
  const ended = { message, restarted: false, upload: { found, speed } };
  if (code === BUSY) return { outcome: 'busy', ...ended };
  const job = await lastJob(shell, signal);
  await dropUpload(shell, sent.folder);
  if (code !== DONE) {
    const unchanged = job?.failure === undefined || ['receiving', 'checking'].includes(job.failure.in);
    return { outcome: unchanged ? 'refused' : 'failed', ...ended, ...(job && { job }) };
  }
  const installed = { outcome: 'installed', ...ended, ...(job && { job }) } as const;
  if (!restart) return installed;
  const notRestarted = await restartBoard(shell);
  return notRestarted === undefined ? { ...installed, restarted: true } : { ...installed, notRestarted };
}

/** Runs it in the background, so that what it says can be read as values while it runs. */
async function runAside(
  shell: Shell,
  { folder, command }: Upload,
  words: string,
  { say, signal }: Pick<UploadOptions, 'say' | 'signal'>,
): Promise<{ code: number; said: string[] }> {
  const asked = signal && { signal };
  const [code, said] = [quote(`${folder}/code`), quote(`${folder}/said`)];
  await shell.ask(`rm -f ${code} ${said}`, asked);
  await shell.ask(
    `( (${command} | ${words} >${said} 2>&1; echo $? >${code}.new; mv ${code}.new ${code}) </dev/null >/dev/null 2>&1 & )`,
    asked,
  );
  let shown = 0;
  const end = performance.now() + UPGRADE;
  while (performance.now() < end) {
    await sleep(LOOK);
    // The code first: with it, all has been said.
    const text = await shell.value(
      `c=$(cat ${code} 2>/dev/null); echo "\${c:--}"; cat ${said} 2>/dev/null || :`,
      asked,
    );
    const [ended = '', ...lines] = text.split('\n');
    const over = ended !== '-';
    // The last line may not be whole yet.
    const whole = over ? lines : lines.slice(0, -1);
    for (const line of whole.slice(shown)) say(`board: ${line}`);
    shown = whole.length;
    if (over) return { code: Number(ended), said: lines.filter((line) => line !== '') };
  }
  throw new ConsoleError(
    `The upgrade does not end within ${UPGRADE / 60_000} minutes: "plaitctl upgrade" on the board follows it.`,
  );
}

async function lastJob(shell: Shell, signal: AbortSignal | undefined): Promise<UpgradeJob | undefined> {
  // Its exit code is that of the upgrade.
  const text = await shell.value('plaitctl upgrade --json 2>/dev/null || :', signal && { signal });
  try {
    const job: unknown = JSON.parse(text);
    return typeof job === 'object' && job !== null && 'state' in job ? (job as UpgradeJob) : undefined;
  } catch {
    return undefined;
  }
}

/** Gives why it does not. */
async function restartBoard(shell: Shell): Promise<string | undefined> {
  try {
    const { output, exitCode } = await shell.run('plaitctl reboot', { timeout: RESTART });
    return exitCode === 0 ? undefined : output;
  } catch (error) {
    // It was faster than its answer.
    if (error instanceof ConsoleTimeout) return undefined;
    throw error;
  }
}
